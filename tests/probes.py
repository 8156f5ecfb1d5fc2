"""Module types that record what is done to them and fail where a test tells them to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyralis.core.module import COMPOSE, SEND, Module
from pyralis.core.stateful import StatefulModule
from pyralis.light.coord import Coord3D
from pyralis.light.effect import Effect
from pyralis.light.layout import Layout
from pyralis.light.modifier import Modifier

if TYPE_CHECKING:
    from array import array

    from pyralis.core.services import Services

HOOKS = (
    "none",
    "on_control",
    "setup",
    "on_children_ready",
    "loop",
    "loop_1s",
    "teardown",
    "health_report",
    "heap_bytes",
)
SHAPES = ("round", "square")


class Probe(StatefulModule):
    """Has a control of each kind; raises in the hook that `fault` names."""

    held_bytes = 7

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.calls: list[str] = []
        self.error: Exception = RuntimeError("as the test wants it")
        self.needs_bytes = 0

    def define_controls(self) -> None:
        self.speed = self.add_int("speed", 10, -5, 100, "steps/s")
        self.active = self.add_bool("active", default=True)
        self.shape = self.add_select("shape", SHAPES, "round")
        self.label = self.add_text("label", "", 8)
        self.color = self.add_color("color", "#102030")
        self.fault = self.add_select("fault", HOOKS, "none")

    def _at(self, hook: str) -> None:
        self.calls.append(hook)
        if self.fault == hook:
            raise self.error

    def on_control(self, name: str) -> None:
        self.calls.append(f"on_control {name}".strip())
        if self.fault == "on_control":
            raise self.error

    def setup(self) -> None:
        self._at("setup")
        self.allocate(self.needs_bytes)

    def on_children_ready(self) -> None:
        self._at("on_children_ready")

    def loop(self) -> None:
        self._at("loop")

    def loop_1s(self) -> None:
        self._at("loop_1s")

    def teardown(self) -> None:
        self._at("teardown")

    def health_report(self) -> str:
        if self.fault == "health_report":
            raise self.error
        return super().health_report()

    def heap_bytes(self) -> int:
        if self.fault == "heap_bytes":
            raise self.error
        return self.held_bytes


class Composer(Probe):
    """Runs after those that render."""

    phase = COMPOSE


class Sender(Probe):
    """Runs last."""

    phase = SEND


class Box(Probe):
    """Takes other services as children, boxes too."""

    accepts = ("service",)


class Lost(Box):
    """In the catalogue only where a test puts it there."""


class Slow(Probe):
    """Has controls of the same names, of which some take something else."""

    def define_controls(self) -> None:
        self.speed = self.add_int("speed", 3, 0, 5)
        self.shape = self.add_text("shape", "none", 8)
        self.fault = self.add_select("fault", HOOKS, "none")


class NotAModule:
    """Looks a little like a module."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def define_controls(self) -> None:
        pass


class WithoutHealth(Module):
    """A module that the scheduler cannot switch off."""


class WithoutSuper(StatefulModule):
    """Forgets the base class."""

    def __init__(self, services: Services) -> None:
        self.services = services


class BadDefault(StatefulModule):
    """Declares a control whose default it would not take."""

    def define_controls(self) -> None:
        self.speed = self.add_int("speed", 10, 0, 5)


class HidingControl(StatefulModule):
    """Declares a control under a name that the base class needs."""

    def define_controls(self) -> None:
        self.add_text("children", "")


class SameControlTwice(StatefulModule):
    """Declares a control twice."""

    def define_controls(self) -> None:
        self.add_bool("active", default=True)
        self.add_bool("active", default=False)


