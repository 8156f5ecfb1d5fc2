"""Multiply: the picture several times, as tiles."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr16
from pyralis.light.coord import Coord3D
from pyralis.light.modifier import Modifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


@micropython.viper
def multiply(places: ptr16, count: int, width: int, height: int, depth: int, mirrored: int):
    """Tiles of this size; with `mirrored` every other one is turned round."""
    at = 0
    for _light in range(count):
        tile = places[at] // width
        x = places[at] - tile * width
        if mirrored & tile & 1:
            x = width - 1 - x
        places[at] = x & 0xFFFF
        tile = places[at + 1] // height
        y = places[at + 1] - tile * height
        if mirrored & tile & 1:
            y = height - 1 - y
        places[at + 1] = y & 0xFFFF
        tile = places[at + 2] // depth
        z = places[at + 2] - tile * depth
        if mirrored & tile & 1:
            z = depth - 1 - z
        places[at + 2] = z & 0xFFFF
        at += 3


class Multiply(Modifier):
    """The picture several times beside and below each other, as tiles."""

    def define_controls(self) -> None:
        """How many times along each axis, and whether every other one is mirrored."""
        self.columns = self.add_int("columns", 2, 1, 64)
        self.rows = self.add_int("rows", 2, 1, 64)
        self.layers = self.add_int("layers", 1, 1, 64)
        self.mirrored = self.add_bool("mirrored", False)

    def picture_size(self, width: int, height: int, depth: int) -> Coord3D:
        """A tile; the last ones are cut where sides cannot be divided."""
        return Coord3D(-(-width // self.columns), -(-height // self.rows), -(-depth // self.layers))

    def transform(self, places: "array[int]", count: int, width: int, height: int, depth: int) -> None:
        """See where in its tile each light is."""
        width, height, depth = -(-width // self.columns), -(-height // self.rows), -(-depth // self.layers)
        multiply(places, count, width, height, depth, int(self.mirrored))
