"""Watching: which files of a rig were saved, told once whoever writes them has left them alone for a moment.

By looking: a rig has a handful of files, and a look at them costs microseconds (docs/decisions/0013-live-reload.md).
"""

import os
from pathlib import Path

from pyralis.catalogue import rig_sources

PATIENCE_LOOKS = 6  # an editor that writes in steps has mended by then what looked like a mistake

_Stamp = tuple[int, int, int]


class Watcher:
    """The Python files below a folder, and single files beside it; any of them may come and go."""

    def __init__(self, folder: Path, *files: Path) -> None:
        self._folder = str(folder)
        self._files = [str(path) for path in files]
        self._told = self._stamps()
        self._last = self._told

    def look(self) -> list[Path]:
        """Files that came, changed or went since they were told last, and are as they were at the look before.

        An editor may empty a file before it writes it, or rename another one over it: what a look finds may be half.
        """
        now, last, told = self._stamps(), self._last, self._told
        self._last = now
        if now == told:
            return []
        paths = sorted({*now, *told})
        settled = [path for path in paths if told.get(path) != now.get(path) and now.get(path) == last.get(path)]
        kept = {path: stamp for path, stamp in told.items() if path not in settled}
        self._told = kept | {path: now[path] for path in settled if path in now}
        return [Path(path) for path in settled]

    def _stamps(self) -> dict[str, _Stamp]:
        found: dict[str, _Stamp] = {}
        for path in (*self._files, *rig_sources(self._folder)):
            try:
                status = os.stat(path)  # noqa: PTH116  # twenty times a second: a Path costs more than the call
            except OSError:
                continue  # gone, or not there yet
            found[path] = status.st_mtime_ns, status.st_size, status.st_ino
        return found
