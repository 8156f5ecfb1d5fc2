"""Noise2D: clouds of colour that drift and change."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from array import array

from pyralis.kernel import micropython, ptr8, ptr16
from pyralis.light.effect import Effect

_CELLS_MAX = 16


@micropython.viper
def noise2d(dst: ptr8, colors: ptr8, row: ptr16, width: int, height: int, phase: int, cells: int):
    """Two octaves of value noise in x, y and time; `cells` lie along the longer side.

    `phase` counts 256 a cell of time and comes round after 256 cells. `row` keeps the corners of one row of lights,
    blended in y and time already, so that a light costs two blends; it has 3 * cells + 6 items.
    """
    span = width if width > height else height
    step = (cells << 16) // span
    for y in range(height):
        first = 0
        for octave in range(2):
            # Each octave has its own pace in time and drifts its own way.
            time = phase * (octave + 1)
            part_t = time & 255
            part_t = (part_t * part_t * (768 - 2 * part_t)) >> 16
            time >>= 8
            place_y = ((y * step) << octave) + (phase << 8) * (1 - 2 * octave)
            part_y = (place_y >> 8) & 255
            part_y = (part_y * part_y * (768 - 2 * part_y)) >> 16
            place_y >>= 16
            last = first + (((width * step) << octave) >> 16) + 2
            column = octave * 77
            for i in range(first, last):
                corner = 0
                for which in range(4):
                    # The low bits of a product and a sum are the same everywhere; masked, they are all that is used.
                    line = (place_y + (which & 1)) & 255
                    moment = (time + (which >> 1)) & 255
                    mix = (column * 374761 + line * 668265 + moment * 982451) & 0x3FFFFFFF
                    mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
                    mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
                    weight = (256 - part_y) if which & 1 == 0 else part_y
                    weight *= (256 - part_t) if which < 2 else part_t
                    corner += ((mix >> 14) & 255) * weight
                row[i] = (corner >> 8) & 65535
                column += 1
            first = last
        second = ((width * step) >> 16) + 2
        at = y * width * 3
        for x in range(width):
            place = x * step
            part = (place >> 8) & 255
            part = (part * part * (768 - 2 * part)) >> 16
            cell = place >> 16
            level = (row[cell] * (256 - part) + row[cell + 1] * part) >> 8
            place <<= 1
            part = (place >> 8) & 255
            part = (part * part * (768 - 2 * part)) >> 16
            cell = second + (place >> 16)
            level += (row[cell] * (256 - part) + row[cell + 1] * part) >> 9
            color = ((level >> 8) + (phase >> 6)) & 255
            color *= 3
            dst[at] = colors[color]
            dst[at + 1] = colors[color + 1]
            dst[at + 2] = colors[color + 2]
            at += 3


class Noise2D(Effect):
    """Clouds of colour that drift and change."""

    def define_controls(self) -> None:
        """How fast, how fine and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.cells = self.add_int("cells", 3, 1, _CELLS_MAX)
        self.palette = self.add_palette("aurora")

    def resize(self, width: int, height: int, depth: int) -> None:
        """A row of corners."""
        self.row = array("H", self.allocate(2 * (3 * _CELLS_MAX + 6)))

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        noise2d(buffer, self.colors, self.row, width, height, self.advance(self.speed * 4), self.cells)
