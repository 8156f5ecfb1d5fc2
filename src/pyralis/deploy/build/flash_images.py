"""Flash images: what a board's flash holds beside MicroPython: partition table, code and settings."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyralis.deploy.build.file_system import inputs_sha256, make_file_system, too_large
from pyralis.deploy.build.image import MANIFEST_FILE, sha256_of
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import Board
from pyralis.deploy.esp.partitions import DATA_NAME, TABLE_OFFSET, VFS_NAME, encode, find, layout
from pyralis.deploy.rig import Rig

TABLE_NAME = "partition-table"
SECRETS_FILE = "secrets.json"
_WHAT_TO_DO = {
    VFS_NAME: "make the rig's modules smaller, or take out those that it does not use",
    DATA_NAME: "take files out of the rig's folder data/",
}


@dataclass(frozen=True)
class FlashImage:
    """What is written at one place of the flash."""

    name: str
    offset: int
    data: bytes
    used_bytes: int
    made_from: str = ""  # a hash over its inputs

    @property
    def file_name(self) -> str:
        """Its file in the folder of the target."""
        return f"{self.name}.bin"

    def to_json(self) -> dict[str, object]:
        """As the manifest has it."""
        fields: dict[str, object] = {
            "file": self.file_name,
            "offset": self.offset,
            "size": len(self.data),
            "used_bytes": self.used_bytes,
            "sha256": sha256_of(self.data),
        }
        return fields | ({"made_from": self.made_from} if self.made_from else {})


def flash_images(board: Board, code: Mapping[str, bytes], settings: Mapping[str, bytes], old: Path) -> list[FlashImage]:
    """All images of a board; a file system in folder `old` that was made from the same is taken from there."""
    partitions = layout(board)
    table = encode(partitions)
    known = _known(old)
    found = [FlashImage(TABLE_NAME, TABLE_OFFSET, table, len(table))]
    for name, files in ((VFS_NAME, code), (DATA_NAME, settings)):
        partition = find(partitions, name)
        made_from = inputs_sha256(files, partition.size_bytes)
        data, used_bytes = _kept(old, known.get(name), made_from) or _made(name, files, partition.size_bytes)
        found.append(FlashImage(name, partition.offset, data, used_bytes, made_from))
    return found


def board_facts(board: Board) -> dict[str, object]:
    """The board profile as the manifest has it."""
    return {
        "name": board.name,
        "chip": board.chip.name,
        "flash_bytes": board.flash_bytes,
        "heap": board.heap,
        "partitions": [
            {
                "name": one.name,
                "type": one.type,
                "subtype": one.subtype,
                "offset": one.offset,
                "size": one.size_bytes,
            }
            for one in layout(board)
        ],
    }


def settings_of(rig: Rig) -> dict[str, bytes]:
    """The files of the rig's folder `data`, without hidden ones; UserError for what must not get into an image."""
    folder = rig.root / "data"
    found: dict[str, bytes] = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in [*folders, *files]:
            path = Path(parent, name)
            shown = f"data/{path.relative_to(folder).as_posix()}"
            if name.lower() == SECRETS_FILE:
                raise _refused(shown, "holds secrets", f"move it to {rig.root / SECRETS_FILE}: no image ever holds it")
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise _refused(shown, "is neither a file nor a folder", "put a copy of the file in its place")
            if path.is_file() and not name.startswith("."):
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _made(name: str, files: Mapping[str, bytes], size_bytes: int) -> tuple[bytes, int]:
    try:
        return make_file_system(files, size_bytes)
    except OverflowError:
        raise too_large(name, files, size_bytes, _WHAT_TO_DO[name]) from None


def _known(folder: Path) -> dict[str, Any]:
    """What the manifest of an earlier build says of its images; nothing where it cannot be read."""
    try:
        images = json.loads((folder / MANIFEST_FILE).read_bytes())["images"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return images if isinstance(images, dict) else {}


def _kept(folder: Path, known: Any, made_from: str) -> tuple[bytes, int] | None:
    try:
        if known["made_from"] != made_from:
            return None
        data = (folder / known["file"]).read_bytes()
        return (data, int(known["used_bytes"])) if sha256_of(data) == known["sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is made


def _refused(shown: str, problem: str, todo: str) -> UserError:
    return UserError(f"{shown} {problem}", whose="the rig's: the folder data/ becomes an image", todo=todo)
