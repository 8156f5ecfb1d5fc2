"""Footprint: what an image takes of a board: bytes of each module, of its partitions, and of RAM after boot.

`live/footprint.json` has the latest builds, `live/footprint-last-good.json` those of the last run in which all passed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pyralis.deploy.build.builder import Build
from pyralis.deploy.esp.partitions import VFS_NAME
from pyralis.deploy.files import write_whole
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step

FORMAT = 1
FOOTPRINT_FILE = "footprint.json"
LAST_GOOD_FILE = "footprint-last-good.json"


@dataclass(frozen=True)
class Footprint:
    """What one target's image takes; what nobody has measured yet is empty."""

    image_sha256: str
    vfs_used_bytes: int
    vfs_size_bytes: int
    files: int
    other_bytes: int  # of all files that are no modules
    modules: Mapping[str, int]  # bytes of each .mpy by its path in the image
    app_bytes: int = 0  # of MicroPython
    ram_boot: Mapping[str, int] = field(default_factory=dict)  # used_kb, free_kb, largest_kb

    @property
    def module_bytes(self) -> int:
        """All modules together."""
        return sum(self.modules.values())


def report(
    rig: Rig,
    builds: Sequence[Build],
    step: Step,
    app_bytes: Mapping[str, int] | None = None,
    ram: Mapping[str, Mapping[str, int]] | None = None,
) -> dict[str, Footprint]:
    """Measure boards' builds, keep that in the results and in the facts of `step`; returns them by target.

    What is known of a target beside its build is handed in: size of MicroPython, RAM after boot.
    """
    path = rig.live / FOOTPRINT_FILE
    known, found = load(path), {}
    for made in builds:
        if VFS_NAME in made.images:
            now = replace(
                _measure(made),
                app_bytes=(app_bytes or {}).get(made.target, 0),
                ram_boot=dict((ram or {}).get(made.target, {})),
            )
            found[made.target] = _with_what_still_holds(now, known.get(made.target))
    if found:
        text = _to_text(builds[0].identity.commit, {**known, **found})
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_whole(path, text)
        step.result.facts["footprint"] = {target: _to_json(one) for target, one in found.items()}
    return found


def keep_as_good(rig: Rig) -> None:
    """Call it after a run in which all passed: from now on growth is measured against these builds."""
    latest = rig.live / FOOTPRINT_FILE
    if latest.is_file():
        write_whole(rig.live / LAST_GOOD_FILE, latest.read_text(encoding="utf-8"))


def load(path: Path) -> dict[str, Footprint]:
    """The footprints in a file by target; none where it is not there or of another format."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            return {}
        return {target: Footprint(**one) for target, one in value["targets"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _measure(made: Build) -> Footprint:
    modules = {path: size for path, size in sorted(made.file_bytes.items()) if path.endswith(".mpy")}
    return Footprint(
        image_sha256=made.image_sha256,
        vfs_used_bytes=made.used_bytes[VFS_NAME],
        vfs_size_bytes=made.images[VFS_NAME].size_bytes,
        files=made.files,
        other_bytes=made.size_bytes - sum(modules.values()),
        modules=modules,
    )


def _with_what_still_holds(now: Footprint, before: Footprint | None) -> Footprint:
    """What was measured of the very same image, where nobody has measured it now."""
    if before is None or before.image_sha256 != now.image_sha256:
        return now
    return replace(now, app_bytes=now.app_bytes or before.app_bytes, ram_boot=now.ram_boot or before.ram_boot)


def _to_json(footprint: Footprint) -> dict[str, object]:
    unknown = [name for name in ("app_bytes", "ram_boot") if not getattr(footprint, name)]
    return {name: value for name, value in vars(footprint).items() if name not in unknown}


def _to_text(commit: str, footprints: Mapping[str, Footprint]) -> str:
    """JSON with one module a line, so that the change of one is the change of one line."""
    targets = ",\n".join(f"{json.dumps(target)}:{_target_text(one)}" for target, one in sorted(footprints.items()))
    return f'{{"format":{FORMAT},"commit":{json.dumps(commit)},"targets":{{\n{targets}\n}}}}\n'


def _target_text(footprint: Footprint) -> str:
    fields = {name: value for name, value in _to_json(footprint).items() if name != "modules"}
    head = ",\n".join(
        f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in fields.items()
    )
    modules = ",\n".join(f"{json.dumps(path)}:{size}" for path, size in sorted(footprint.modules.items()))
    return f'{{\n{head},\n"modules":{{\n{modules}\n}}}}'
