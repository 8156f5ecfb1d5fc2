"""DriverLayer: owns layouts, effect layers and outputs, the physical buffer and the way from one to the other."""

from pyralis.core.errors import MemoryRefused, Refusal
from pyralis.core.module import COMPOSE, Module
from pyralis.core.stateful import StatefulModule
from pyralis.light.blending import MODES, blend, fill
from pyralis.light.effects_layer import EffectsLayer
from pyralis.light.gamma import level_table
from pyralis.light.layout import Layout
from pyralis.light.physmap import BUILDING_BYTES, PhysMap, measure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from pyralis.core.services import Services
    from pyralis.light.fade import Fade

_WORTH_A_TRY_BYTES = 1024


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
        self.version = 0  # rises with each picture that may be another one
        self._newest = -1  # revision of what the picture was made of
        self._scratch: bytearray | None = None
        self._mapped: list[tuple[Layout, list[object]]] = []  # the layouts of the map, and their controls then
        self._refused: list[Layout] = []
        self._fade: Fade | None = None  # from the picture before a change
        self.screen_levels = self.wire_levels = bytearray(0)

    def define_controls(self) -> None:
        """What holds for all lights."""
        self.brightness = self.add_int("brightness", 255, 0, 255)
        self.gamma = self.add_int("gamma", 22, 10, 30, "tenths")
        self.fade_ms = self.add_int("fade_ms", 0, 0, 10_000, "ms")

    def on_control(self, name: str) -> None:
        """Tables from a colour value to what a screen and a wire get."""
        self.screen_levels = level_table(self.brightness, 10)
        self.wire_levels = level_table(self.brightness, self.gamma)
        if self.fade_ms and self._fade is None:
            from pyralis.light.fade import make  # late: it takes room, and is off where nobody wants it

            self._fade = make(self)

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
        """Map the lights anew; a geometry that does not fit switches off the layout that was changed last."""
        self._newest = -1
        waiting = [layout for layout in self._refused if layout in self.children and not layout.setup_ok]
        self._refused = []
        while not self._map_layouts(None):
            pass
        is_free = not self._refused  # else the place of who was just refused: taking that change back needs it
        for layout in waiting:
            geometry, _ = self.services.attempt(self._with, layout)
            if not is_free or geometry is None or not self.services.memory.leaves(self._more_bytes(geometry)):
                self._refused.append(layout)
            elif self.services.contain(layout, layout.run_setup):
                while not self._map_layouts(layout):
                    pass
        for layout in self._refused:
            if layout.starved:  # tried again once more is free than now
                layout.starved = max(layout.starved, self.services.memory.spare_bytes() + _WORTH_A_TRY_BYTES)

    def _map_layouts(self, newcomer: "Layout | None") -> bool:
        """True where the layouts that work fit; else one of them is switched off, the newcomer if there is one."""
        layouts = self.layouts()
        mapped = [(layout, [getattr(layout, control.name) for control in layout.controls]) for layout in layouts]
        if mapped == self._mapped:
            return True  # building the same map again costs time, and memory that may no longer be there
        try:
            self._adopt(measure(layouts))
        except (Refusal, MemoryRefused) as error:
            if len(self.layouts()) == len(layouts):  # else one of them has failed and is out
                self._refuse(newcomer or changed_last(layouts), error)
            return False
        self._mapped = mapped
        return True

    def _refuse(self, layout: Layout, error: "Refusal | MemoryRefused") -> None:
        layout.disable_self(str(error))
        if isinstance(error, MemoryRefused):
            layout.starved = error.size_bytes
        self._refused.append(layout)

    def _adopt(self, new_map: PhysMap) -> None:
        self._make_room(new_map)
        new_map.build(self.services.memory)
        if new_map.count == self.map.count and new_map.size == self.map.size and new_map.table == self.map.table:
            self.map.parts = new_map.parts
            return
        buffer = self.buffer
        if buffer is None or len(buffer) != 3 * new_map.count:
            buffer = self.allocate(3 * new_map.count) if new_map.count else None
        self._mapped = []
        self.map, self.buffer = new_map, buffer
        self._scratch = None
        self.geometry_version += 1
        self.touch()
        self._set_up_children()

    def _make_room(self, new_map: PhysMap) -> None:
        """See that everything fits: beside what is there, or else in its place; MemoryRefused where it never will."""
        memory = self.services.memory
        if memory.leaves(self._need_bytes(new_map)):
            return
        more_bytes = self._more_bytes(new_map)
        if not memory.leaves(more_bytes):
            raise memory.refused(more_bytes)
        for child in reversed(self.walk()):
            if isinstance(child, StatefulModule) and not isinstance(child, Layout):
                self.services.contain(child, child.teardown)

    def _more_bytes(self, geometry: PhysMap) -> int:
        """Of a geometry, above all that goes for it, be it a former driver's; one no larger than the present fits."""
        if geometry.count <= self.map.count and geometry.points() <= self.map.points():
            return -self.services.memory.reserve_bytes
        more_bytes = self._need_bytes(geometry)
        for child in self.walk():
            said, _ = self.services.attempt(child.heap_bytes)
            more_bytes -= said if isinstance(said, int) else 0
        return more_bytes

    def _with(self, layout: Layout) -> PhysMap:
        """The present map, not built, and one layout more; Refusal where that is too large for any memory."""
        made = PhysMap()
        made.count, made.size = self.map.count, self.map.size
        made.extend(layout)
        made.check_limits()
        return made

    def _need_bytes(self, geometry: PhysMap) -> int:
        """Of building a geometry, and of all that it holds, down to the last effect."""
        points, lights = geometry.points(), geometry.count
        need_bytes = lights * (BUILDING_BYTES + 2 + 3 * (1 + (self._scratch is not None)))
        for child in self.children:
            if isinstance(child, StatefulModule) and child.setup_ok:
                said, _ = self.services.attempt(child.need_bytes, points, lights)
                need_bytes += said if isinstance(said, int) else 0
        return need_bytes

    def need_of(self, child: Module) -> int:
        """A layout makes all others larger, too, and a second layer needs a buffer to be blended from."""
        if not isinstance(child, Layout):
            others = [layer for layer in self.children if isinstance(layer, EffectsLayer)]
            lights = self.map.count
            scratch_bytes = 3 * lights if others and child.category == "layer" and self._scratch is None else 0
            return child.need_bytes(self.map.points(), lights) + scratch_bytes
        try:
            return max(0, self._more_bytes(self._with(child)))
        except Refusal:
            return 0  # it will be there, and switched off with that reason

    def _set_up_children(self) -> None:
        """MemoryRefused where one that works does not have enough memory for the new geometry."""
        working = [child for child in self.walk() if isinstance(child, StatefulModule) and child.setup_ok]
        for child in self.children:
            if isinstance(child, StatefulModule) and not isinstance(child, Layout):
                self.services.contain(child, child.run_setup)
        for child in working:
            if child.starved or (isinstance(child, EffectsLayer) and child.setup_ok and not child.fits(self.map)):
                raise MemoryRefused(f"'{child.name}' {child.reason or 'has too little memory'}", child.starved)

    def positions(self) -> "array[int]":
        """x, y, z of every light, computed when asked for."""
        return self.map.place(self.services.memory)

    def loop(self) -> None:
        """Map the layers into the physical buffer, the first one plainly where it covers."""
        buffer = self.buffer
        if buffer is None or not self.map.count:
            return
        if len(buffer) != 3 * self.map.count:
            raise ValueError("an output has changed the size of the buffer that it sends")
        if not self._is_new():
            return
        self.version += 1
        drawn = False
        for layer in self.children:
            if not isinstance(layer, EffectsLayer) or not layer.setup_ok:
                continue
            picture, geometry = layer.buffer, layer.map or self.map
            if picture is None or not layer.fits(self.map):
                continue
            if not drawn and layer.opacity == 255 and layer.blend == MODES[0]:
                geometry.gather(buffer, picture, geometry.table, self.map.count)
            else:
                self._blend(buffer, layer, picture, clear=not drawn)
            drawn = True
        if not drawn:
            fill(buffer, len(buffer), 0)
        if self._fade is not None:
            self._fade.blend(buffer)

    def _is_new(self) -> bool:
        """True where a layer has drawn, or something was changed, since the picture was made, and while it fades."""
        still, newest = self._fade is None or not self._fade.start(), self.revision
        for layer in self.children:
            if isinstance(layer, EffectsLayer):
                still = still and (layer.still or not layer.setup_ok)
                newest = max(newest, layer.revision)
        still = still and newest == self._newest
        self._newest = newest
        return not still

    def _blend(self, buffer: bytearray, layer: EffectsLayer, picture: bytearray, clear: bool) -> None:
        if self._scratch is None:
            try:
                self._scratch = self.allocate(len(buffer))
            except MemoryRefused as error:
                layer.disable_self(str(error))  # the layer that needs it, not the lights of all others
                layer.starved = error.size_bytes
                return
        if clear:
            fill(buffer, len(buffer), 0)
        geometry = layer.map or self.map
        geometry.gather(self._scratch, picture, geometry.table, self.map.count)
        blend(buffer, self._scratch, len(buffer), MODES.index(layer.blend), layer.opacity)

    def teardown(self) -> None:
        """Give map and buffers back."""
        self.map = PhysMap()
        self._mapped = []
        self.buffer = self._scratch = None
        if self._fade is not None:
            self._fade.stop()

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


def changed_last(layouts: "list[Layout]") -> Layout:
    """The one whose change, or coming, was the last."""
    last = layouts[0]
    for layout in layouts:
        if layout.serial > last.serial:
            last = layout
    return last
