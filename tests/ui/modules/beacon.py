"""Beacon: an effect that lights one light, to see where that is."""

from pyralis.light.effect import Effect


class Beacon(Effect):
    """Lights one light and leaves all others dark."""

    dimensions = 3

    def define_controls(self) -> None:
        """Which one, x first, then y, then z; and its colour."""
        super().define_controls()
        self.at = self.add_int("at", 0, 0, 65535)
        self.color = self.add_color("color", "#ffffff")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Write that one."""
        for i in range(len(buffer)):
            buffer[i] = 0
        color = int(self.color[1:], 16)
        at = 3 * self.at
        buffer[at] = color >> 16
        buffer[at + 1] = color >> 8 & 255
        buffer[at + 2] = color & 255
