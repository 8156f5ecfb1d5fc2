"""EffectsLayer: owns effects and the logical buffer they draw into."""

from pyralis.core.errors import MemoryRefused
from pyralis.core.stateful import StatefulModule
from pyralis.light.blending import MODES, blend, fill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.module import Module
    from pyralis.core.services import Services
    from pyralis.light.driver_layer import DriverLayer
    from pyralis.light.effect import Effect
    from pyralis.light.lens import Lens
    from pyralis.light.physmap import PhysMap


class EffectsLayer(StatefulModule):
    """A picture made of effects; a driver blends several of them and maps them to its lights."""

    category = "layer"
    accepts = ("effect", "modifier")
    map: "Lens | None" = None  # of its own, where modifiers have given it one

    parent: "DriverLayer | None"

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self.buffer: bytearray | None = None
        self.width = self.height = self.depth = 0
        self._scratch: bytearray | None = None
        self._drawn = True  # something was drawn since the last clear
        self.still = False  # the picture of the tick before is that of this one
        self._newest = -1  # revision of the layer and all its effects

    def define_controls(self) -> None:
        """How the layer is laid over those before it."""
        self.blend = self.add_select("blend", MODES, MODES[0])
        self.opacity = self.add_int("opacity", 255, 0, 255)

    def setup(self) -> None:
        """Take the size of the driver; with a buffer of the old size the layer lives on when memory is short."""
        size = self.parent.map.size if self.parent is not None else (0, 0, 0)
        if self.map is not None:
            size = self.map.adopt(self, size)
        if tuple(size) != (self.width, self.height, self.depth) or self.buffer is None:
            self._resize(size[0], size[1], size[2])

    def _resize(self, width: int, height: int, depth: int) -> None:
        count = width * height * depth
        try:
            buffer = self.allocate(3 * count) if count else None
        except MemoryRefused:
            if self.buffer is None:
                raise
            return
        self.buffer = buffer
        self.width, self.height, self.depth = width, height, depth
        self._scratch = None
        for effect in self.children:
            if isinstance(effect, StatefulModule) and effect.category != "modifier":
                self.services.contain(effect, effect.run_setup)

    def on_children_ready(self) -> None:
        """Another set of effects makes another picture, and modifiers may have changed its size."""
        self._newest = -1
        if self.map is not None:
            self.map.refresh(self)

    def loop(self) -> None:
        """Start a picture, unless nothing in it changes; black, where no effect drew the one before."""
        if self.map is not None:
            self.map.loop(self)
        still, newest = self._drawn, self.revision
        for effect in self.children:
            still = still and getattr(effect, "still", False)
            newest = max(newest, effect.revision)
        self.still = still and newest == self._newest
        self._newest = newest
        if self.still:
            return
        if not self._drawn and self.buffer is not None:
            fill(self.buffer, len(self.buffer), 0)
        self._drawn = False

    def begin(self, effect: "Effect") -> bytearray:
        """The buffer that an effect draws into: the picture itself for one that covers it."""
        buffer = self.buffer
        if buffer is None:
            raise ValueError("the layer has no lights")
        self._mend(buffer)
        if not self._drawn and effect.opacity == 255 and effect.blend == MODES[0]:  # it covers all
            return buffer
        if not self._drawn:
            fill(buffer, len(buffer), 0)
        if self._scratch is None:
            self._scratch = self.allocate(len(buffer))
        self._mend(self._scratch)
        return self._scratch

    def end(self, effect: "Effect", target: bytearray) -> None:
        """Blend what an effect drew; ValueError where it made the buffer another size."""
        self._drawn = True
        if self._mend(target):
            raise ValueError("render has changed the size of its buffer: write its bytes, and add or remove none")
        if self.buffer is not None and target is not self.buffer:
            blend(self.buffer, target, len(target), MODES.index(effect.blend), effect.opacity)

    def _mend(self, buffer: bytearray) -> bool:
        """True where a buffer had not its size, as some effect left it; kernels write into it without a check."""
        size_bytes = self.width * self.height * self.depth * 3
        if len(buffer) == size_bytes:
            return False
        buffer[:] = bytes(size_bytes)
        return True

    def fits(self, geometry: "PhysMap") -> bool:
        """True where the picture has the size of the driver's box."""
        if self.buffer is not None:
            self._mend(self.buffer)
        # Compared side by side, as this is for each tick: tuples would be garbage.
        size: tuple[int, ...] = (self.map or geometry).size
        if self.map is not None and self.map.geometry is not geometry:
            return False
        return self.width == size[0] and self.height == size[1] and self.depth == size[2]

    def need_bytes(self, points: int, lights: int) -> int:
        """The buffers, and what the effects need."""
        points = points if self.map is None else self.map.points(points)
        need_bytes = 3 * points * (1 + (self._scratch is not None))
        for effect in self.children:
            need_bytes += effect.need_bytes(points, lights)
        return need_bytes

    def need_of(self, child: "Module") -> int:
        """A second effect needs a buffer to be blended from."""
        points = self.width * self.height * self.depth
        is_blended = self._scratch is None and bool(self.children) and child.category == "effect"
        return child.need_bytes(points, 0) + 3 * points * is_blended

    def heap_bytes(self) -> int:
        """The buffers."""
        return len(self.buffer or b"") + len(self._scratch or b"")

    def health_report(self) -> str:
        """Says also when there is nothing to draw on."""
        report = super().health_report()
        return "Waiting for a layout" if report == "OK" and self.buffer is None else report

    def teardown(self) -> None:
        """Give the buffers back."""
        self.buffer = self._scratch = None
        self.width = self.height = self.depth = 0
