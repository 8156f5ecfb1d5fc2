"""PhysMap: for each physical light the number of its logical light; built anew only when the geometry changes."""

from array import array

from pyralis.core.errors import Refusal
from pyralis.light.blending import GAP, gather
from pyralis.light.coord import Coord3D

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.core.memory import MemoryGuard
    from pyralis.light.layout import Layout

MAX_LIGHTS = 65535  # of each kind, where the map holds 16-bit numbers, of which the last one means a gap
MAX_LIGHTS_WIDE = 262144  # 512 x 512, where memory is no object and the map holds 32-bit ones
BUILDING_BYTES = 6  # a light, for its position


class PhysMap:
    """The table, how many lights each layout has in it, and the size of the logical box that holds every light."""

    def __init__(self) -> None:
        self.parts: list[tuple[Layout, int]] = []
        self.count = 0
        self.size = Coord3D(0, 0, 0)
        self.table = array("H")
        self.gather = gather  # reads the table

    def points(self) -> int:
        """Logical lights of the box."""
        width, height, depth = self.size
        return int(width * height * depth)

    def extend(self, layout: "Layout") -> None:
        """Add the lights of a layout, not yet to the table; ValueError says what is wrong with what it tells."""
        count, extent = layout.light_count(), layout.extent()
        if not is_size(count):
            raise ValueError(f"light_count returns {count!r}: it takes a whole number, 0 or more")
        if not isinstance(extent, tuple) or len(extent) != 3 or not all(is_size(side) for side in extent):
            raise ValueError(f"extent returns {extent!r}: it takes Coord3D(width, height, depth) of whole numbers")
        self.parts.append((layout, count))
        self.count += count
        self.size = Coord3D(
            max(self.size.x, layout.x + extent[0]),
            max(self.size.y, layout.y + extent[1]),
            max(self.size.z, layout.z + extent[2]),
        )

    def check_limits(self) -> None:
        """Refusal where there are more than this machine takes."""
        number = max(self.count, self.points())
        most = MAX_LIGHTS
        if number > most and self.parts[-1][0].services.memory.free_bytes is None:
            most = MAX_LIGHTS_WIDE
        if number > most or max(self.size) > MAX_LIGHTS:
            size = self.size
            raise Refusal(
                "invalid_value",
                f"{self.count} lights in a box of {size.x} x {size.y} x {size.z} are too many:"
                f" at most {most} of each, and {MAX_LIGHTS} side by side",
            )

    def build(self, memory: "MemoryGuard") -> None:
        """Fill the table, or MemoryRefused; a layout that fails is switched off, with Refusal."""
        positions = self.place(memory)
        gap = GAP
        if self.count <= MAX_LIGHTS and self.points() <= MAX_LIGHTS:
            self.table = allocate(self.count, memory)
        else:
            from pyralis.light.wide import make  # late: nothing for a board

            gap = make(self)
        table = self.table
        row, slice_, points = self.size.x, self.size.x * self.size.y, self.points()
        start = 0
        for layout, count in self.parts:
            at = 3 * start
            outside = 0
            for i in range(start, start + count):
                number = gap
                if positions[at] != GAP:
                    number = positions[at] + row * positions[at + 1] + slice_ * positions[at + 2]
                    outside += number >= points
                table[i] = number & gap
                at += 3
            if outside:  # kernels read at these numbers without a check
                refusal = Refusal(
                    "type_failed", "places lights outside of its extent: make extent larger, or place them within it"
                )
                layout.fail(refusal.message)
                raise refusal
            start += count

    def place(self, memory: "MemoryGuard") -> "array[int]":
        """x, y, z of every light in the order of the wiring, as 16-bit numbers."""
        positions = allocate(3 * self.count, memory)
        for i in range(3 * self.count):  # a light that a layout forgets is at the origin
            positions[i] = 0
        start = 0
        for layout, count in self.parts:
            ask(layout, layout.place, positions, start)
            start += count
        return positions

    def heap_bytes(self) -> int:
        """Bytes of the table."""
        return len(self.table) * (2 if self.gather is gather else 4)


def measure(layouts: "list[Layout]") -> PhysMap:
    """A map for these layouts that has no table yet, or Refusal."""
    made = PhysMap()
    for layout in layouts:
        ask(layout, made.extend, layout)
    made.check_limits()
    return made


def ask(layout: "Layout", call: "Callable[..., object]", *arguments: object) -> None:
    """Ask a layout; where it fails it is switched off, and Refusal tells that the map needs another try."""
    if not layout.services.contain(layout, call, *arguments):
        raise Refusal("type_failed", f"{layout.id} failed")


def is_size(value: object) -> bool:
    """True for a whole number that is not negative."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def allocate(count: int, memory: "MemoryGuard") -> "array[int]":
    """Any numbers, so many of them."""
    size_bytes = 2 * count
    if count and not memory.leaves(size_bytes):
        raise memory.refused(size_bytes)
    try:
        # A range takes no room beside the array, but only as far as its numbers have 16 bits.
        return array("H", range(count) if count <= 65536 else bytes(size_bytes))
    except MemoryError:
        raise memory.refused(size_bytes) from None
