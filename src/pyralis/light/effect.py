"""Effect: the base of everything that draws; an effect knows its buffer and its controls, nothing else."""

from pyralis.core.stateful import StatefulModule
from pyralis.light.blending import MODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.light.effects_layer import EffectsLayer

_PHASE_RANGE = 65536 * 1000


class Effect(StatefulModule):
    """Draws every light of its layer's buffer each tick; the layer blends several effects."""

    category = "effect"
    dimensions = 2  # what `render` draws; the other slices (2) or rows (1) become copies

    parent: "EffectsLayer | None"

    def __init__(self, services) -> None:  # type: ignore[no-untyped-def]
        super().__init__(services)
        self._phase_milli = 0
        self._step_ms = 0

    def define_controls(self) -> None:
        """How the effect is laid over those before it."""
        self.blend = self.add_select("blend", MODES, MODES[0])
        self.opacity = self.add_int("opacity", 255, 0, 255)

    def setup(self) -> None:
        """Make what depends on the size, as soon as there is one."""
        layer = self.parent
        if layer is not None and layer.buffer is not None:
            self.resize(layer.width, layer.height, layer.depth)

    def resize(self, width: int, height: int, depth: int) -> None:
        """The buffer has another size: allocate what the effect keeps for each light."""

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Write every light of the buffer: RGB888, x fastest, then y, then z."""

    def loop(self) -> None:
        """Draw into the buffer that the layer gives, and have it blended."""
        layer = self.parent
        if layer is None or layer.buffer is None:
            return
        target = layer.begin(self)
        returned = self.render(target, layer.width, layer.height, layer.depth)  # type: ignore[func-returns-value]
        if self.dimensions == 1:
            _repeat(target, layer.width * 3, layer.height * layer.depth)
        elif self.dimensions == 2:
            _repeat(target, layer.width * layer.height * 3, layer.depth)
        layer.end(self, target)
        if returned is not None:
            raise ValueError("render returns something: write into the buffer that it gets instead")

    def advance(self, rate_per_s: int) -> int:
        """A 16-bit phase that grows by `rate_per_s` each second; ask once a tick."""
        # The numerator is kept, so that a fast machine's short ticks do not round to standstill.
        self._phase_milli = (self._phase_milli + rate_per_s * self.services.elapsed_ms) % _PHASE_RANGE
        return self._phase_milli // 1000

    def steps(self, step_ms: int, limit: int = 8) -> int:
        """How many steps of a simulation are due in this tick; what is over the limit is dropped."""
        self._step_ms += self.services.elapsed_ms
        due = self._step_ms // step_ms
        self._step_ms -= due * step_ms
        return min(due, limit)


def _repeat(buffer: bytearray, part_bytes: int, count: int) -> None:
    first = memoryview(buffer)[:part_bytes]
    for i in range(1, count):
        buffer[i * part_bytes : (i + 1) * part_bytes] = first
