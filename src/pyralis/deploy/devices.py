"""Devices: the device list, checked against its schema, and filters over it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.interpreters import HEAP_PATTERN
from pyralis.deploy.rig import DEVICE_FILE, Rig

PLATFORMS = {"pc": ("cpython", "micropython"), "esp32": tuple(BOARDS)}
TWIN = "twin"  # in place of a serial port: a virtual board
TYPES = tuple(PLATFORMS)
_ALL_PLATFORMS = [platform for platforms in PLATFORMS.values() for platform in platforms]

_TEXT = {"type": "string", "minLength": 1}
SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "type", "platform"],
        "additionalProperties": False,
        "properties": {
            # The id names result and log files.
            "id": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,47}$"},
            "type": {"enum": list(TYPES)},
            "platform": {"enum": _ALL_PLATFORMS},
            "heap": {"type": "string", "pattern": HEAP_PATTERN},
            "serial": _TEXT,
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
    },
}
_MEANINGS = {
    "id": "letters, digits and . : _ - (at most 48): a name or a MAC address",
    "heap": "a size such as 256k (or 128wk, which doubles it on 64 bit)",
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
            and self.test in (None, device.test)
        )

    def __str__(self) -> str:
        parts = [f"device {name}" for name in self.ids]
        parts += [f"{name} {value}" for name, value in vars(self).items() if name != "ids" and value not in ("", None)]
        return ", ".join(parts) or "no filter"


def load(rig: Rig) -> list[Device]:
    """All devices of the rig; UserError names file, entry, field and what is allowed."""
    path = rig.device_file
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        todo = 'write one: [{"id": "pc", "type": "pc", "platform": "cpython", "test": true}]'
        raise _wrong(path, f"{DEVICE_FILE} is missing", todo) from None
    except UnicodeDecodeError as error:
        raise _wrong(path, f"{DEVICE_FILE} is not UTF-8: {error}", "save it as UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"{DEVICE_FILE}:{error.lineno}:{error.colno}"
        raise _wrong(path, f"{place}: not JSON: {error.msg}", "mend the JSON there") from None
    _check(path, value)
    return [Device(**entry) for entry in value]


def select(devices: Sequence[Device], filters: Filters) -> list[Device]:
    """The devices that pass all filters; UserError lists what there is where none does."""
    for name in filters.ids:
        if name not in [device.id for device in devices]:
            raise _none(f"there is no device '{name}'", devices)
    found = [device for device in devices if filters.lets(device)]
    if not found:
        raise _none(f"no device matches: {filters}", devices)
    return found


def _check(path: Path, value: Any) -> None:
    # Slow to import, and only those who use the list need it.
    from jsonschema import Draft202012Validator

    problems = [_explain(error, value) for error in Draft202012Validator(SCHEMA).iter_errors(value)]
    if not problems:
        problems = _beyond_schema(value)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UserError(
            f"{DEVICE_FILE} is not right{more}",
            details=problems[:8],
            whose=f"the device list's: {path}",
            todo="mend each of these fields; docs/pipeline.md describes them all",
        )


def _explain(error: Any, value: Any) -> str:
    """Entry, field and what is allowed there."""
    where = list(error.absolute_path)
    if not where:
        return "must be a list of devices: [ {…}, {…} ]"
    entry = _entry_name(where[0], value)
    if error.validator == "required":
        missing = error.message.split("'")[1]
        return f"{entry}: '{missing}' is missing{_allowed(missing)}"
    if error.validator == "additionalProperties":
        known = SCHEMA["items"]["properties"]
        unknown = [name for name in value[where[0]] if name not in known]
        return f"{entry}: unknown field '{unknown[0]}'; there are: {', '.join(known)}"
    if len(where) == 1:
        return f"{entry}: must be an object"
    return f"{entry}: {where[1]}: {json.dumps(error.instance)} is not allowed{_allowed(str(where[1]))}"


def _entry_name(number: Any, value: Any) -> str:
    entry = value[number]
    name = entry.get("id") if isinstance(entry, dict) else None
    return f"entry {number + 1} ({name})" if isinstance(name, str) else f"entry {number + 1}"


def _allowed(name: str) -> str:
    rule = SCHEMA["items"]["properties"].get(name, {})
    if "enum" in rule:
        return f"; allowed: {', '.join(rule['enum'])}"
    if name in _MEANINGS:
        return f"; allowed: {_MEANINGS[name]}"
    if "minimum" in rule:
        return f"; allowed: {rule['minimum']} to {rule['maximum']}"
    return f"; allowed: {'true or false' if rule.get('type') == 'boolean' else 'a text'}"


def _beyond_schema(value: list[dict[str, Any]]) -> list[str]:
    """What a schema cannot say: pairs of type and platform, and what must differ from entry to entry."""
    problems = []
    for number, entry in enumerate(value):
        allowed = PLATFORMS[entry["type"]]
        if entry["platform"] not in allowed:
            text = f"platform: '{entry['platform']}' is not one of type {entry['type']}; allowed: {', '.join(allowed)}"
            problems.append(f"{_entry_name(number, value)}: {text}")
        for name in ("id", "serial", "url"):
            same = [other for other in range(number) if name in entry and _same(value[other].get(name), entry[name])]
            if same and entry[name] != TWIN:
                text = f"{name}: '{entry[name]}' is that of entry {same[0] + 1} too; each needs its own"
                problems.append(f"{_entry_name(number, value)}: {text}")
        if entry["type"] == "esp32" and entry.get("test") and not entry.get("serial") and not entry.get("url"):
            text = f"serial: is missing; allowed: a port such as /dev/serial/by-id/…, rfc2217://…, or {TWIN}"
            problems.append(f"{_entry_name(number, value)}: {text}")
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


def _wrong(path: Path, what: str, todo: str) -> UserError:
    return UserError(what, whose=f"the rig's: {path}", todo=todo)
