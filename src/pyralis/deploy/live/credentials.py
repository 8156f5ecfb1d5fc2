"""Credentials: the rig's `secrets.json`, given to a board over its serial line and kept out of everything else."""

import json
import subprocess
import sys
from typing import Any

from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig, package_environment

ON_BOARD = ":/data/secrets.json"
_TIMEOUT_S = 60
_TODO = 'write {"ssid": "…", "password": "…"}; never commit it'


def check_credentials(rig: Rig) -> None:
    """UserError where there is a file of credentials that no board could use; it shows none of what is in it."""
    try:
        value: Any = json.loads(rig.secrets.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError):
        raise _wrong(rig, "is not JSON in UTF-8") from None
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise _wrong(rig, "must be an object of texts")
    if not 1 <= len(value.get("ssid", "").encode()) <= 32:
        raise _wrong(rig, "needs an ssid of 1 to 32 bytes")
    if value.get("password") and not 8 <= len(value["password"].encode()) <= 63:
        raise _wrong(rig, "needs a password of 8 to 63 bytes, or none for an open network")


def give_credentials(rig: Rig, name: str, port: str) -> None:
    """Copy the file to the board's settings with mpremote; UserError where the board does not take it."""
    check_credentials(rig)
    command = [sys.executable, "-P", "-m", "mpremote", "connect", port, "resume", "cp", str(rig.secrets), ON_BOARD]
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            env=package_environment(),
        )
        said = "" if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()[-1:] or ["nothing"]
    except subprocess.TimeoutExpired:
        said = [f"no end within {_TIMEOUT_S} s"]
    if said:
        raise UserError(
            f"'{name}' does not take the credentials: {said[0]}",
            whose="the board's or the serial line's",
            todo="reset the board and try again, or enter them on the page of its access point",
        )


def _wrong(rig: Rig, what: str) -> UserError:
    return UserError(f"{rig.secrets.name} {what}", whose=f"the rig's: {rig.secrets}", todo=_TODO)
