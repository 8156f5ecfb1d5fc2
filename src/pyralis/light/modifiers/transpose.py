"""Transpose: two axes change places."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr16
from pyralis.light.coord import Coord3D
from pyralis.light.modifier import Modifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

AXES = ("x and y", "x and z", "y and z")
_PLACES = ((0, 1), (0, 2), (1, 2))


@micropython.viper
def transpose(places: ptr16, count: int, one: int, two: int):
    """Swap two of the three coordinates of each light."""
    at = 0
    for _light in range(count):
        kept = places[at + one]
        places[at + one] = places[at + two]
        places[at + two] = kept
        at += 3


class Transpose(Modifier):
    """Two axes change places: what ran from left to right runs from top to bottom."""

    def define_controls(self) -> None:
        """Which."""
        self.axes = self.add_select("axes", AXES, AXES[0])

    def picture_size(self, width: int, height: int, depth: int) -> Coord3D:
        """Two sides change places."""
        sides = [width, height, depth]
        one, two = _PLACES[AXES.index(self.axes)]
        sides[one], sides[two] = sides[two], sides[one]
        return Coord3D(sides[0], sides[1], sides[2])

    def transform(self, places: "array[int]", count: int, width: int, height: int, depth: int) -> None:
        """Swap."""
        one, two = _PLACES[AXES.index(self.axes)]
        transpose(places, count, one, two)
