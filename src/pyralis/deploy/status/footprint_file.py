"""Footprint file: what the images take, as a build has measured it, read and checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyralis.deploy.build.footprint import FORMAT
from pyralis.deploy.errors import UserError
from pyralis.deploy.results.text import check_format


@dataclass(frozen=True)
class TargetFootprint:
    """The image of one target, and what it leaves of the heap once it runs; what nobody measured is None."""

    image_sha256: str
    vfs_used_bytes: int
    vfs_size_bytes: int
    files: int
    module_bytes: Mapping[str, int] = field(default_factory=dict)  # by path
    other_bytes: int = 0  # of all files that are no modules
    app_bytes: int | None = None  # of MicroPython
    ram_used_kb: float | None = None
    ram_free_kb: float | None = None
    ram_largest_kb: float | None = None


@dataclass(frozen=True)
class Footprint:
    """A build: its commit and its targets by name."""

    commit: str
    targets: Mapping[str, TargetFootprint]


def read_footprint(path: Path) -> Footprint | None:
    """The file, None where there is none; UserError where it cannot be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        check_format(path, value, FORMAT)
        targets = {str(name): _parse(target) for name, target in value["targets"].items()}
        return Footprint(str(value.get("commit", "")), targets)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{path.name} cannot be read: {type(error).__name__}: {error}",
            whose=f"the file's: {path}",
            todo="restore it from git, or remove it and build again",
        ) from None


def _parse(value: Any) -> TargetFootprint:
    ram = {name: None if number is None else float(number) for name, number in (value.get("ram_boot") or {}).items()}
    return TargetFootprint(
        image_sha256=str(value.get("image_sha256", "")),
        vfs_used_bytes=int(value["vfs_used_bytes"]),
        vfs_size_bytes=int(value["vfs_size_bytes"]),
        files=int(value["files"]),
        module_bytes={str(path): int(count) for path, count in value.get("modules", {}).items()},
        other_bytes=int(value.get("other_bytes", 0)),
        app_bytes=int(value["app_bytes"]) if value.get("app_bytes") else None,
        ram_used_kb=ram.get("used_kb"),
        ram_free_kb=ram.get("free_kb"),
        ram_largest_kb=ram.get("largest_kb"),
    )
