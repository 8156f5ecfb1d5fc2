"""Layout: the base of everything that says where lights are."""

from pyralis.core.stateful import StatefulModule
from pyralis.light.coord import Coord3D

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

MAX_COORDINATE = 4095


class Layout(StatefulModule):
    """Places its lights, in the order of their wiring, on whole coordinates from its origin on."""

    category = "layout"
    shapes_parent = True

    def define_controls(self) -> None:
        """The origin, so that several layouts make one picture."""
        self.x = self.add_int("x", 0, 0, MAX_COORDINATE)
        self.y = self.add_int("y", 0, 0, MAX_COORDINATE)
        self.z = self.add_int("z", 0, 0, MAX_COORDINATE)

    def light_count(self) -> int:
        """How many lights there are."""
        return 0

    def extent(self) -> Coord3D:
        """Size of the box around the lights, the origin not counted."""
        return Coord3D(0, 0, 0)

    def place(self, positions: "array[int]", start: int) -> None:
        """Write x, y, z of each light into `positions`, from light number `start` on; GAP as x of one that is dark."""
