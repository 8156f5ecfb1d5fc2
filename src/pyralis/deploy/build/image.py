"""Image: a folder that holds exactly the given files; what is the same already is not touched."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from pyralis.deploy.errors import UserError

MANIFEST_FILE = "manifest.json"
VFS_FOLDER = "vfs"  # the tree of files that a device sees, in the folder of its target


def sha256_of(data: bytes) -> str:
    """The hash as all of Pyralis writes it."""
    return hashlib.sha256(data).hexdigest()


def list_files(contents: Mapping[str, bytes]) -> list[dict[str, object]]:
    """Path, size and sha256 of each file, as a manifest has them."""
    return [{"path": path, "size": len(data), "sha256": sha256_of(data)} for path, data in sorted(contents.items())]


def tree_sha256(contents: Mapping[str, bytes]) -> str:
    """One hash over a tree of files: their paths and what is in them."""
    return sha256_of("".join(f"{path}\0{sha256_of(data)}\n" for path, data in sorted(contents.items())).encode())


def manifest(facts: Mapping[str, object]) -> bytes:
    """The manifest: sorted, so that the same facts give the same bytes."""
    return (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode()


def write_image(folder: Path, contents: Mapping[str, bytes]) -> int:
    """Make the folder hold these files and no others; returns how many were written or removed.

    All are written beside the folder before the first one takes its place: who is interrupted leaves the old ones.
    """
    waiting = {name: data for name, data in contents.items() if not _holds(folder / name, data)}
    stage = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(stage, ignore_errors=True)  # of a build that was killed
    try:
        for name, data in waiting.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_bytes(data)
        removed = _remove_others(folder, set(contents))
        for name in waiting:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).replace(folder / name)  # renamed, because a runtime may be reading the old one
    except OSError as error:
        raise UserError(
            f"cannot write {folder}: {error.strerror}",
            whose="the disk's or the folder's",
            todo="make room or access for it",
        ) from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return len(waiting) + removed


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _remove_others(folder: Path, names: set[str]) -> int:
    removed = 0
    for parent, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(parent, name)
            if path.relative_to(folder).as_posix() not in names:
                path.unlink()
                removed += 1
        if Path(parent) != folder and not any(Path(parent).iterdir()):
            Path(parent).rmdir()
    return removed
