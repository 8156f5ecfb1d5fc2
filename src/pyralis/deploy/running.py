"""Running: which runtimes of a rig run on this machine; each state folder belongs to one at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pyralis.deploy.claims import ClaimedError, hold, holder
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
    """Own the state of an interpreter's runtime while it runs; UserError where another one does."""
    try:
        with hold(_file(rig, interpreter), asdict(Running(interpreter, url, os.getpid()))):
            yield
    except ClaimedError as error:
        where = " at {url}, process {pid}".format(**error.holder) if error.holder else ""
        raise UserError(
            f"this rig runs on {interpreter} already{where}",
            whose="another `pyralis run` of this rig, with which it would share its state",
            todo="stop that one, or use it",
        ) from None


def running(rig: Rig) -> list[Running]:
    """All that run now."""
    found = [holder(path) for path in sorted((rig.private / "run").glob("*.json"))]
    return [Running(**one) for one in found if one]


def _file(rig: Rig, interpreter: str) -> Path:
    return rig.private / "run" / f"{interpreter}.json"