class RaisingConstructor(StatefulModule):
    """Cannot be made."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        raise OSError("no such thing")


class Spoiler(StatefulModule):
    """Keeps something of its own in the attribute of its control."""

    def define_controls(self) -> None:
        self.palette = self.add_text("palette", "warm")

    def loop(self) -> None:
        self.palette = bytearray(3)  # type: ignore[assignment]


class EarlySpoiler(Spoiler):
    """Does so in setup already."""

    def setup(self) -> None:
        self.loop()


class Paint(Effect):
    """Gives every byte that it draws one level, and keeps what it was asked for."""

    dimensions = 3

    def define_controls(self) -> None:
        super().define_controls()
        self.level = self.add_int("level", 100, 0, 255)
        self.needs_bytes = self.add_int("needs_bytes", 0, 0, 1_000_000)
        self.broken = self.add_bool("broken", default=False)
        self.sizes: list[tuple[int, int, int]] = []
        self.frames = 0

    def resize(self, width: int, height: int, depth: int) -> None:
        self.sizes.append((width, height, depth))
        self.allocate(self.needs_bytes)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        if self.broken:
            raise ValueError("no paint")
        self.frames += 1
        for i in range(width * height * depth * 3):
            buffer[i] = self.level


class PaintSlice(Paint):
    """Draws the first slice: in each light its x, its y and the level."""

    dimensions = 2

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        for y in range(height):
            for x in range(width):
                at = 3 * (y * width + x)
                buffer[at : at + 3] = bytes((x, y, self.level))


class PaintRow(Paint):
    """Draws the first row: in each light its x and the level."""

    dimensions = 1

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        for x in range(width):
            buffer[3 * x : 3 * x + 3] = bytes((x, 0, self.level))


class Stray(Layout):
    """Four lights in a row; fails, or leaves its box, where a test tells it to."""

    FAULTS = ("none", "light_count", "extent", "place", "beyond the end", "outside", "far outside", "nonsense")

    def define_controls(self) -> None:
        super().define_controls()
        self.fault = self.add_select("fault", self.FAULTS, "none")

    def _maybe(self, name: str) -> None:
        if self.fault == name:
            raise ValueError("astray")

    def light_count(self) -> int:
        self._maybe("light_count")
        return "four" if self.fault == "nonsense" else 4  # type: ignore[return-value]

    def extent(self) -> Coord3D:
        self._maybe("extent")
        return Coord3D(4, 1, 1)

    def place(self, positions: array[int], start: int) -> None:
        self._maybe("place")
        count = 5 if self.fault == "beyond the end" else 4
        outside = {"outside": 7, "far outside": 60_000}.get(self.fault, 0)
        for i in range(count):
            positions[3 * (start + i)] = self.x + i + (outside if i == 3 else 0)
            positions[3 * (start + i) + 1] = self.y
            positions[3 * (start + i) + 2] = self.z


class Bend(Modifier):
    """Makes the picture another size; fails, or leaves it, where a test tells it to."""

    FAULTS = ("none", "on_control", "picture_size", "nonsense", "transform", "far outside", "longer", "shorter")

    def define_controls(self) -> None:
        self.width = self.add_int("width", 0, 0, 100_000)
        self.fault = self.add_select("fault", self.FAULTS, "none")
        self.moving = self.add_bool("moving", default=False)

    def on_control(self, name: str) -> None:
        self.rate = int(self.moving)
        if self.fault == "on_control":
            raise ValueError("bent")

    def picture_size(self, width: int, height: int, depth: int) -> Coord3D:
        if self.fault == "picture_size":
            raise ValueError("bent")
        if self.fault == "nonsense":
            return (width, 0, depth)  # type: ignore[return-value]
        return Coord3D(self.width or width, height, depth)

    def transform(self, places: array[int], count: int, width: int, height: int, depth: int) -> None:
        if self.fault == "transform":
            raise ValueError("bent")
        if self.fault == "far outside":
            places[0] = places[4] = places[8] = 60_000
        if self.fault == "longer":
            places.append(0)
        if self.fault == "shorter":
            places.pop()


class Ramp(Effect):
    """Counts up from byte to byte."""

    dimensions = 3
    first = 1

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        for i in range(width * height * depth * 3):
            buffer[i] = (self.first + i) & 255


class Greedy(Effect):
    """Takes a million bytes without having said so."""

    def resize(self, width: int, height: int, depth: int) -> None:
        self.kept = self.allocate(1_000_000)

    def teardown(self) -> None:
        self.kept = bytearray()


class Large(Greedy):
    """Takes a million bytes, and says so."""

    def need_bytes(self, points: int, lights: int) -> int:
        return 1_000_000
