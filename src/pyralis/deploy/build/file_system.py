"""File system images: LittleFS as MicroPython mounts it, the same bytes for the same files."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from littlefs import LittleFS, LittleFSError, UserContext
from littlefs import __version__ as LITTLEFS_VERSION  # noqa: N812

from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import SECTOR_BYTES

# What MicroPython's VfsLfs2 uses by default, and `mkfs` on a board with it.
_PARAMETERS: dict[str, Any] = {
    "block_size": SECTOR_BYTES,
    "read_size": 32,
    "prog_size": 32,
    "cache_size": 128,
    "lookahead_size": 32,
    "block_cycles": 100,
}
_NO_SPACE = -28  # LFS_ERR_NOSPC
_SHOWN_FILES = 8
_KB = 1024


def make_file_system(files: Mapping[str, bytes], size_bytes: int) -> tuple[bytes, int]:
    """(an image of exactly that size with the files, bytes in use); OverflowError where they do not fit."""
    image = bytearray(b"\xff" * size_bytes)
    fs = LittleFS(UserContext(buffer=image), mount=False, block_count=size_bytes // SECTOR_BYTES, **_PARAMETERS)
    fs.format()
    fs.mount()
    try:
        for folder in sorted({parent for name in files for parent in PurePosixPath(name).parents}):
            if folder.name:
                fs.mkdir(str(folder))
        for name, data in sorted(files.items()):
            with fs.open(name, "wb", buffering=0) as file:
                file.write(data)
        return bytes(image), fs.used_block_count * SECTOR_BYTES
    except LittleFSError as error:
        if error.code != _NO_SPACE:
            raise
        raise OverflowError from None
    finally:
        fs.unmount()


def inputs_sha256(files: Mapping[str, bytes], size_bytes: int) -> str:
    """A hash over everything that an image depends on."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    inputs = [LITTLEFS_VERSION, _PARAMETERS, size_bytes, hashes]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def too_large(name: str, files: Mapping[str, bytes], size_bytes: int, todo: str) -> UserError:
    """The error for files that do not fit into the partition of that name."""
    needed = max(size_bytes, sum(len(data) for data in files.values()) // SECTOR_BYTES * SECTOR_BYTES)
    while needed := needed * 2:
        try:
            _, needed = make_file_system(files, needed)
            break
        except OverflowError:
            continue
    largest = sorted(files.items(), key=lambda item: (-len(item[1]), item[0]))[:_SHOWN_FILES]
    return UserError(
        f"the files need {needed // _KB} KB, and the partition '{name}' has {size_bytes // _KB} KB",
        details=[f"{len(data) / _KB:7.1f} KB  {path}" for path, data in largest],
        whose="the size of these files, the largest of which stand above",
        todo=todo,
    )
