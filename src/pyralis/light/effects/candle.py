"""Candle: every light flickers like a flame of its own."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def candle(dst: ptr8, count: int, clock: int, depth: int, red: int, green: int, blue: int):
    """The brightness goes from one moment's to the next one's, twice: slowly, and four times as fast for the flicker.

    A moment is 4096 of `clock`; where it is darker, a flame is also redder.
    """
    at = 0
    for i in range(count):
        level = 0
        for octave in range(2):
            time = (clock << (octave * 2)) + i * 2777
            part = time & 4095
            for which in range(2):
                mix = (i * 374761 + ((time >> 12) + which) * 668265 + octave * 982451) & 0x3FFFFFFF
                mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
                mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
                weight = part if which else 4096 - part
                level += ((mix >> 14) & 255) * weight >> (12 + octave)
        level = 255 - (level * depth * 171 >> 16)
        dst[at] = (red * level >> 8) & 255
        dst[at + 1] = (green * level * level >> 16) & 255
        dst[at + 2] = (blue * (level * level >> 8) * level >> 16) & 255
        at += 3


class Candle(Effect):
    """Every light flickers like a flame of its own."""

    dimensions = 3

    def define_controls(self) -> None:
        """How fast, how much and in which colour."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.flicker = self.add_int("flicker", 200, 0, 255)
        self.color = self.add_color("color", "#ff9030")

    def on_control(self, name: str) -> None:
        """Read the colour once: a text that is cut makes garbage."""
        self.rgb = int(self.color[1:], 16)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        clock = self.advance(self.speed * 200)
        clock += self.turns << 16
        red = self.rgb >> 16
        green = self.rgb >> 8 & 255
        candle(buffer, width * height * depth, clock & 0xFFFFFFF, self.flicker, red, green, self.rgb & 255)
