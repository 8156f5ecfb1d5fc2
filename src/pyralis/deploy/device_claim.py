"""Device claim: one command at a time has a device; another one is told who."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyralis.deploy.claims import ClaimedError, hold, holder
from pyralis.deploy.devices import Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig

_SHOWN_CHARS = 80


@contextmanager
def own(rig: Rig, device: Device) -> Iterator[None]:
    """Have a device to oneself; UserError says who has it."""
    try:
        with hold(_claim(rig, device), {"pid": os.getpid(), "command": _command()}):
            yield
    except ClaimedError as error:
        raise UserError(
            f"'{device.id}' is in use by {_shown(error.holder)}",
            whose="the other command's",
            todo="wait until it ends, or stop it",
        ) from None


def user_of(rig: Rig, device: Device) -> str:
    """The command that has a device now; empty where none has."""
    held = holder(_claim(rig, device))
    return "" if held is None else _shown(held)


def _claim(rig: Rig, device: Device) -> Path:
    return rig.private / "devices" / f"{device.file_name}.lock"


def _shown(held: dict[str, Any]) -> str:
    return "process {pid}: {command}".format(**held) if held else "another process"


def _command() -> str:
    """What this process was started with."""
    program = Path(sys.argv[0])
    return " ".join(["pyralis" if program.name == "__main__.py" else program.name, *sys.argv[1:]])[:_SHOWN_CHARS]
