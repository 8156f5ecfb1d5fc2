"""Summarise: the step that writes the status pages."""

import json
from typing import Any

from pyralis.deploy import status
from pyralis.deploy.errors import UserError
from pyralis.deploy.files import write_whole
from pyralis.deploy.results import read_all
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Json, Step
from pyralis.deploy.terminal import shown_path
from pyralis.deploy.unittest import RESULTS_FILE


def summarise(rig: Rig, step: Step) -> None:
    """Write `docs/status` from `live/`; needs no device and changes no result."""
    live = read_all(rig)
    texts = status.pages(live, _read_unit(rig))
    for name, text in texts.items():
        write_whole(rig.status / name, text)
    devices = len(live.devices) if live else 0
    where = shown_path(rig.status / "index.md")
    step.summarise(f"{len(texts)} pages, {devices} devices: {where}", pages=len(texts), devices=devices, index=where)


def _read_unit(rig: Rig) -> Json | None:
    path = rig.live / RESULTS_FILE
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise UserError(
            f"{path.name} cannot be read: {error}",
            whose=f"the file's: {path}",
            todo="restore it from git, or run `pyralis unittest` again",
        ) from None
    return value if isinstance(value, dict) else None
