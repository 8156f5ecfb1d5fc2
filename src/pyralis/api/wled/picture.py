"""The picture that WLED's numbers are of: the first driver, its first layer and the first effect in that."""

from pyralis.core.controls import BOOL, COLOR, INT
from pyralis.core.presets import first_driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.controls import Control
    from pyralis.core.manager import ModuleManager
    from pyralis.core.module import Module
    from pyralis.core.stateful import StatefulModule

# What WLED calls the sliders and switches of an effect, in the order in which they go to its controls.
SLIDERS = ("sx", "ix", "c1", "c2", "c3")  # the first one is that of the speed
SWITCHES = ("o1", "o2", "o3")
COLORS = ("0", "1", "2")
_OF_EVERY_EFFECT = ("blend", "opacity")


class Picture:
    """What there is of it now."""

    def __init__(self, manager: "ModuleManager") -> None:
        self.driver = first_driver(manager)
        self.layer = _first(self.driver, "layer")
        self.effect = _first(self.layer, "effect")


def _first(parent: "Module | None", category: str) -> "StatefulModule | None":
    for child in parent.children if parent is not None else ():
        if child.category == category:
            return child  # type: ignore[return-value]
    return None


def slots(effect: "Module | None") -> "dict[str, Control]":
    """The controls of an effect by what WLED calls them; `0`, `1` and `2` are its colours."""
    found: dict[str, Control] = {}
    numbers, switches, colors = list(SLIDERS[1:]), list(SWITCHES), list(COLORS)
    for control in effect.controls if effect is not None else ():
        free = numbers if control.kind == INT else switches if control.kind == BOOL else colors
        if control.name == "palette":
            found["pal"] = control
        elif control.name == "speed" and control.kind == INT:
            found[SLIDERS[0]] = control
        elif control.name not in _OF_EVERY_EFFECT and control.kind in (INT, BOOL, COLOR) and free:
            found[free.pop(0)] = control
    return found


def most(slot: str) -> int:
    """The right end of a slider."""
    return 31 if slot == "c3" else 255


def to_slider(slot: str, control: "Control", value: int) -> int:
    """Where a slider stands for a value."""
    span = control.maximum - control.minimum or 1
    position: int = ((value - control.minimum) * most(slot) + span // 2) // span
    return position


def from_slider(slot: str, control: "Control", value: int) -> int:
    """The value for where a slider stands."""
    step = (value * (control.maximum - control.minimum) + most(slot) // 2) // most(slot)
    return int(control.minimum + step)
