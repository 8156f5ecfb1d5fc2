"""SpiralStrip: a strip that is wound up."""

from pyralis.light.circle import across, angle_of, middle_of
from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_ONE = 4096  # the whole way from the middle to the end


class SpiralStrip(Layout):
    """A strip wound into a flat spiral, its lights evenly apart, from the middle outwards."""

    def define_controls(self) -> None:
        """Origin, number of lights, size, windings and where the wire starts."""
        super().define_controls()
        self.lights = self.add_int("lights", 120, 1, 4096, "lights")
        self.diameter = self.add_int("diameter", 17, 1, 255, "points")
        self.windings = self.add_int("windings", 4, 1, 64)
        self.rotation = self.add_int("rotation", 0, 0, 359, "degrees")
        self.counterclockwise = self.add_bool("counterclockwise", False)
        self.reverse = self.add_bool("reverse", False)

    def light_count(self) -> int:
        """As set."""
        return self.lights

    def extent(self) -> Coord3D:
        """A square around the last winding."""
        return Coord3D(self.diameter, self.diameter, 1)

    def place(self, positions: "array[int]", start: int) -> None:
        """Radius and angle grow with the root of the way, so that lights are evenly apart."""
        middle, last = middle_of(self.diameter), max(1, self.lights - 1)
        first_angle = angle_of(self.rotation)
        way = 0
        for i in range(self.lights):
            square = i * _ONE * _ONE // last
            while (way + 1) * (way + 1) <= square:
                way += 1
            turn = self.windings * 65536 * way // _ONE
            angle = first_angle + (-turn if self.counterclockwise else turn)
            radius = middle * way // _ONE
            at = 3 * (start + (self.lights - 1 - i if self.reverse else i))
            positions[at] = self.x + across(angle, radius, middle)
            positions[at + 1] = self.y + across(angle - 16384, radius, middle)
            positions[at + 2] = self.z
