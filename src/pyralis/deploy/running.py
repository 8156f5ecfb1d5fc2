"""Running: which runtimes of a rig run on this machine; each state folder belongs to one at a time."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig


@dataclass(frozen=True)
class Running:
    """A runtime that `pyralis run` started."""

    interpreter: str
    url: str
    pid: int  # of the command that started it


@contextmanager
def claim(rig: Rig, interpreter: str, url: str) -> Iterator[None]:
    """Own the state of an interpreter's runtime while it runs; UserError where another one does.

    The lock goes with the process that holds it, so nobody has to clean up after a crash.
    """
    path = _file(rig, interpreter)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = _parse(path.read_text(encoding="utf-8"))
            where = f" at {other.url}, process {other.pid}" if other else ""
            raise UserError(
                f"this rig runs on {interpreter} already{where}",
                whose="another `pyralis run` of this rig, with which it would share its state",
                todo="stop that one, or use it",
            ) from None
        file.truncate(0)
        file.write(json.dumps(asdict(Running(interpreter, url, os.getpid()))))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def running(rig: Rig) -> list[Running]:
    """All that run now."""
    found = []
    for path in sorted((rig.private / "run").glob("*.json")):
        with path.open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:  # its owner is alive
                found.append(_parse(file.read()))
    return [one for one in found if one is not None]


def _file(rig: Rig, interpreter: str) -> Path:
    return rig.private / "run" / f"{interpreter}.json"


def _parse(text: str) -> Running | None:
    try:
        return Running(**json.loads(text))
    except (ValueError, TypeError):
        return None  # being written
