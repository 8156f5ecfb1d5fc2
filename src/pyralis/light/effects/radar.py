"""Radar: a beam that turns and lights up what it finds."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.polar import PolarEffect


@micropython.viper
def radar(dst: ptr8, table: ptr8, count: int, phase: int, turn: int, echoes: int, red: int, green: int, blue: int):
    """What the beam passed fades until it comes again; of 4096 lights `echoes` shine longer, others in each `turn`."""
    at = 0
    for i in range(count):
        cell = i * 4
        angle = (table[cell] << 8) + table[cell + 1]
        far = (table[cell + 2] << 8) + table[cell + 3]
        behind = phase - angle
        seen = turn
        if behind < 0:
            behind += 65536
            seen = turn - 1
        level = 255 - (behind >> 6)
        level = level if level > 0 else 0
        level = level * level >> 9
        # Circles of equal distance, faintly.
        ring = (far & 8191) - 4096
        ring = ring if ring > 0 else -ring
        level += 18 if ring > 3600 and far < 36000 else 0
        if behind < 1200:
            level += 160
        mix = (i * 374761 + seen * 668265) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
        white = 0
        if (mix >> 12) & 4095 < echoes and far < 32768:
            white = 255 - (behind >> 8)
            level = level if level > white else white
            white >>= 1
        level = level if level < 255 else 255
        value = (red * level >> 8) + white
        dst[at] = value if value < 255 else 255
        value = (green * level >> 8) + white
        dst[at + 1] = value if value < 255 else 255
        value = (blue * level >> 8) + white
        dst[at + 2] = value if value < 255 else 255
        at += 3


class Radar(PolarEffect):
    """A beam turns and lights up what it finds."""

    def define_controls(self) -> None:
        """How fast, how many echoes and in which colour."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.echoes = self.add_int("echoes", 30, 0, 255)
        self.color = self.add_color("color", "#20ff50")

    def on_control(self, name: str) -> None:
        """Read the colour once: a text that is cut makes garbage."""
        self.rgb = int(self.color[1:], 16)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 400)
        red = self.rgb >> 16
        green = self.rgb >> 8 & 255
        radar(buffer, self.kept, width * height, phase, self.turns, self.echoes, red, green, self.rgb & 255)
