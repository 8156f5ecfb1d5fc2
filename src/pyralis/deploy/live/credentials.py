"""Credentials: the rig's `secrets.json`, given to a board over its serial line and kept out of everything else."""

import json
import sys
import threading
import time
from typing import Any

from pyralis.deploy.children import Child
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig, package_environment

EXAMPLE = 'write {"ssid": "…", "password": "…"}'
_ON_BOARD = ":/data/secrets.json"
_TIMEOUT_S = 60.0
_POLL_S = 0.1


def read_credentials(rig: Rig) -> dict[str, str]:
    """What is in the file; UserError, which shows none of it, where no board could use it."""
    try:
        value: Any = json.loads(rig.secrets.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(rig, f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise _wrong(rig, "is not JSON in UTF-8") from None
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise _wrong(rig, "must be an object of texts")
    if set(value) - {"ssid", "password"}:
        raise _wrong(rig, "has a field that is neither ssid nor password")
    if not 1 <= len(value.get("ssid", "").encode()) <= 32:
        raise _wrong(rig, "needs an ssid of 1 to 32 bytes")
    if value.get("password") and not 8 <= len(value["password"].encode()) <= 63:
        raise _wrong(rig, "needs a password of 8 to 63 bytes, or none for an open network")
    return value


def give_credentials(rig: Rig, name: str, port: str, cancelled: threading.Event) -> None:
    """Copy the file to the board's settings with mpremote; UserError where the board does not take it."""
    secrets = read_credentials(rig)
    command = [sys.executable, "-P", "-m", "mpremote", "connect", port, "resume", "cp", str(rig.secrets), _ON_BOARD]
    deadline_s = time.monotonic() + _TIMEOUT_S
    # Without a log: nothing is to hold what is in the file.
    with Child(command, cwd=rig.root, env=package_environment()) as child:
        while child.wait(_POLL_S) is None and time.monotonic() < deadline_s:
            if cancelled.is_set():
                raise KeyboardInterrupt
        ended = child.exit_status is not None
    if ended and child.exit_status == 0:
        return
    said = child.last_lines[-1] if child.last_lines else "mpremote says nothing"
    for secret in filter(None, secrets.values()):
        said = said.replace(secret, "…")
    raise UserError(
        f"'{name}' does not take the credentials",
        details=[said if ended else f"mpremote does not end within {_TIMEOUT_S:g} s"],
        whose="the board's or the serial line's",
        todo="reset the board and try again, or enter them on the page of its access point",
    )


def _wrong(rig: Rig, what: str) -> UserError:
    return UserError(
        f"{rig.secrets.name} {what}", whose=f"the rig's: {rig.secrets}", todo=f"{EXAMPLE}; never commit it"
    )
