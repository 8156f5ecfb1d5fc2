"""Lissajous: the curve of two swings at right angles."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.blending import fill
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def lissajous(
    dst: ptr8,
    colors: ptr8,
    sine: ptr8,
    width: int,
    height: int,
    phase: int,
    waves_x: int,
    waves_y: int,
    shift: int,
    points: int,
):
    """Draw `points` of the curve, each over the four lights nearest to it; one way its colour goes round the palette.

    `waves_x` and `waves_y` are swings a curve. At `shift` 65536 the curve has turned once.
    """
    step = 65536 // points
    for i in range(points):
        along = i * step
        turn = along * waves_x + shift
        part = turn & 255
        turn = (turn >> 8) & 255
        wave = sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part - 256
        x = (wave >> 1) * (width - 1) // 127
        turn = along * waves_y
        part = turn & 255
        turn = (turn >> 8) & 255
        wave = sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part - 256
        y = (wave >> 1) * (height - 1) // 127
        color = (((along + phase) >> 8) & 255) * 3
        for corner in range(4):
            column = (x >> 8) + (corner & 1)
            line = (y >> 8) + (corner >> 1)
            if column < width and line < height:
                cover = (x & 255) if corner & 1 else 255 - (x & 255)
                cover *= (y & 255) if corner > 1 else 255 - (y & 255)
                at = (line * width + column) * 3
                for channel in range(3):
                    value = colors[color + channel] * cover >> 16
                    if dst[at + channel] < value:
                        dst[at + channel] = value & 255


class Lissajous(Effect):
    """A curve of two swings at right angles turns and changes colour."""

    def define_controls(self) -> None:
        """How fast, which curve and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.waves_x = self.add_int("waves_x", 3, 1, 12)
        self.waves_y = self.add_int("waves_y", 2, 1, 12)
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw as many points as leave no gaps."""
        phase = self.advance(self.speed * 64)
        fill(buffer, 3 * width * height, 0)
        points = min(4 * (width * self.waves_x + height * self.waves_y), 16384)
        lissajous(buffer, self.colors, SINE, width, height, phase * 3, self.waves_x, self.waves_y, phase, points)
