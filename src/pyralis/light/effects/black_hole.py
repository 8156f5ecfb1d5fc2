"""BlackHole: glowing matter that whirls into the dark."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.polar import PolarEffect
from pyralis.light.tables import SINE


@micropython.viper
def black_hole(dst: ptr8, colors: ptr8, sine: ptr8, table: ptr8, count: int, phase: int, size: int):
    """Two sets of arms, wound the more the nearer they are to the edge of the dark, which is `size` from the middle."""
    at = 0
    i = 0
    for _light in range(count):
        angle = (table[i] << 8) + table[i + 1]
        far = (table[i + 2] << 8) + table[i + 3] - size
        heat = 0
        if far > -1500:
            wound = 300000000 // (far + size + 3000)
            level = sine[((angle * 2 + wound + phase * 3) >> 8) & 255]
            other = sine[((angle * 5 + wound * 2 + phase * 7) >> 8) & 255]
            level = 40 + (level * 3 + other >> 2) * (level + 40) // 256
            # What comes towards us is brighter.
            level = level * (150 + (sine[(angle >> 8) & 255] >> 1)) >> 8
            fall = 280 - (far * 240 >> 15)
            heat = level * fall >> 8
            # The last light goes around the edge before it falls in.
            edge = far - 900
            edge = 255 - ((edge if edge > 0 else -edge) >> 4)
            heat = heat if heat > edge else edge
            if far < 0:
                heat = heat + (far >> 3)
            heat = heat if heat > 0 else 0
            heat = heat if heat < 255 else 255
        heat *= 3
        dst[at] = colors[heat]
        dst[at + 1] = colors[heat + 1]
        dst[at + 2] = colors[heat + 2]
        at += 3
        i += 4


class BlackHole(PolarEffect):
    """Glowing matter whirls into the dark."""

    def define_controls(self) -> None:
        """How fast, how large and how hot."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.size = self.add_int("size", 25, 5, 80, "percent")
        self.palette = self.add_palette("fire", ramps=True)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 96)
        black_hole(buffer, self.colors, SINE, self.kept, width * height, phase, self.size * 327)
