"""Record: what was last written to a board, so that a result can be traced to it, and half a write is not forgotten."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pyralis.deploy.files import write_whole
from pyralis.deploy.rig import Rig

WRITING, WRITTEN = "writing", "written"


@dataclass(frozen=True)
class Record:
    """One write: how far it came, and what was written."""

    state: str
    image_sha256: str
    build_id: str
    commit: str
    firmware: str  # its version
    date: str

    @property
    def needs_flashing(self) -> bool:
        """True where a write was begun and not brought to its end."""
        return self.state != WRITTEN


def save(rig: Rig, file_name: str, record: Record | None) -> None:
    """Remember it; None forgets what was remembered."""
    path = _path(rig, file_name)
    if record is None:
        path.unlink(missing_ok=True)
    else:
        write_whole(path, json.dumps(asdict(record)) + "\n")


def load(rig: Rig, file_name: str) -> Record | None:
    """What is remembered of a device; None where it was never flashed from here, or where that cannot be read."""
    try:
        found = Record(**json.loads(_path(rig, file_name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if all(isinstance(value, str) for value in vars(found).values()) else None


def _path(rig: Rig, file_name: str) -> Path:
    return rig.private / "boards" / f"{file_name}.json"
