"""Device claim: one command at a time has a device; another one is told who."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyralis.deploy.claims import ClaimedError, hold
from pyralis.deploy.devices import Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig

_SHOWN_CHARS = 80


@contextmanager
def own(rig: Rig, device: Device) -> Iterator[None]:
    """Have a device to oneself; UserError says who has it."""
    try:
        with hold(rig.private / "devices" / f"{device.file_name}.lock", {"pid": os.getpid(), "command": _command()}):
            yield
    except ClaimedError as error:
        holder = "process {pid}: {command}".format(**error.holder) if error.holder else "another process"
        raise UserError(
            f"'{device.id}' is in use by {holder}",
            whose="the other command's",
            todo="wait until it ends, or stop it",
        ) from None


def _command() -> str:
    """What this process was started with."""
    program = Path(sys.argv[0])
    return " ".join(["pyralis" if program.name == "__main__.py" else program.name, *sys.argv[1:]])[:_SHOWN_CHARS]
