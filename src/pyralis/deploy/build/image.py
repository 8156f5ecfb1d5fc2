"""Image: a folder that holds exactly the given files; what is the same already is not touched."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

MANIFEST_FILE = "manifest.json"


def manifest(contents: Mapping[str, bytes], facts: Mapping[str, object]) -> tuple[str, bytes]:
    """(sha256 of the image, the manifest with size and sha256 of each file)."""
    files = [
        {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in sorted(contents.items())
    ]
    whole = hashlib.sha256("".join(f"{file['path']}\0{file['sha256']}\n" for file in files).encode()).hexdigest()
    value = {**facts, "image_sha256": whole, "files": files}
    return whole, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def write_image(folder: Path, contents: Mapping[str, bytes]) -> int:
    """Make the folder hold these files and no others; returns how many were written or removed."""
    changed = 0
    for name, data in contents.items():
        path = folder / name
        if _holds(path, data):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed, because a runtime may be reading the old one.
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_bytes(data)
        temporary.replace(path)
        changed += 1
    return changed + _remove_others(folder, set(contents))


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except (FileNotFoundError, NotADirectoryError):
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
