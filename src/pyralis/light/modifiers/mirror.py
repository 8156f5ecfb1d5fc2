"""Mirror: the picture, and beside it its mirror image."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr16
from pyralis.light.coord import Coord3D
from pyralis.light.modifier import Modifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


@micropython.viper
def mirror(places: ptr16, count: int, width: int, height: int, depth: int):
    """Fold the second half of each side over the first; a side of 0 stays as it is."""
    at = 0
    for _light in range(count):
        x = places[at]
        y = places[at + 1]
        z = places[at + 2]
        if width and 2 * x >= width:
            places[at] = (width - 1 - x) & 0xFFFF
        if height and 2 * y >= height:
            places[at + 1] = (height - 1 - y) & 0xFFFF
        if depth and 2 * z >= depth:
            places[at + 2] = (depth - 1 - z) & 0xFFFF
        at += 3


class Mirror(Modifier):
    """Half of the lights show the picture, the other half its mirror image."""

    def define_controls(self) -> None:
        """Along which axes."""
        self.mirror_x = self.add_bool("mirror_x", True)
        self.mirror_y = self.add_bool("mirror_y", False)
        self.mirror_z = self.add_bool("mirror_z", False)

    def picture_size(self, width: int, height: int, depth: int) -> Coord3D:
        """Half; an odd side keeps its middle."""
        return Coord3D(
            (width + 1) // 2 if self.mirror_x else width,
            (height + 1) // 2 if self.mirror_y else height,
            (depth + 1) // 2 if self.mirror_z else depth,
        )

    def transform(self, places: "array[int]", count: int, width: int, height: int, depth: int) -> None:
        """Fold."""
        mirror(places, count, width * self.mirror_x, height * self.mirror_y, depth * self.mirror_z)
