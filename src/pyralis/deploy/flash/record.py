"""Record: what was last written to a board, so that a result can be traced to it, and half a write is not forgotten."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
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


def save(rig: Rig, file_name: str, state: str, image_sha256: str, build_id: str, commit: str, firmware: str) -> None:
    """Remember it."""
    date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    restore(rig, file_name, Record(state, image_sha256, build_id, commit, firmware, date))


def restore(rig: Rig, file_name: str, record: Record) -> None:
    """Remember a record as it was, where a write has changed nothing."""
    write_whole(_path(rig, file_name), json.dumps(asdict(record)) + "\n")


def load(rig: Rig, file_name: str) -> Record | None:
    """What is remembered of a device; None where it was never flashed from here."""
    try:
        return Record(**json.loads(_path(rig, file_name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _path(rig: Rig, file_name: str) -> Path:
    return rig.private / "boards" / f"{file_name}.json"
