"""Sources: the file behind a resource, and the state of any resource: another one after each change."""

import json
import re
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

from pyralis.deploy.addresses import find_address
from pyralis.deploy.devices import Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.mcp import running_device
from pyralis.deploy.results.store import ALL_FILE, LAST_GOOD_FILE
from pyralis.deploy.rig import Rig, find_rig

SCHEME = "pyralis://"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# What a device that runs is asked for.
LIVE: dict[str, Callable[[str], Any]] = {
    "log": lambda url: running_device.log_since(url, 0),
    "modules": running_device.modules,
}


def file_of(rig: Rig, uri: str) -> Path | None:
    """The file that a resource shows; None where there is none by that name, or where it shows no file."""
    match uri.removeprefix(SCHEME).split("/"):
        case ["status"]:
            return rig.status / "index.md"
        case ["status", page] if _NAME.fullmatch(page):
            return rig.status / f"{page}.md"
        case ["footprint"]:
            return rig.status / "footprint.md"
        case ["results"]:
            return rig.live / ALL_FILE
        case ["results", "last-good"]:
            return rig.live / LAST_GOOD_FILE
        case ["logs", name] if _NAME.fullmatch(name):
            return rig.logs / name
        case ["devices", device, kind] if _NAME.fullmatch(file_name := Device(device, "", "").file_name):
            return {
                "results": rig.live / f"live-results-{file_name}.json",
                "serial-log": rig.logs / f"live-{file_name}.log",
                "flash-log": rig.logs / f"flash-{file_name}.log",
            }.get(kind)
    return None


def state_of(start: Path | None, uri: str) -> Hashable:
    """When files were written and how long they are; of a device that runs, what it answers."""
    try:
        rig = find_rig(start)
        if uri == f"{SCHEME}devices":
            return tuple(map(_written, [rig.device_file, *sorted((rig.private / "boards").glob("*.json"))]))
        match uri.removeprefix(SCHEME).split("/"):
            case ["devices", device, kind] if kind in LIVE:
                return json.dumps(LIVE[kind](find_address(rig, device)))
        path = file_of(rig, uri)
    except UserError as error:
        return str(error)
    return _written(path) if path else None


def _written(path: Path) -> Hashable:
    try:
        found = path.stat()
    except OSError:
        return path.name
    return path.name, found.st_ino, found.st_mtime_ns, found.st_size
