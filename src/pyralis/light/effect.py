"""Effect: the base of everything that draws; an effect knows its buffer and its controls, nothing else."""

from pyralis.core.stateful import StatefulModule
from pyralis.light.blending import MODES, repeat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.light.effects_layer import EffectsLayer

_PHASE_RANGE = 65536 * 1000


class Effect(StatefulModule):
    """Draws every light of its layer's buffer each tick; the layer blends several effects."""

    category = "effect"
    dimensions = 2  # what `render` draws; the other slices (2) or rows (1) become copies
    kept = bytearray()  # what it keeps for its size: `need_bytes`, zeroed at each new size
    still = False  # True where the picture depends on size and controls alone: it is drawn again when one changes

    parent: "EffectsLayer | None"
    palette: str
    colors: bytearray

    def __init__(self, services) -> None:  # type: ignore[no-untyped-def]
        super().__init__(services)
        self._phase_milli = 0
        self._step_ms = 0
        self.turns = 0

    def define_controls(self) -> None:
        """How the effect is laid over those before it."""
        self.blend = self.add_select("blend", MODES, MODES[0])
        self.opacity = self.add_int("opacity", 255, 0, 255)

    def add_palette(self, default: str, ramps: bool = False) -> str:
        """A control for an endless palette or a ramp, which is kept expanded in `colors`."""
        from pyralis.light.palettes import NAMES, RAMPS  # late: a board without colours does without

        self.colors = bytearray(768)
        return self.add_select("palette", RAMPS if ramps else NAMES, default)

    def on_control(self, name: str) -> None:
        """Expand the palette of an effect that has one."""
        if name in ("", "palette") and hasattr(self, "colors"):
            from pyralis.light.palettes import expand

            expand(self.palette, self.colors)

    def setup(self) -> None:
        """Make what depends on the size, as soon as there is one."""
        layer = self.parent
        if layer is not None and layer.buffer is not None:
            width, height, depth = layer.width, layer.height, layer.depth
            if self.dimensions == 1:
                width, height, depth = width if width > 1 else height * depth, 1, 1
            self.resize(width, height, depth)

    def resize(self, width: int, height: int, depth: int) -> None:
        """The buffer has another size: get what the effect keeps for each light."""
        need_bytes = self.need_bytes(width * height * depth, 0)
        if need_bytes:
            self.kept = self.allocate(need_bytes)

    def heap_bytes(self) -> int:
        """What it keeps."""
        return len(self.kept)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Write every light of the buffer: RGB888, x fastest, then y, then z; one of one dimension gets a strip."""

    def loop(self) -> None:
        """Draw into the buffer that the layer gives, and have it blended."""
        layer = self.parent
        if layer is None or layer.buffer is None or layer.still:
            return
        target = layer.begin(self)
        returned = self.draw(target, layer.width, layer.height, layer.depth)
        layer.end(self, target)
        if returned is not None:
            raise ValueError("render returns something: write into the buffer that it gets instead")

    def draw(self, buffer: bytearray, width: int, height: int, depth: int) -> object:
        """Render, and copy what was drawn into the rows or slices that are like it; returns what `render` does."""
        count = drawn = width * height * depth
        if self.dimensions == 1:
            if width > 1:
                drawn = width
            height = depth = 1
            width = drawn
        elif self.dimensions == 2:
            drawn = width * height
        returned: object = self.render(buffer, width, height, depth)  # type: ignore[func-returns-value]
        if drawn < count and len(buffer) == 3 * count:
            repeat(buffer, 3 * drawn, 3 * count)
        return returned

    def advance(self, rate_per_s: int) -> int:
        """A 16-bit phase that grows by `rate_per_s` each second, and `turns` when it comes round; ask once a tick."""
        # The numerator is kept, so that a fast machine's short ticks do not round to standstill.
        milli = self._phase_milli + rate_per_s * self.services.elapsed_ms
        self.turns = (self.turns + milli // _PHASE_RANGE) & 8191
        self._phase_milli = milli % _PHASE_RANGE
        return self._phase_milli // 1000

    def steps(self, step_ms: int, limit: int = 8) -> int:
        """How many steps of a simulation are due in this tick; what is over the limit is dropped."""
        self._step_ms += self.services.elapsed_ms
        due = self._step_ms // step_ms
        self._step_ms -= due * step_ms
        return min(due, limit)
