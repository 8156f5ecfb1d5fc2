"""Plugs: where the virtual boards of a rig can be reached, as long as they run."""

from dataclasses import dataclass
from pathlib import Path

from pyralis.deploy.claims import holder
from pyralis.deploy.rig import Rig


@dataclass(frozen=True)
class Plug:
    """Where a virtual board that runs can be reached."""

    serial: str  # rfc2217://…
    pty: str
    pid: int


def twin_folder(rig: Rig, twin_id: str) -> Path:
    """Where a virtual board keeps its flash."""
    return rig.private / "twins" / twin_id.replace(":", "-")


def plug_file(folder: Path) -> Path:
    """The claim on a virtual board, which says where it can be reached."""
    return folder / "plug.json"


def find_plug(rig: Rig, twin_id: str) -> Plug | None:
    """Where a virtual board can be reached; None where it does not run."""
    found = holder(plug_file(twin_folder(rig, twin_id)))
    return Plug(**found) if found else None
