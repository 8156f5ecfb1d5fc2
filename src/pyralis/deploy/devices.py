"""Devices: the device list, checked against its schema, and filters over it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.interpreters import HEAP_PATTERN
from pyralis.deploy.json_list import Entry, Form, read_list
from pyralis.deploy.rig import DEVICE_FILE, Rig

PLATFORMS = {"pc": ("cpython", "micropython"), "esp32": tuple(BOARDS)}
TWIN = "twin"  # in place of a serial port: a virtual board
TYPES = tuple(PLATFORMS)
_ALL_PLATFORMS = [platform for platforms in PLATFORMS.values() for platform in platforms]

_TEXT = {"type": "string", "minLength": 1}
ENTRY: dict[str, Any] = {
    "type": "object",
    "required": ["id", "type", "platform"],
    "additionalProperties": False,
    "properties": {
        # The id names result and log files.
        "id": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,47}$"},
        "type": {"enum": list(TYPES)},
        "platform": {"enum": _ALL_PLATFORMS},
        "heap": {"type": "string", "pattern": HEAP_PATTERN},
        "serial": {"type": "string", "pattern": r"^(twin|/.+|COM\d+|rfc2217://[^/ ]+:\d+.*)$"},
        "serial_baud": {"type": "integer", "minimum": 9600, "maximum": 3000000},
        "url": {"type": "string", "pattern": "^http://[^/ ]+/?$"},
        "group": _TEXT,
        "test": {"type": "boolean"},
        "connected": {"type": "boolean"},
        "product": _TEXT,
        "notes": {"type": "string"},
    },
    # What is tested is flashed and tested by groups.
    "if": {"properties": {"test": {"const": True}}, "required": ["test"]},
    "then": {"required": ["group"]},
}
_MEANINGS = {
    "id": "letters, digits and . : _ - (at most 48): a name or a MAC address",
    "heap": "a size such as 256k (or 128wk, which doubles it on 64 bit)",
    "serial": f"a port such as /dev/serial/by-id/… or COM3, rfc2217://host:port, or {TWIN}",
    "url": "an address such as http://192.168.1.50",
    "group": "a name that its devices share, such as wall; each device to be tested needs one",
}


@dataclass(frozen=True)
class Device:
    """One entry of the device list."""

    id: str
    type: str
    platform: str
    heap: str = ""
    serial: str = ""
    serial_baud: int = 0
    url: str = ""
    group: str = ""
    test: bool = False
    connected: bool = True
    product: str = ""
    notes: str = ""

    @property
    def file_name(self) -> str:
        """The id as it stands in names of files."""
        return self.id.replace(":", "-")

    def to_json(self) -> dict[str, object]:
        """As in the device list."""
        return {key: value for key, value in vars(self).items() if value not in ("", 0) or isinstance(value, bool)}


@dataclass(frozen=True)
class Filters:
    """What to select; an empty filter lets all through."""

    ids: Sequence[str] = field(default=())
    type: str = ""
    platform: str = ""
    group: str = ""
    test: bool | None = None

    def lets(self, device: Device) -> bool:
        """True where every filter does."""
        return (
            (not self.ids or device.id in self.ids)
            and self.type in ("", device.type)
            and self.platform in ("", device.platform)
            and self.group in ("", device.group)
            and self.test in (None, device.test and device.connected)
        )

    def __str__(self) -> str:
        parts = [f"device {name}" for name in self.ids]
        parts += [f"{name} {value}" for name, value in vars(self).items() if name != "ids" and value not in ("", None)]
        return ", ".join(parts) or "no filter"


def load(rig: Rig) -> list[Device]:
    """All devices of the rig; UserError names file, entry, field and what is allowed."""
    path = rig.device_file
    try:
        return [Device(**entry) for entry in read_list(path, _FORM)]
    except FileNotFoundError:
        raise UserError(
            f"{DEVICE_FILE} is missing",
            whose=f"the rig's: {path}",
            todo='write one: [{"id": "pc", "type": "pc", "platform": "cpython", "group": "pc", "test": true}]',
        ) from None


def select(devices: Sequence[Device], filters: Filters) -> list[Device]:
    """The devices that pass all filters; UserError lists what there is where none does."""
    for name in filters.ids:
        if name not in [device.id for device in devices]:
            raise _none(f"there is no device '{name}'", devices)
    found = [device for device in devices if filters.lets(device)]
    if not found:
        raise _none(f"no device matches: {filters}", devices)
    return found


def _beyond_schema(entries: Sequence[Entry]) -> list[tuple[int, str]]:
    """What a schema cannot say: pairs of type and platform, and what must differ from entry to entry."""
    problems = []
    for number, entry in enumerate(entries):
        allowed = PLATFORMS[entry["type"]]
        if entry["platform"] not in allowed:
            text = f"platform: '{entry['platform']}' is not one of type {entry['type']}; allowed: {', '.join(allowed)}"
            problems.append((number, text))
        for name in ("id", "serial", "url"):
            same = [other for other in range(number) if name in entry and _same(entries[other].get(name), entry[name])]
            if same and entry[name] != TWIN:
                text = f"{name}: '{entry[name]}' is that of entry {same[0] + 1} too; each needs its own"
                problems.append((number, text))
        if entry["type"] == "esp32" and entry.get("test") and not entry.get("serial") and not entry.get("url"):
            problems.append((number, f"serial: is missing; allowed: {_MEANINGS['serial']}"))
    return problems


def _same(one: object, other: object) -> bool:
    # Ids name files, and not every file system tells case or ':' and '-' apart.
    return isinstance(one, str) and one.lower().replace(":", "-") == str(other).lower().replace(":", "-")


def _none(what: str, devices: Sequence[Device]) -> UserError:
    def listed(name: str) -> str:
        values = sorted({str(getattr(device, name)) for device in devices if getattr(device, name)})
        return f"{name}: {', '.join(values) or 'none'}"

    tests = ", ".join(device.id for device in devices if device.test) or "none"
    details = [*(listed(name) for name in ("id", "type", "platform", "group")), f"test: {tests}"]
    return UserError(what, details=details, whose="the filter's", todo="choose from what the device list has, above")


_FORM = Form("the device list's", ENTRY, "id", _MEANINGS, _beyond_schema)
