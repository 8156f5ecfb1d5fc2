"""Claims: files that say who has something; the lock on one goes with the process that holds it."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_LOOK_S = 0.002  # nobody looks at a claim for longer


class ClaimedError(Exception):
    """Another process has it; `holder` is what that one said of itself, empty where it has not said it yet."""

    def __init__(self, holder: dict[str, Any]) -> None:
        super().__init__(f"claimed by {holder}")
        self.holder = holder


@contextmanager
def hold(path: Path, who: dict[str, Any]) -> Iterator[None]:
    """Have it while the context lasts; ClaimedError where another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        while not _lock(file, fcntl.LOCK_EX):
            if not _lock(file, fcntl.LOCK_SH):
                raise ClaimedError(_read(path))
            fcntl.flock(file, fcntl.LOCK_UN)  # nobody has it: somebody was only looking who does
            time.sleep(_LOOK_S)
        file.truncate(0)
        file.write(json.dumps(who))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def holder(path: Path) -> dict[str, Any] | None:
    """What its holder says of itself; None where nobody has it."""
    try:
        with path.open(encoding="utf-8") as file:
            return None if _lock(file, fcntl.LOCK_SH) else _read(path)
    except FileNotFoundError:
        return None


def _lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}  # being written
    return value if isinstance(value, dict) else {}
