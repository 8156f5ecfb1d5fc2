"""Rainbow: a palette that travels across the lights."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect

DIRECTIONS = ("right", "left", "down", "up", "diagonal", "inward", "outward")


@micropython.viper
def rainbow(  # noqa: PLR0912  # one kernel, as what is copied and what is drawn share all their numbers
    dst: ptr8, colors: ptr8, width: int, height: int, start: int, step_x: int, step_y: int, mirror: int
):
    """Hue grows by `step_x` and `step_y` a light (65536 is the whole palette); a `mirror` counts from the middle.

    Both steps are equal, or one of them is 0: then most lights are like one of the row before.
    """
    row_bytes = 3 * width
    at = 0
    for y in range(height):
        first = 0
        last = width
        dy = y
        if mirror:
            dy = 2 * y - height + 1
        if y > 0 and (step_y == 0 or (mirror and dy > 0)):
            back = row_bytes  # to the row that is the same
            if mirror:
                back *= dy
            for i in range(at, at + row_bytes):
                dst[i] = dst[i - back]
            last = 0
        elif y > 0 and step_x == step_y:
            first = width - 1
            if mirror:
                first >>= 1
                last = width - first
                for i in range(at + 3 * last, at + row_bytes):
                    dst[i] = dst[i - row_bytes - 3]
            for i in range(at, at + 3 * first):
                dst[i] = dst[i - row_bytes + 3]
        if dy < 0:
            dy = -dy
        row = start + dy * step_y
        to = at + 3 * first
        for x in range(first, last):
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
            dst[to] = (colors[one] + (((colors[two] - colors[one]) * part) >> 8)) & 255
            dst[to + 1] = (colors[one + 1] + (((colors[two + 1] - colors[one + 1]) * part) >> 8)) & 255
            dst[to + 2] = (colors[one + 2] + (((colors[two + 2] - colors[one + 2]) * part) >> 8)) & 255
            to += 3
        at += row_bytes


class Rainbow(Effect):
    """All colours of a palette travel across the lights."""

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
        rainbow(buffer, self.colors, width, height, phase, across_x, across_y, mirror)
