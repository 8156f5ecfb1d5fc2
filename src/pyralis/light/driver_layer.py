"""DriverLayer: owns layouts, effect layers and outputs, the physical buffer and the way from one to the other."""

from pyralis.core.errors import MemoryRefused, Refusal
from pyralis.core.module import COMPOSE
from pyralis.core.stateful import StatefulModule
from pyralis.light.blending import MODES, blend, fill, gather
from pyralis.light.effects_layer import EffectsLayer
from pyralis.light.gamma import level_table
from pyralis.light.layout import Layout
from pyralis.light.physmap import PhysMap, build_map, place_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from pyralis.core.services import Services


class DriverLayer(StatefulModule):
    """Lights, the layers that colour them and the outputs that carry them: one installation."""

    category = "driver"
    accepts = ("layout", "layer", "output")
    phase = COMPOSE

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self.map = PhysMap()
        self.buffer: bytearray | None = None
        self.geometry_version = 0
        self._scratch: bytearray | None = None
        self._mapped: list[tuple[Layout, list[object]]] = []  # the layouts of the map, and their controls then
        self._refused: list[Layout] = []
        self.screen_levels = self.wire_levels = bytearray(0)

    def define_controls(self) -> None:
        """What holds for all lights."""
        self.brightness = self.add_int("brightness", 255, 0, 255)
        self.gamma = self.add_int("gamma", 22, 10, 30, "tenths")

    def on_control(self, name: str) -> None:
        """Tables from a colour value to what a screen and a wire get."""
        self.screen_levels = level_table(self.brightness, 10)
        self.wire_levels = level_table(self.brightness, self.gamma)

    def light_count(self) -> int:
        """How many lights there are."""
        return self.map.count

    def layouts(self) -> "list[Layout]":
        """The layouts that hold lights, in the order of the wiring."""
        return [child for child in self.children if isinstance(child, Layout) and child.setup_ok]

    def setup(self) -> None:
        """Nothing lasts from before; geometry comes with the children."""
        self.on_children_ready()

    def on_children_ready(self) -> None:
        """Map the lights anew; a geometry that does not fit switches off the layout that was added last."""
        for layout in self._refused:
            self.services.contain(layout, layout.run_setup)
        self._refused = []
        while True:
            layouts = self.layouts()
            mapped = [(layout, [getattr(layout, control.name) for control in layout.controls]) for layout in layouts]
            if mapped == self._mapped:
                return  # building the same map again costs time, and memory that may no longer be there
            try:
                self._adopt(build_map(layouts, self.services.memory))
                self._mapped = mapped
                return
            except (Refusal, MemoryRefused) as error:
                if len(self.layouts()) < len(layouts):
                    continue  # one of them failed and is out
                last = layouts[0]
                for layout in layouts:
                    if layout.serial > last.serial:
                        last = layout
                last.disable_self(str(error))
                self._refused.append(last)

    def _adopt(self, new_map: PhysMap) -> None:
        if new_map.count == self.map.count and new_map.size == self.map.size and new_map.table == self.map.table:
            return
        same_count = self.buffer is not None and len(self.buffer) == 3 * new_map.count
        buffer = self.buffer
        if not same_count:
            buffer = self.allocate(3 * new_map.count) if new_map.count else None
        self.map, self.buffer = new_map, buffer
        self._scratch = None
        self.geometry_version += 1
        self.touch()
        for child in self.children:
            if isinstance(child, StatefulModule) and not isinstance(child, Layout):
                self.services.contain(child, child.run_setup)

    def positions(self) -> "array[int]":
        """x, y, z of every light, computed when asked for."""
        return place_all(self.layouts(), self.map.count, self.services.memory)

    def loop(self) -> None:
        """Map the layers into the physical buffer, the first one plainly where it covers."""
        buffer = self.buffer
        if buffer is None or not self.map.count:
            return
        drawn = False
        for layer in self.children:
            if not isinstance(layer, EffectsLayer) or not layer.setup_ok:
                continue
            picture = layer.buffer
            if picture is None:
                continue
            if not drawn and layer.opacity == 255 and layer.blend == MODES[0]:
                gather(buffer, picture, self.map.table, self.map.count)
            else:
                self._blend(buffer, layer, picture, clear=not drawn)
            drawn = True
        if not drawn:
            fill(buffer, len(buffer), 0)

    def _blend(self, buffer: bytearray, layer: EffectsLayer, picture: bytearray, clear: bool) -> None:
        if self._scratch is None:
            try:
                self._scratch = self.allocate(len(buffer))
            except MemoryRefused as error:
                layer.disable_self(str(error))  # the layer that needs it, not the lights of all others
                return
        if clear:
            fill(buffer, len(buffer), 0)
        gather(self._scratch, picture, self.map.table, self.map.count)
        blend(buffer, self._scratch, len(buffer), MODES.index(layer.blend), layer.opacity)

    def teardown(self) -> None:
        """Give map and buffers back."""
        self.map = PhysMap()
        self._mapped = []
        self.buffer = self._scratch = None

    def heap_bytes(self) -> int:
        """Buffers and map."""
        return len(self.buffer or b"") + len(self._scratch or b"") + self.map.heap_bytes()

    def health_report(self) -> str:
        """Says also how many lights there are."""
        report = super().health_report()
        if report != "OK":
            return report
        size = self.map.size
        return f"OK: {self.map.count} lights in {size.x} x {size.y} x {size.z}" if self.map.count else "No lights yet"
