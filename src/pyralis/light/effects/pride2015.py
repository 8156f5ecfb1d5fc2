"""Pride2015: rainbows that shift, with waves of brightness running through them."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect
from pyralis.light.palettes import expand
from pyralis.light.tables import SINE


@micropython.viper
def pride(dst: ptr8, colors: ptr8, sine: ptr8, count: int, phase: int, bands: int, fold: int):
    """Colours and waves of brightness, each of which is stretched and squeezed at its own pace.

    `bands` is how often the palette lies along the strip; with `fold` it runs forth and back.
    """
    spread = (bands << 16) // count
    part = phase & 255
    turn = (phase >> 8) & 255
    stretch = (sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part) >> 2
    color_step = spread * (4096 + stretch >> 6) >> 8
    turn = (phase >> 7) & 255
    part = (phase << 1) & 255
    stretch = (sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part) >> 2
    level_step = spread * (8192 + stretch >> 6) >> 6
    at = 0
    for i in range(count):
        entry = ((i * color_step + phase * 5) >> 7) & 511
        if fold == 0:
            entry = (entry >> 1) & 255
        elif entry > 255:
            entry = 511 - entry
        entry *= 3
        turn = i * level_step - phase * 13
        part = turn & 255
        turn = (turn >> 8) & 255
        level = (sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part) >> 8
        level = 24 + (level * level * 231 >> 16)
        dst[at] = (colors[entry] * level >> 8) & 255
        dst[at + 1] = (colors[entry + 1] * level >> 8) & 255
        dst[at + 2] = (colors[entry + 2] * level >> 8) & 255
        at += 3


class Pride2015(Effect):
    """Rainbows shift and stretch, with waves of brightness running through them."""

    dimensions = 1

    def define_controls(self) -> None:
        """How fast and how dense."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.bands = self.add_int("bands", 1, 1, 8)

    def on_control(self, name: str) -> None:
        """Take the rainbow."""
        if name == "":
            self.colors = expand("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        pride(buffer, self.colors, SINE, width, self.advance(self.speed * 48), self.bands, 0)
