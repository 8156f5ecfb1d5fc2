"""Rotate: the picture turned round its middle, by an angle or on and on."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import const, micropython, ptr16
from pyralis.light.modifier import Modifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

EDGES = ("repeated", "dark")
_OUTSIDE = const(65535)
_QUARTER = 16384


@micropython.viper
def rotate(places: ptr16, count: int, width: int, height: int, sine: int, cosine: int, repeated: int):
    """Turn x and y; sine and cosine are 4096 at most. With `repeated` the picture goes on beyond its edges."""
    lift_x = width * ((width + height) // width + 1)
    lift_y = height * ((width + height) // height + 1)
    at = 0
    for _light in range(count):
        dx = 2 * places[at] + 1 - width
        dy = 2 * places[at + 1] + 1 - height
        x = (dx * cosine + dy * sine + width * 4096) >> 13
        y = (dy * cosine - dx * sine + height * 4096) >> 13
        if repeated:
            x = (x + lift_x) % width
            y = (y + lift_y) % height
        elif x < 0 or y < 0:
            x = _OUTSIDE
        places[at] = x & 0xFFFF
        places[at + 1] = y & 0xFFFF
        at += 3


def wave(angle: int) -> int:
    """The sine of an angle of 65536 a turn, -4096 to 4096: Bhaskara's approximation, without numbers over 30 bits."""
    half = (angle >> 3) & 4095
    arc = half * (4096 - half)
    level = (arc << 7) // (163840 - (arc >> 7))
    return -level if angle & 32768 else level


class Rotate(Modifier):
    """The picture is turned clockwise round its middle, by an angle or on and on."""

    def define_controls(self) -> None:
        """From which angle on, how fast, which way, and what is beyond the edges of the picture."""
        self.angle = self.add_int("angle", 0, 0, 360, "degrees")
        self.speed = self.add_int("speed", 30, 0, 255)
        self.counterclockwise = self.add_bool("counterclockwise", False)
        self.edges = self.add_select("edges", EDGES, EDGES[0])

    def on_control(self, name: str) -> None:
        """At the highest speed a turn takes a second."""
        self.rate = self.speed * 257 * (-1 if self.counterclockwise else 1)
        self._first_angle = self.angle * 65536 // 360

    def transform(self, places: "array[int]", count: int, width: int, height: int, depth: int) -> None:
        """Turn to the present angle."""
        angle = (self._first_angle + self.turn) & 0xFFFF
        rotate(places, count, width, height, wave(angle), wave(angle + _QUARTER), int(self.edges == EDGES[0]))
