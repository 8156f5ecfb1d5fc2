"""Ring: lights on a circle."""

from pyralis.light.circle import across, angle_of, middle_of
from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


class Ring(Layout):
    """Lights evenly spread over a circle, clockwise from the top."""

    def define_controls(self) -> None:
        """Origin, number of lights, size and where the wire starts."""
        super().define_controls()
        self.lights = self.add_int("lights", 24, 1, 1024, "lights")
        self.diameter = self.add_int("diameter", 9, 1, 255, "points")
        self.rotation = self.add_int("rotation", 0, 0, 359, "degrees")
        self.reverse = self.add_bool("reverse", False)

    def light_count(self) -> int:
        """As set."""
        return self.lights

    def extent(self) -> Coord3D:
        """A square around the circle."""
        return Coord3D(self.diameter, self.diameter, 1)

    def place(self, positions: "array[int]", start: int) -> None:
        """Light by light along the circle."""
        at = start * 3
        middle = middle_of(self.diameter)
        for i in range(self.lights):
            turn = i * 65536 // self.lights
            angle = angle_of(self.rotation) + (-turn if self.reverse else turn)
            positions[at] = self.x + across(angle, middle, middle)
            positions[at + 1] = self.y + across(angle - 16384, middle, middle)
            positions[at + 2] = self.z
            at += 3
