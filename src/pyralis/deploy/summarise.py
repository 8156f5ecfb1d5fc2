"""Summarise: the step that writes the status pages."""

import json
from typing import Any

from pyralis.deploy import status
from pyralis.deploy.build.footprint import FOOTPRINT_FILE, LAST_GOOD_FILE
from pyralis.deploy.errors import UserError
from pyralis.deploy.files import write_whole
from pyralis.deploy.results import read_all
from pyralis.deploy.rig import Rig
from pyralis.deploy.status.footprint_file import read_footprint
from pyralis.deploy.steps import Json, Step
from pyralis.deploy.terminal import shown_path
from pyralis.deploy.unittest import RESULTS_FILE

_NUMBERS = ("total", "passed", "failed", "skipped", "duration_s")


def summarise(rig: Rig, step: Step) -> None:
    """Write `docs/status` from `live/`; needs no device and changes no result."""
    live = read_all(rig)
    footprints = [read_footprint(rig.live / name) for name in (FOOTPRINT_FILE, LAST_GOOD_FILE)]
    texts = status.pages(live, _read_unit(rig), *footprints)
    for name, text in texts.items():
        write_whole(rig.status / name, text)
    devices = len(live.devices) if live else 0
    where = shown_path(rig.status / "index.md")
    step.summarise(f"{len(texts)} pages, {devices} devices: {where}", pages=len(texts), devices=devices, index=where)


def _read_unit(rig: Rig) -> Json | None:
    path = rig.live / RESULTS_FILE
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
        return {**value, **{name: _number(name, value.get(name, 0)) for name in _NUMBERS}}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{path.name} cannot be read: {error}",
            whose=f"the file's: {path}",
            todo="restore it from git, or run `pyralis unittest` again",
        ) from None


def _number(name: str, value: object) -> int | float:
    if not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}, and must be a number")
    return value
