"""Files: written whole or not at all; caches that do not grow for ever."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from pyralis.deploy.errors import UserError

_KEPT_S = 14 * 24 * 3600


def forget_old(folder: Path) -> None:
    """Remove from a cache what has not been used for two weeks."""
    oldest_s = time.time() - _KEPT_S
    for path in folder.iterdir():
        try:
            if path.stat().st_mtime < oldest_s:
                path.unlink()
        except FileNotFoundError:
            continue  # somebody else has forgotten it


def write_whole(path: Path, text: str) -> None:
    """Replace a text file in one step; who is interrupted leaves the old one. UserError where that is not possible."""
    write_whole_bytes(path, text.encode())


def write_whole_bytes(path: Path, data: bytes) -> None:
    """The same for bytes."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror}",
            whose="the disk's or the folder's",
            todo="make room or access for it",
        ) from None
    finally:
        with suppress(OSError):  # mostly it is renamed, and where its folder cannot be, neither can it
            temporary.unlink()
