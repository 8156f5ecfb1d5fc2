"""Profiles: the memory that each kind of board keeps free for its server, where the build finds it.

A rig's own `profiles.json` comes before that of the package, board by board.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.files import write_whole
from pyralis.deploy.rig import PACKAGE, Rig

PROFILE_FILE = "profiles.json"
SHIPPED = Path(__file__).resolve().parent / PROFILE_FILE
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Profile:
    """What `pyralis calibrate` found for a kind of board; bytes are those of a board, whose words have 32 bits."""

    reserve_bytes: int
    need_bytes: int = 0  # of server and four clients, without headroom
    buffer_bytes: int = 0  # how much of that are texts and buffers, which are as large with words of any length


def reserve_of(rig: Rig, board: str) -> int | None:
    """The reserve of a kind of board; None where nobody has calibrated it."""
    for path in (rig.root / PROFILE_FILE, SHIPPED):
        found = load(path).get(board)
        if found is not None:
            return found.reserve_bytes
    return None


def profile_file(rig: Rig) -> Path:
    """The file that a calibration in this rig writes: the package's own where the rig is its repository."""
    return SHIPPED if PACKAGE.is_relative_to(rig.root / "src") else rig.root / PROFILE_FILE


def load(path: Path) -> dict[str, Profile]:
    """The profiles in a file by board, none where there is no file; UserError where it is not right."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise _wrong(path, str(error)) from None
    if not isinstance(value, dict):
        raise _wrong(path, "it must be an object")
    return {name: _parse(path, name, fields) for name, fields in value.items()}


def save(path: Path, profiles: Mapping[str, Profile]) -> None:
    """Put these boards' profiles into a file; those of others stay."""
    merged = {**load(path), **profiles}
    write_whole(path, json.dumps({name: asdict(merged[name]) for name in sorted(merged)}, indent=1) + "\n")


def _parse(path: Path, name: str, fields: Any) -> Profile:
    known = set(Profile.__dataclass_fields__)
    if name not in BOARDS:
        raise _wrong(path, f"there is no board '{name}', but {', '.join(BOARDS)}")
    if not isinstance(fields, dict) or "reserve_bytes" not in fields or not known.issuperset(fields):
        raise _wrong(path, f"{name} must have 'reserve_bytes', and besides that only what calibrate writes")
    if not all(type(value) is int and 0 <= value <= _MOST_BYTES for value in fields.values()):
        raise _wrong(path, f"{name}: sizes are whole numbers of bytes, from 0 to {_MOST_BYTES}")
    return Profile(**fields)


def _wrong(path: Path, problem: str) -> UserError:
    return UserError(
        f"{path.name} is not right: {problem}",
        whose=f"the file's: {path}",
        todo="mend it, or remove it and run `pyralis calibrate`",
    )
