"""Fire2012: heat that rises, spreads and cools, fed by sparks at the bottom."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect

_STEP_MS = 16


@micropython.viper
def burn(cells: ptr8, across: int, along: int, seed: int, cooling: int, sparking: int):
    """One step: each cell takes heat from those below it; `cells` begins with the lowest row."""
    mix = (seed * 374761 + 12345) & 0x3FFFFFFF
    for line in range(along - 1, -1, -1):
        at = line * across
        low = at - across if line > 0 else at
        lower = low - across if line > 1 else low
        for column in range(across):
            mix = (mix * 60493 + 12345) & 0x3FFFFFFF
            mix = (mix ^ (mix >> 13)) & 0x3FFFFFFF
            left = column - 1 if column > 0 else column
            right = column + 1 if column < across - 1 else column
            heat = cells[low + column] * 2 + cells[lower + column] * 4 + cells[low + left] + cells[low + right]
            heat = (heat + 4 >> 3) - (((mix >> 4) & 255) * cooling >> 8)
            if line < 2:
                # Sparks are three lights wide, or they would be lost among their neighbours.
                spark = (column // 3 * 374761 + seed * 668265) & 0x3FFFFFFF
                spark = ((spark ^ (spark >> 13)) * 1274126) & 0x3FFFFFFF
                if (spark >> 12) & 255 < sparking:
                    heat += 90 + ((spark >> 20) & 127)
            heat = heat if heat > 0 else 0
            cells[at + column] = heat if heat < 255 else 255


@micropython.viper
def glow(dst: ptr8, colors: ptr8, cells: ptr8, across: int, along: int, turned: int):
    """Draw the heat, the lowest row at the bottom or, where `turned`, the one column along x."""
    cell = 0
    for line in range(along):
        at = (along - 1 - line) * across * 3
        if turned:
            at = line * 3
        for _column in range(across):
            heat = cells[cell] * 3
            dst[at] = colors[heat]
            dst[at + 1] = colors[heat + 1]
            dst[at + 2] = colors[heat + 2]
            at += 3
            cell += 1


class Fire2012(Effect):
    """Heat rises, spreads and cools, fed by sparks at the bottom."""

    def define_controls(self) -> None:
        """How fast it cools, how often it sparks and which kind of fire."""
        super().define_controls()
        self.cooling = self.add_int("cooling", 75, 10, 200)
        self.sparking = self.add_int("sparking", 50, 1, 255)
        self.palette = self.add_palette("fire", ramps=True)

    def need_bytes(self, points: int, lights: int) -> int:
        """The heat of each light."""
        return points

    def resize(self, width: int, height: int, depth: int) -> None:
        """Begin cold."""
        super().resize(width, height, depth)
        self.count = 0

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Play the steps that are due and draw."""
        turned = int(height == 1)
        across = 1 if turned else width
        along = width if turned else height
        cooling = self.cooling * 10 // along + 2
        for _ in range(self.steps(_STEP_MS)):
            self.count = (self.count + 1) & 0xFFFFF
            burn(self.kept, across, along, self.count, cooling, self.sparking)
        glow(buffer, self.colors, self.kept, across, along, turned)
