"""Reverse: the picture the other way round."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr16
from pyralis.light.modifier import Modifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


@micropython.viper
def reverse(places: ptr16, count: int, width: int, height: int, depth: int):
    """Count from the other end of each side; a side of 0 stays as it is."""
    at = 0
    for _light in range(count):
        if width:
            places[at] = (width - 1 - places[at]) & 0xFFFF
        if height:
            places[at + 1] = (height - 1 - places[at + 1]) & 0xFFFF
        if depth:
            places[at + 2] = (depth - 1 - places[at + 2]) & 0xFFFF
        at += 3


class Reverse(Modifier):
    """The picture from right to left, from bottom to top, or from back to front."""

    def define_controls(self) -> None:
        """Along which axes."""
        self.reverse_x = self.add_bool("reverse_x", True)
        self.reverse_y = self.add_bool("reverse_y", False)
        self.reverse_z = self.add_bool("reverse_z", False)

    def transform(self, places: "array[int]", count: int, width: int, height: int, depth: int) -> None:
        """Turn round."""
        reverse(places, count, width * self.reverse_x, height * self.reverse_y, depth * self.reverse_z)
