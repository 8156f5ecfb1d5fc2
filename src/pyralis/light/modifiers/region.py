"""Region: the picture in a part of the lights."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr16
from pyralis.light.coord import Coord3D
from pyralis.light.modifier import Modifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


@micropython.viper
def shift(places: ptr16, count: int, left: int, top: int, front: int):
    """Count from another origin; what is before it gets far outside."""
    at = 0
    for _light in range(count):
        places[at] = (places[at] - left) & 0xFFFF
        places[at + 1] = (places[at + 1] - top) & 0xFFFF
        places[at + 2] = (places[at + 2] - front) & 0xFFFF
        at += 3


class Region(Modifier):
    """The picture in a part of the box; the lights around it stay dark."""

    def define_controls(self) -> None:
        """From where to where, in percent of each side."""
        self.left = self.add_int("left", 0, 0, 100, "%")
        self.right = self.add_int("right", 50, 0, 100, "%")
        self.top = self.add_int("top", 0, 0, 100, "%")
        self.bottom = self.add_int("bottom", 100, 0, 100, "%")
        self.front = self.add_int("front", 0, 0, 100, "%")
        self.back = self.add_int("back", 100, 0, 100, "%")

    def picture_size(self, width: int, height: int, depth: int) -> Coord3D:
        """The part, at least one point."""
        return Coord3D(
            _sized(width, self.left, self.right),
            _sized(height, self.top, self.bottom),
            _sized(depth, self.front, self.back),
        )

    def transform(self, places: "array[int]", count: int, width: int, height: int, depth: int) -> None:
        """Count from the corner of the part on."""
        shift(places, count, _first(width, self.left), _first(height, self.top), _first(depth, self.front))


def _first(side: int, percent: int) -> int:
    return min(side - 1, side * percent // 100)


def _sized(side: int, start: int, end: int) -> int:
    return max(1, -(-side * end // 100) - _first(side, start))
