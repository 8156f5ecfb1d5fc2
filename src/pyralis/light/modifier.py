"""Modifier: the base of everything that shows the picture of a layer turned, tiled, mirrored or in part."""

from pyralis.core.stateful import StatefulModule
from pyralis.light.coord import Coord3D
from pyralis.light.lens import without_modifiers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from pyralis.core.services import Services
    from pyralis.light.effects_layer import EffectsLayer

_TURN_MILLI = 65536 * 1000


class Modifier(StatefulModule):
    """Changes the places of lights before they look into the picture; modifiers of a layer work one after the other."""

    category = "modifier"
    shapes_parent = True
    rate = 0  # how far `turn` goes in a second; 0 for one that stands still
    refused = False  # there was no room for what it makes of the picture

    parent: "EffectsLayer | None"

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self._milli = 0

    @property
    def still(self) -> bool:
        """True while `transform` does not depend on time."""
        return not self.rate

    @property
    def turn(self) -> int:
        """Where a modifier that moves is, 0 to 65535, and from there on from 0 again."""
        return self._milli // 1000

    def picture_size(self, width: int, height: int, depth: int) -> Coord3D:
        """Size of the picture behind it, for lights in a box of this size."""
        return Coord3D(width, height, depth)

    def transform(self, places: "array[int]", count: int, width: int, height: int, depth: int) -> None:
        """Replace x, y, z of each light, all within the box, by a place in the picture; outside of it is darkness."""

    def run_setup(self) -> None:
        """Set up; whether there is room will be seen when the layer looks at all of its modifiers."""
        self.refused = False
        if self.parent is not None and self.parent.map is None:
            self.parent.map = without_modifiers(self.parent)
        super().run_setup()

    def loop(self) -> None:
        """Move on."""
        layer = self.parent
        if self.rate:
            self._milli = (self._milli + self.rate * self.services.elapsed_ms) % _TURN_MILLI
        if layer is None:
            return
        if layer.map is None:  # it ran out of memory, and has let go of all that it did not make itself
            layer.map = without_modifiers(layer)
            layer.on_children_ready()
        else:
            layer.map.step(self)

    def _table_bytes(self, lights: int) -> int:
        layer = self.parent
        if layer is None or layer.map is None or layer.map.chain[:1] != [self]:
            return 0  # the first one stands for all
        return layer.map.bytes_each * lights

    def need_bytes(self, points: int, lights: int) -> int:
        """What all modifiers of the layer share."""
        return self._table_bytes(lights)

    def heap_bytes(self) -> int:
        """What all modifiers of the layer share."""
        layer = self.parent
        return self._table_bytes(layer.map.geometry.count) if layer is not None and layer.map is not None else 0
