"""Checkerboard: the picture on every other field."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import const, micropython, ptr16
from pyralis.light.modifier import Modifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_OUTSIDE = const(65535)


@micropython.viper
def checkerboard(places: ptr16, count: int, side: int, inverted: int):
    """Fields of `side` points; every other one is outside."""
    at = 0
    for _light in range(count):
        field = places[at] // side + places[at + 1] // side + places[at + 2] // side + inverted
        if field & 1:
            places[at] = _OUTSIDE
        at += 3


class Checkerboard(Modifier):
    """The picture on the white fields of a checkerboard; its black ones stay dark."""

    def define_controls(self) -> None:
        """How large the fields are, and which of them show it."""
        self.field = self.add_int("field", 2, 1, 64, "lights")
        self.inverted = self.add_bool("inverted", False)

    def transform(self, places: "array[int]", count: int, width: int, height: int, depth: int) -> None:
        """Black out."""
        checkerboard(places, count, self.field, int(self.inverted))
