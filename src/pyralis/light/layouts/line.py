"""Line: a strip of lights."""

from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

AXES = ("x", "y", "z")


class Line(Layout):
    """A straight strip of lights along one axis."""

    def define_controls(self) -> None:
        """Origin, length, axis and direction."""
        super().define_controls()
        self.length = self.add_int("length", 30, 1, 4096, "lights")
        self.axis = self.add_select("axis", AXES, "x")
        self.reverse = self.add_bool("reverse", False)

    def light_count(self) -> int:
        """One light a step."""
        return self.length

    def extent(self) -> Coord3D:
        """The length along its axis."""
        sizes = [1, 1, 1]
        sizes[AXES.index(self.axis)] = self.length
        return Coord3D(sizes[0], sizes[1], sizes[2])

    def place(self, positions: "array[int]", start: int) -> None:
        """Lights from the origin on, or back to it."""
        axis = AXES.index(self.axis)
        at = start * 3
        for i in range(self.length):
            positions[at] = self.x
            positions[at + 1] = self.y
            positions[at + 2] = self.z
            positions[at + axis] += self.length - 1 - i if self.reverse else i
            at += 3
