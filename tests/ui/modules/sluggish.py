"""Sluggish: an effect that takes too long."""

import time

from pyralis.light.effect import Effect

_TICK_S = 0.15


class Sluggish(Effect):
    """Takes so long that all lights stutter."""

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Take its time."""
        time.sleep(_TICK_S)
