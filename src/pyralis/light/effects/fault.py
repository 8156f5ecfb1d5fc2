"""Fault: an effect that fails on purpose, to see on page, API and log how a failing module shows."""

from pyralis.light.effect import Effect

KINDS = ("none", "exception_in_loop", "exception_in_setup", "slow_loop", "endless_allocation")
_SLOW_TURNS = 300_000  # some 10 ms on a PC, and long on a board
_BLOCK_BYTES = 2048
_ENOUGH_BLOCKS = 8192  # where nothing limits the heap, 16 MB count as endless


class Fault(Effect):
    """Fails on purpose, to see how a failing module shows and that the others go on."""

    dimensions = 3

    def define_controls(self) -> None:
        """How to fail."""
        super().define_controls()
        self.kind = self.add_select("kind", KINDS, "none")

    def on_control(self, name: str) -> None:
        """Start anew, so that a fault in setup shows at once."""
        self.blocks: list[bytearray] = []
        if name == "kind":
            self.run_setup()

    def setup(self) -> None:
        """Fail here, if that is the kind."""
        super().setup()
        if self.kind == "exception_in_setup":
            raise RuntimeError("this effect fails in setup, as its control 'kind' says")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Fail here, or leave the lights dark."""
        if self.kind == "exception_in_loop":
            raise RuntimeError("this effect fails in its loop, as its control 'kind' says")
        if self.kind == "slow_loop":
            for _ in range(_SLOW_TURNS):
                pass
        elif self.kind == "endless_allocation":
            if len(self.blocks) == _ENOUGH_BLOCKS:
                raise MemoryError
            self.blocks.append(self.allocate(_BLOCK_BYTES))
        for i in range(len(buffer)):
            buffer[i] = 0

    def heap_bytes(self) -> int:
        """What the allocations came to."""
        return len(self.blocks) * _BLOCK_BYTES

    def teardown(self) -> None:
        """Give the memory back."""
        self.blocks = []
