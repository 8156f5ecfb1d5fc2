"""Fire: flames from the bottom up, or along a strip."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from array import array

from pyralis.kernel import micropython, ptr8, ptr16
from pyralis.light.effect import Effect
from pyralis.light.smooth import SMOOTH
from pyralis.light.tables import SINE

_CELLS_MAX = 12


@micropython.viper
def fire(
    dst: ptr8,
    colors: ptr8,
    sine: ptr8,
    smooth: ptr8,
    row: ptr16,
    across: int,
    along: int,
    turned: int,
    phase: int,
    cells: int,
    size: int,
):
    """Rising noise that cools on its way; `across` lights wide, `along` lights high.

    Where `turned`, the flames run along x instead of up from the last row. `phase` counts 256 a cell that the flames
    have risen and comes round after 256 cells. `row` has 3 * cells + 6 items.
    """
    step_across = (cells << 16) // across
    if step_across == 0:
        step_across = 1
    step_along = (cells << 15) // along
    if along < across:
        step_along = (cells << 15) // across
    for y in range(along):
        first = 0
        sway = sine[(((y * step_along) >> 9) - (phase >> 2)) & 255] * 160
        for octave in range(2):
            # The finer octave rises faster, which makes the tongues lick.
            place_y = ((y * step_along) << octave) - (phase << (8 + octave))
            part_y = smooth[(place_y >> 8) & 255]
            place_y >>= 16
            last = first + (((across * step_across + sway) << octave) >> 16) + 2
            upper = octave * (77 * 374761) + (place_y & 255) * 668265
            lower = octave * (77 * 374761) + ((place_y + 1) & 255) * 668265
            for i in range(first, last):
                mix = upper & 0x3FFFFFFF
                mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
                mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
                corner = ((mix >> 14) & 255) * (256 - part_y)
                mix = lower & 0x3FFFFFFF
                mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
                mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
                row[i] = (corner + ((mix >> 14) & 255) * part_y) & 65535
                upper += 374761
                lower += 374761
            first = last
        second = ((across * step_across + sway) >> 16) + 2
        warmth = (-30 - (((y << 12) // along) * (330 - size)) // 4096) << 11
        at = (along - 1 - y) * across * 3
        next_at = 3
        if turned:
            at = y * 3
            next_at = along * 3
        place = sway
        stop = sway + across * step_across
        while place < stop:
            # Up to the next corner of the finer octave the four corners around stay the same.
            cell = place >> 16
            low = row[cell] << 8
            rise = row[cell + 1] - row[cell]
            cell = second + (place >> 15)
            fine_low = row[cell] << 8
            fine_rise = row[cell + 1] - row[cell]
            edge = ((place >> 15) + 1) << 15
            edge = edge if edge < stop else stop
            while place < edge:
                level = (low + rise * smooth[(place >> 8) & 255]) >> 8
                level += (fine_low + fine_rise * smooth[(place >> 7) & 255]) >> 9
                heat = (warmth + level * 9) >> 11
                if heat < 0:
                    heat = 0
                if heat > 255:
                    heat = 255
                heat *= 3
                red = colors[heat]
                green = colors[heat + 1]
                blue = colors[heat + 2]
                dst[at] = red
                dst[at + 1] = green
                dst[at + 2] = blue
                at += next_at
                place += step_across


class Fire(Effect):
    """Flames that rise from the bottom, or run along a strip."""

    def define_controls(self) -> None:
        """How fast, how high and which kind of fire."""
        super().define_controls()
        self.speed = self.add_int("speed", 80, 0, 255)
        self.size = self.add_int("size", 128, 0, 255)
        self.cells = self.add_int("cells", 5, 1, _CELLS_MAX)
        self.palette = self.add_palette("fire", ramps=True)

    def resize(self, width: int, height: int, depth: int) -> None:
        """A row of corners."""
        self.row = array("H", self.allocate(2 * (3 * _CELLS_MAX + 16)))

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        turned = int(height == 1)
        across = 1 if turned else width
        along = width if turned else height
        phase = self.advance(self.speed * 8)
        fire(buffer, self.colors, SINE, SMOOTH, self.row, across, along, turned, phase, self.cells, self.size)
