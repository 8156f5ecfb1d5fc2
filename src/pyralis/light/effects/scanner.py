"""Scanner: an eye that looks from side to side."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def scanner(dst: ptr8, count: int, phase: int, reach: int, red: int, green: int, blue: int):
    """The eye is at one end at `phase` 0 and at the other at 32768; it glows `reach` lights to each side."""
    there = phase if phase < 32768 else 65536 - phase
    place = (there >> 1) * (count - 1) >> 6
    at = 0
    for i in range(count):
        off = (i << 8) - place
        off = off if off > 0 else -off
        level = 256 - off // reach
        level = level if level > 0 else 0
        level = level * level >> 8
        dst[at] = (red * level >> 8) & 255
        dst[at + 1] = (green * level >> 8) & 255
        dst[at + 2] = (blue * level >> 8) & 255
        at += 3


class Scanner(Effect):
    """An eye looks from side to side."""

    dimensions = 1

    def define_controls(self) -> None:
        """How fast, how wide and in which colour."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.size = self.add_int("size", 12, 1, 100, "percent")
        self.color = self.add_color("color", "#ff1000")

    def on_control(self, name: str) -> None:
        """Read the colour once: a text that is cut makes garbage."""
        self.rgb = int(self.color[1:], 16)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 512)
        reach = width * self.size // 100 + 1
        scanner(buffer, width, phase, reach, self.rgb >> 16, self.rgb >> 8 & 255, self.rgb & 255)
