"""Rig: the user's folder: what lies where in it, and whether its rig file is right."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyralis.deploy.errors import UserError
from pyralis.palette_file import PALETTE_FILE
from pyralis.wire import MAPS_FOLDER, MAX_NAME_CHARS, RIG_FILE

DEVICE_FILE = "devicelist.json"
PACKAGE = Path(__file__).resolve().parent.parent
_NODE_FIELDS = ("type", "name", "controls", "children")
_RIG_FIELDS = ("name", "tree", "micropython")


@dataclass(frozen=True)
class Rig:
    """A folder with `rig.json`; generated files lie in `build`, `live`, `docs/status` and `.pyralis`."""

    root: Path

    @property
    def file(self) -> Path:
        """The module tree the rig starts with."""
        return self.root / RIG_FILE

    @property
    def device_file(self) -> Path:
        """The device list."""
        return self.root / DEVICE_FILE

    @property
    def modules(self) -> Path:
        """The rig's own effects, layouts and outputs."""
        return self.root / "modules"

    @property
    def palettes(self) -> Path:
        """The rig's own palettes."""
        return self.root / PALETTE_FILE

    @property
    def maps(self) -> list[Path]:
        """The files that a LedMap can be made of."""
        return sorted((self.root / MAPS_FOLDER).glob("*.json"))

    @property
    def live(self) -> Path:
        """Results of tests."""
        return self.root / "live"

    @property
    def status(self) -> Path:
        """Status pages."""
        return self.root / "docs" / "status"

    @property
    def private(self) -> Path:
        """State, caches and logs; never committed."""
        return self.root / ".pyralis"

    @property
    def secrets(self) -> Path:
        """Credentials of the network, for boards; never committed, never in an image."""
        return self.root / "secrets.json"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.private / "cache"

    @property
    def logs(self) -> Path:
        """Logs of devices and of child processes."""
        return self.private / "logs"

    def build(self, target: str) -> Path:
        """The image of a target."""
        return self.root / "build" / target

    def read(self) -> dict[str, Any]:
        """The rig file, checked; UserError names the place of the fault."""
        try:
            value = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise _wrong(self, f"{RIG_FILE} is missing", "write one, or look at what `pyralis new DIR` makes") from None
        except UnicodeDecodeError as error:
            raise _wrong(self, f"{RIG_FILE} is not UTF-8: {error}", "save it as UTF-8") from None
        except json.JSONDecodeError as error:
            place = f"{RIG_FILE}:{error.lineno}:{error.colno}"
            raise _wrong(self, f"{place}: not JSON: {error.msg}", "mend the JSON there") from None
        for place, problem, todo in _problems(value):
            raise _wrong(self, f"{RIG_FILE}: {place}{problem}", todo)
        found: dict[str, Any] = value
        return found

    def used_types(self) -> list[tuple[str, str]]:
        """(place in the rig file, type) of each node of the tree."""
        return [(place, str(node["type"])) for place, node in _nodes(self.read().get("tree", []), "tree")]


def find_rig(start: Path | None = None) -> Rig:
    """The rig that the working directory is in: the nearest folder upwards with a rig file or a device list."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / RIG_FILE).is_file() or (folder / DEVICE_FILE).is_file():
            return Rig(folder)
    raise UserError(
        f"there is no rig in {here} or above it",
        whose="the working directory's: a rig is a folder with rig.json",
        todo="go into a rig, or make one with `pyralis new DIR`",
    )


def package_environment() -> dict[str, str]:
    """The environment of a child process that must find this package as its parent did."""
    paths = [str(PACKAGE.parent), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(str(Path(path).absolute()) for path in paths)),
        # Children start over and over: compiling numba and the runtime anew each time would take longer than the work.
        "PYTHONDONTWRITEBYTECODE": "",
    }


def _wrong(rig: Rig, what: str, todo: str) -> UserError:
    return UserError(what, whose=f"the rig's, in {rig.root}", todo=todo)


def _problems(value: Any) -> list[tuple[str, str, str]]:
    """(place, problem, what to do); written out by hand because every start of the runtime runs it."""
    if not isinstance(value, dict):
        return [("", "must be an object", 'start with {"name": …, "tree": […]}')]
    found = [("", f"unknown field '{key}'", f"use {', '.join(_RIG_FIELDS)}") for key in value if key not in _RIG_FIELDS]
    texts = [key for key in ("name", "micropython") if key in value]
    found += [(f"{key}: ", "must be a text", "put it in quotes") for key in texts if not _is_text(value[key])]
    if isinstance(value.get("name"), str) and len(value["name"]) > MAX_NAME_CHARS:
        found.append(("name: ", f"is longer than {MAX_NAME_CHARS} characters", "shorten it"))
    if not isinstance(value.get("tree", []), list):
        found.append(("tree: ", "must be a list of modules", 'write [{"type": "DriverLayer", "children": […]}]'))
        return found
    for place, node in _nodes(value.get("tree", []), "tree"):
        found += _node_problems(place, node)
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _node_problems(place: str, node: Any) -> list[tuple[str, str, str]]:
    if not isinstance(node, dict):
        return [(f"{place}: ", "must be an object with a type", 'write {"type": "Plasma"}')]
    found = [
        (f"{place}: ", f"unknown field '{key}'", f"use {', '.join(_NODE_FIELDS)}")
        for key in node
        if key not in _NODE_FIELDS
    ]
    if not isinstance(node.get("type"), str):
        found.append((f"{place}.type: ", "must be the name of a type", "`pyralis new` writes an example"))
    if not isinstance(node.get("controls", {}), dict):
        found.append((f"{place}.controls: ", "must be an object of control: value", 'write {"speed": 60}'))
    if not isinstance(node.get("children", []), list):
        found.append((f"{place}.children: ", "must be a list of modules", 'write [{"type": "Plasma"}]'))
    return found


def _nodes(tree: Any, place: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for number, node in enumerate(tree if isinstance(tree, list) else []):
        here = f"{place}[{number}]"
        found.append((here, node))
        if isinstance(node, dict):
            found += _nodes(node.get("children", []), f"{here}.children")
    return found
