"""Twinklefox: lights that brighten and fade like those of a Christmas tree."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def twinklefox(
    dst: ptr8, colors: ptr8, count: int, clock: int, density: int, warmth: int, red: int, green: int, blue: int
):
    """Each light has its own pace, and in each of its turns a chance of `density` in 256 to glow in another colour.

    It brightens in a third of the turn. `warmth` 0..256 is how much it reddens on its way out; what does not glow has
    the colour `red`, `green`, `blue`.
    """
    at = 0
    for i in range(count):
        mix = (i * 374761 + 54321) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
        own = ((clock * (8 + ((mix >> 20) & 7)) >> 3) + (mix & 65535)) & 0x3FFFFFFF
        mix = (i * 374761 + (own >> 16) * 668265) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
        level = 0
        cool = 0
        if (mix >> 14) & 255 < density:
            level = (own & 65535) * 3 >> 8
            if level > 256:
                level = (768 - level) >> 1
                cool = (256 - level) * warmth >> 8
            level = level * level >> 8
        color = ((mix >> 6) & 255) * 3
        rest = 256 - level
        dst[at] = ((colors[color] * level + red * rest) >> 8) & 255
        value = colors[color + 1] * (256 - (cool >> 1)) >> 8
        dst[at + 1] = ((value * level + green * rest) >> 8) & 255
        value = colors[color + 2] * (256 - cool) >> 8
        dst[at + 2] = ((value * level + blue * rest) >> 8) & 255
        at += 3


class Twinklefox(Effect):
    """Lights brighten and fade, each at its own pace, like those of a Christmas tree."""

    dimensions = 3

    def define_controls(self) -> None:
        """How fast, how many, in which colours and on which ground."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.density = self.add_int("density", 120, 1, 255)
        self.warm = self.add_bool("warm", True)
        self.background = self.add_color("background", "#000000")
        self.palette = self.add_palette("party")

    def on_control(self, name: str) -> None:
        """Read the ground's colour once: a text that is cut makes garbage."""
        super().on_control(name)
        self.ground = int(self.background[1:], 16)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        clock = self.advance(self.speed * 256)
        clock = (clock + (self.turns << 16)) & 0x7FFFFFF
        red = self.ground >> 16
        green = self.ground >> 8 & 255
        blue = self.ground & 255
        warmth = 256 if self.warm else 0
        count = width * height * depth
        twinklefox(buffer, self.colors, count, clock, self.density, warmth, red, green, blue)
