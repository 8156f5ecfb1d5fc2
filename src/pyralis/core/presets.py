"""Presets: what the layers of the first driver show, kept under a number and a name; imported when first asked for.

Each is a record of its own in the storage, and so is the list of names; nothing of them is held in memory.
"""

import json

from pyralis.core.controls import is_number, is_valid
from pyralis.core.errors import Refusal
from pyralis.core.manager import is_name
from pyralis.wire import MAX_NAME_CHARS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.manager import ModuleManager
    from pyralis.core.module import Module
    from pyralis.core.services import Services
    from pyralis.core.stateful import StatefulModule

MAX_PRESETS = 32
MAX_PRESET_BYTES = 4096
LAST_ID = 250
_NAMES_FILE = "presets.json"
_BRIGHTNESS = "brightness"
_LAYERS = "layers"


def presets_of(services: "Services") -> "Presets":
    """The presets of a runtime, the same for everybody."""
    found: Presets | None = getattr(services, "presets", None)
    if found is None:
        found = services.presets = Presets(services.manager)
    return found


def first_driver(manager: "ModuleManager") -> "StatefulModule":
    """The first driver, or Refusal."""
    for module in manager.modules():
        if module.category == "driver":
            return module
    raise Refusal("unknown_module", "there are no lights yet: add a DriverLayer first")


def layers_of(driver: "Module") -> "list[Module]":
    """Its layers."""
    return [child for child in driver.children if child.category == "layer"]


class Presets:
    """Saves, lists, recalls and deletes them."""

    def __init__(self, manager: "ModuleManager") -> None:
        self._manager = manager
        self._storage = manager.services.platform.storage
        self.current = 0  # the one that shows, 0 where something was changed since
        self.changes = 0  # of the list or of a preset, since the start
        self._hook = self._forget_current  # kept, because a method that is taken twice is two objects
        manager.on_change.append(self._hook)

    def close(self) -> None:
        """Leave nothing behind that refers to this code."""
        self._manager.on_change.remove(self._hook)

    def _forget_current(self) -> None:
        self.current = 0

    def names(self) -> "dict[int, str]":
        """Number and name of each."""
        saved = self._read(_NAMES_FILE)
        return {int(number): str(saved[number]) for number in saved if is_number(number)}

    def find(self, preset: str) -> int:
        """The number of the one with that name or number, 0 where there is none."""
        names = self.names()
        for number in sorted(names):
            if preset in (names[number], str(number)):
                return number
        return 0

    def save(self, name: str, number: "int | None" = None) -> int:
        """Keep what shows now, in the place of that preset or of a new one; returns its number."""
        names = self.names()
        name = name.strip()
        if not is_name(name):
            raise Refusal("invalid_value", f"name takes 1 to {MAX_NAME_CHARS} characters on one line")
        if number is None:
            number = 1
            while number in names:
                number += 1
        if not 0 < number <= LAST_ID:
            raise Refusal("invalid_value", f"the number of a preset is from 1 to {LAST_ID}")
        if number not in names and len(names) >= MAX_PRESETS:
            raise Refusal("no_storage", f"there are {MAX_PRESETS} presets: delete one first")
        driver = first_driver(self._manager)
        record = {_BRIGHTNESS: getattr(driver, _BRIGHTNESS), _LAYERS: self._layers_saved(driver)}
        self._write(_file(number), record)
        names[number] = name
        self._write_names(names)
        self.current = number
        return number

    def recall(self, number: int) -> None:
        """Show a preset; Refusal, and the picture stays, where that cannot be."""
        from pyralis.core.swap import swap_children

        self._check(number)
        record = self._read(_file(number))
        if not isinstance(record.get(_LAYERS), list):
            raise Refusal("invalid_value", f"preset {number} is broken: save it anew")
        driver = first_driver(self._manager)
        try:
            swap_children(self._manager, driver, layers_of(driver), record.get(_LAYERS))
        except Refusal as refusal:
            raise Refusal(refusal.code, f"preset {number} cannot be shown: {refusal.message}") from None
        brightness, control = record.get(_BRIGHTNESS), driver.control(_BRIGHTNESS)
        if control is not None and is_valid(control, brightness):
            self._manager.set_controls(driver.id, {_BRIGHTNESS: brightness})
        self.current = number

    def delete(self, number: int) -> None:
        """Take a preset away."""
        names = self._check(number)
        del names[number]
        self._write_names(names)
        self._write(_file(number), None)
        if self.current == number:
            self.current = 0

    def _layers_saved(self, driver: "StatefulModule") -> "list[object]":
        shown = [layer.id for layer in layers_of(driver)]
        saved = [entry for entry in self._manager.snapshot() if entry["id"] == driver.id]
        children = saved[0].get("children", []) if saved else []
        return [child for child in children if child["id"] in shown]  # type: ignore[attr-defined]

    def _check(self, number: int) -> "dict[int, str]":
        names = self.names()
        if number not in names:
            raise Refusal("unknown_preset", f"there is no preset {number}: GET /api/presets lists all")
        return names

    def _read(self, file_name: str) -> "dict[str, object]":
        """What a file holds; nothing where it is missing or broken."""
        try:
            value = json.loads((self._storage.read(file_name) or b"").decode())
        except (OSError, ValueError, RuntimeError):
            return {}
        return value if isinstance(value, dict) else {}

    def _write_names(self, names: "dict[int, str]") -> None:
        self._write(_NAMES_FILE, {str(number): names[number] for number in names})

    def _write(self, file_name: str, value: object) -> None:
        data = b"" if value is None else json.dumps(value).encode()
        if len(data) > MAX_PRESET_BYTES:
            raise Refusal("no_storage", f"it takes {len(data)} bytes of {MAX_PRESET_BYTES}: have fewer effects")
        try:
            self._storage.write(file_name, data)
        except OSError as error:
            raise Refusal("no_storage", f"it cannot be kept, the storage says {error}: delete a preset") from None
        self.changes += 1


def _file(number: int) -> str:
    return f"preset-{number}.json"
