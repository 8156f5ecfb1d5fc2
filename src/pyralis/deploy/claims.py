"""Claims: files that say who has something; the lock on one goes with the process that holds it."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ClaimedError(_parse(path.read_text(encoding="utf-8"))) from None
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
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:  # its owner is alive
                return _parse(file.read())
    except FileNotFoundError:
        pass
    return None


def _parse(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}  # being written
    return value if isinstance(value, dict) else {}
