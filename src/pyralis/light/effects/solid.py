"""Solid: one colour."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def solid(dst: ptr8, count: int, red: int, green: int, blue: int):
    """Set `count` lights to one colour."""
    at = 0
    for _i in range(count):
        dst[at] = red
        dst[at + 1] = green
        dst[at + 2] = blue
        at += 3


class Solid(Effect):
    """One colour everywhere."""

    dimensions = 3
    still = True

    def define_controls(self) -> None:
        """The colour."""
        super().define_controls()
        self.color = self.add_color("color", "#ff8020")

    def on_control(self, name: str) -> None:
        """Read the colour once: a text that is cut makes garbage."""
        self.rgb = int(self.color[1:], 16)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Fill the buffer."""
        solid(buffer, width * height * depth, self.rgb >> 16, self.rgb >> 8 & 255, self.rgb & 255)
