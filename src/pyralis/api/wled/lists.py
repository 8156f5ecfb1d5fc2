"""What WLED lists by number: effects, what each can be told, and palettes."""

import json

from pyralis.light.palettes import NAMES, RAMPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyralis.core.manager import ModuleManager

_FIRST = "Solid"  # clients take number 0 for one plain colour


def effect_entries(manager: "ModuleManager") -> "Iterator[dict[str, str]]":
    """The catalogue's effects in the order of their numbers."""
    for is_first in (True, False):
        for entry in manager.registry.entries():
            if entry["category"] == "effect" and (entry["type"] == _FIRST) == is_first:
                yield entry


def effect_names(manager: "ModuleManager") -> "Iterator[str]":
    """Their types."""
    return (entry["type"] for entry in effect_entries(manager))


def effect_data(manager: "ModuleManager") -> "Iterator[str]":
    """What the page of WLED shows for each: sliders, switches, colours, palette, dimensions."""
    return (entry.get("fxdata", "") for entry in effect_entries(manager))


def effect_number(manager: "ModuleManager", type_name: str) -> int:
    """The number of an effect; 0 for what is none."""
    for number, name in enumerate(effect_names(manager)):
        if name == type_name:
            return number
    return 0


def effect_named(manager: "ModuleManager", number: int) -> "str | None":
    """The effect of a number."""
    for found, name in enumerate(effect_names(manager)):
        if found == number:
            return name
    return None


def palette_names() -> "tuple[str, ...]":
    """All palettes, in the order of their numbers."""
    return NAMES + RAMPS


def list_parts(names: "Iterable[str]") -> "Iterator[str]":
    """The JSON text of a list, name by name, so that a board never holds the whole."""
    separator = "["
    for name in names:
        yield separator + json.dumps(name)
        separator = ","
    yield "]" if separator == "," else "[]"
