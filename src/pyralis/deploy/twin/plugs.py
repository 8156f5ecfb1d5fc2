"""Plugs: where the virtual boards of a rig can be reached, as long as they run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyralis.deploy.claims import holder
from pyralis.deploy.errors import UserError
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


def plugged_in_already(twin_id: str, held: dict[str, Any]) -> UserError:
    """The error for a board that another process runs; `held` is what that one said of itself, if anything yet."""
    where = " at {serial}, by process {pid}".format(**held) if held else ""
    return UserError(
        f"the virtual board '{twin_id}' is plugged in already{where}",
        whose="that process', `pyralis twin` for one",
        todo="use the board where it is, end that process, or take another board",
    )
