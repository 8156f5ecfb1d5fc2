"""Pinwheel: the picture bent into petals round the middle."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr16
from pyralis.light.coord import Coord3D
from pyralis.light.modifier import Modifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


@micropython.viper
def pinwheel(
    places: ptr16, count: int, width: int, height: int, petals: int, twist: int, columns: int, rows: int, mirrored: int
):
    """X becomes the place within a petal of `columns` points, y the distance from the middle in `rows` points."""
    span = width if width > height else height
    at = 0
    for _light in range(count):
        dx = 2 * places[at] + 1 - width
        dy = 2 * places[at + 1] + 1 - height
        right = ((dx if dx > 0 else -dx) << 14) // span
        down = ((dy if dy > 0 else -dy) << 14) // span
        long = right if right > down else down
        short = down if right > down else right
        # As in polar.py: the root by Newton, and the angle within a tenth of a degree.
        square = long * long + short * short
        root = long + (short * 3 >> 3) + 1
        root = ((root + square // root) >> 1) + 1
        root = (root + square // root) >> 1
        slope = (short << 12) // (long + 1)
        angle = (slope * (8192 + ((4096 - slope) * 2847 >> 12))) >> 12
        if down > right:
            angle = 16384 - angle
        if dx < 0:
            angle = 32768 - angle
        if dy < 0:
            angle = 65536 - angle
        turn = angle * petals + (root >> 2) * twist
        x = ((turn & 65535) * columns) >> 16
        if mirrored & (turn >> 16) & 1:
            x = columns - 1 - x
        y = (root * rows) >> 14
        places[at] = x & 0xFFFF
        places[at + 1] = (y if y < rows else rows - 1) & 0xFFFF
        at += 3


class Pinwheel(Modifier):
    """The picture is bent into petals round the middle: its top is in the middle, its bottom at the rim."""

    def define_controls(self) -> None:
        """How many petals, how far they are twisted, and whether every other one is mirrored."""
        self.petals = self.add_int("petals", 4, 1, 32)
        self.twist = self.add_int("twist", 0, 0, 64)
        self.mirrored = self.add_bool("mirrored", True)

    def picture_size(self, width: int, height: int, depth: int) -> Coord3D:
        """As high as from the middle to the side, as wide as a petal is at the rim; no more points than lights."""
        return Coord3D(self._columns(width, height), _rows(width, height), depth)

    def _columns(self, width: int, height: int) -> int:
        return max(1, min(3 * max(width, height) // self.petals, width * height // _rows(width, height)))

    def transform(self, places: "array[int]", count: int, width: int, height: int, depth: int) -> None:
        """Bend."""
        columns, rows = self._columns(width, height), _rows(width, height)
        pinwheel(places, count, width, height, self.petals, self.twist, columns, rows, int(self.mirrored))


def _rows(width: int, height: int) -> int:
    return (max(width, height) + 1) // 2
