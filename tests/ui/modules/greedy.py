"""Greedy: an effect that no board has the memory for."""

from pyralis.light.effect import Effect


class Greedy(Effect):
    """Wants a gigabyte."""

    def need_bytes(self, points: int, lights: int) -> int:
        """Say so before it is added."""
        return 1 << 30

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Leave the lights as they are."""
