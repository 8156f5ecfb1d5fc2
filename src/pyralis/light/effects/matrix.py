"""Matrix: signs that rain down in columns."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def matrix(
    dst: ptr8,
    across: int,
    along: int,
    turned: int,
    clock: int,
    tail: int,
    density: int,
    red: int,
    green: int,
    blue: int,
):
    """In each turn of its clock a column has a drop with a chance of `density` in 256, with a tail of `tail` lights.

    Where `turned`, the one column lies along x.
    """
    for column in range(across):
        mix = (column * 374761 + 77777) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
        own = ((clock * (8 + ((mix >> 20) & 7)) >> 3) + (mix & 65535)) & 0x3FFFFFFF
        seed = (column * 374761 + (own >> 16) * 668265) & 0x3FFFFFFF
        seed = ((seed ^ (seed >> 13)) * 1274126) & 0x3FFFFFFF
        seed = ((seed ^ (seed >> 11)) * 60493) & 0x3FFFFFFF
        head = -256
        if (seed >> 14) & 255 < density:
            head = ((own & 65535) >> 2) * (along + tail) >> 6
        for line in range(along):
            behind = head - (line << 8)
            level = 0
            white = 0
            if behind > 0:
                level = 255 - behind // tail
                level = level if level > 0 else 0
                # Each sign flickers by itself.
                mix = (line * 374761 + seed + (clock >> 13) * 668265) & 0x3FFFFFFF
                mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
                level = level * (140 + ((mix >> 16) & 115)) >> 8
                if behind < 512:
                    white = 512 - behind >> 1
                    if behind < 256:
                        white = behind
                    level = level * behind >> 8 if behind < 256 else level
                    white = white * level >> 9
            at = (line * across + column) * 3
            if turned:
                at = line * 3
            value = (red * level >> 8) + white
            dst[at] = value if value < 255 else 255
            value = (green * level >> 8) + white
            dst[at + 1] = value if value < 255 else 255
            value = (blue * level >> 8) + white
            dst[at + 2] = value if value < 255 else 255


class Matrix(Effect):
    """Signs rain down in columns."""

    def define_controls(self) -> None:
        """How fast, how many drops, how long tails and in which colour."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.density = self.add_int("density", 200, 1, 255)
        self.tail = self.add_int("tail", 60, 5, 200, "percent")
        self.color = self.add_color("color", "#00ff40")

    def on_control(self, name: str) -> None:
        """Read the colour once: a text that is cut makes garbage."""
        self.rgb = int(self.color[1:], 16)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        clock = self.advance(self.speed * 384)
        clock = (clock + (self.turns << 16)) & 0x7FFFFFF
        turned = int(height == 1)
        across = 1 if turned else width
        along = width if turned else height
        tail = along * self.tail // 100 + 1
        red = self.rgb >> 16
        green = self.rgb >> 8 & 255
        matrix(buffer, across, along, turned, clock, tail, self.density, red, green, self.rgb & 255)
