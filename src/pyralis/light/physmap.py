"""PhysMap: for each physical light the number of its logical light; built anew only when the geometry changes."""

from array import array

from pyralis.core.errors import MemoryRefused, Refusal
from pyralis.light.coord import Coord3D

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyralis.core.memory import MemoryGuard
    from pyralis.light.layout import Layout

MAX_LIGHTS = 65535  # of each kind, since the map holds 16-bit numbers, of which the last one means a gap


class PhysMap:
    """The table, and the size of the logical box that holds every light."""

    def __init__(self) -> None:
        self.count = 0
        self.size = Coord3D(0, 0, 0)
        self.table = array("H")

    def heap_bytes(self) -> int:
        """Bytes of the table."""
        return 2 * self.count


def bounding_size(layouts: "list[Layout]") -> Coord3D:
    """Size of the smallest box from the origin that holds all layouts."""
    width = height = depth = 0
    for layout in layouts:
        own_width, own_height, own_depth = _ask(layout, layout.extent)
        width = max(width, layout.x + own_width)
        height = max(height, layout.y + own_height)
        depth = max(depth, layout.z + own_depth)
    return Coord3D(width, height, depth)


def _ask(layout: "Layout", call: "Callable[[], Any]") -> "Any":
    """What a layout says; where it fails it is switched off, and Refusal tells that the map needs another try."""
    said = []
    if not layout.services.contain(layout, lambda: said.append(call())):
        raise Refusal("type_failed", f"{layout.id} failed")
    return said[0]


def build_map(layouts: "list[Layout]", memory: "MemoryGuard") -> PhysMap:
    """A new map for these layouts, or Refusal, or MemoryRefused; the old one stays as it is."""
    if not layouts:
        return PhysMap()
    count = 0
    for layout in layouts:
        count += _ask(layout, lambda layout=layout: int(layout.light_count()))  # type: ignore[misc]
    size = bounding_size(layouts)
    box = size.x * size.y * size.z
    if count > MAX_LIGHTS or box > MAX_LIGHTS:
        raise Refusal(
            "invalid_value",
            f"{count} lights in a box of {size.x} x {size.y} x {size.z} are too many: at most {MAX_LIGHTS} of each",
        )
    made = PhysMap()
    positions = place_all(layouts, count, memory)
    table = made.table = _numbers(count, count, memory)
    row, slice_ = size.x, size.x * size.y
    at = 0
    for i in range(count):
        table[i] = (positions[at] + row * positions[at + 1] + slice_ * positions[at + 2]) & 0xFFFF
        at += 3
    if count and max(table) >= box:  # kernels read at these numbers without a check
        raise Refusal("invalid_value", "a layout places lights outside of its extent")
    made.count = count
    made.size = size
    return made


def _numbers(count: int, lights: int, memory: "MemoryGuard") -> "array[int]":
    size_bytes = 2 * count
    if memory.check_alloc(size_bytes):
        try:
            return array("H", bytes(size_bytes))
        except MemoryError:
            pass  # there is enough of it, but not in one piece
    raise MemoryRefused(f"mapping {lights} lights needs {size_bytes} bytes: make a layout smaller")


def place_all(layouts: "list[Layout]", count: int, memory: "MemoryGuard") -> "array[int]":
    """x, y, z of every light in the order of the wiring, as 16-bit numbers."""
    positions = _numbers(3 * count, count, memory)
    start = 0
    for layout in layouts:
        _ask(layout, lambda layout=layout, start=start: layout.place(positions, start))  # type: ignore[misc]
        start += int(layout.light_count())
    return positions
