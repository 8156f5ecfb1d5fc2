"""Rainbow: a palette that travels across the lights."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect

DIRECTIONS = ("right", "left", "down", "up", "diagonal", "inward", "outward")


@micropython.viper
def rainbow(
    dst: ptr8, colors: ptr8, width: int, height: int, depth: int, start: int, step_x: int, step_y: int, mirror: int
):
    """Hue grows by `step_x` and `step_y` a light (65536 is the whole palette); a `mirror` counts from the middle."""
    at = 0
    for _z in range(depth):
        for y in range(height):
            dy = y
            if mirror:
                dy = 2 * y - height + 1
                if dy < 0:
                    dy = -dy
            row = start + dy * step_y
            for x in range(width):
                dx = x
                if mirror:
                    dx = 2 * x - width + 1
                    if dx < 0:
                        dx = -dx
                hue = (row + dx * step_x) & 65535
                # Between two entries by the low byte, so that a slow rainbow on a long strip does not step.
                part = hue & 255
                one = (hue >> 8) * 3
                two = one + 3
                if two == 768:
                    two = 0
                dst[at] = (colors[one] + (((colors[two] - colors[one]) * part) >> 8)) & 255
                dst[at + 1] = (colors[one + 1] + (((colors[two + 1] - colors[one + 1]) * part) >> 8)) & 255
                dst[at + 2] = (colors[one + 2] + (((colors[two + 2] - colors[one + 2]) * part) >> 8)) & 255
                at += 3


class Rainbow(Effect):
    """All colours of a palette travel across the lights."""

    dimensions = 3

    def define_controls(self) -> None:
        """How fast, how dense and where to."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.bands = self.add_int("bands", 1, 1, 16)
        self.direction = self.add_select("direction", DIRECTIONS, "diagonal")
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        direction = self.direction
        phase = self.advance(self.speed * 256)
        across_x = self.bands * 65536 // width
        across_y = self.bands * 65536 // height
        mirror = 0
        if direction in ("right", "left"):
            across_y = 0
        elif direction in ("down", "up"):
            across_x = 0
        elif direction == "diagonal":
            across_x = across_y = self.bands * 65536 // (width + height - 1)
        else:
            mirror = 1
            across_x = across_y = self.bands * 32768 // max(width, height)
        if direction not in ("left", "up", "inward"):
            phase = 65535 - phase
        rainbow(buffer, self.colors, width, height, depth, phase, across_x, across_y, mirror)
