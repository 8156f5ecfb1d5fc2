"""Ring: lights on a circle."""

from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout
from pyralis.light.tables import SINE

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
        """Angles are 16-bit turns; the sine between two entries of the table is interpolated."""
        at = start * 3
        for i in range(self.lights):
            turn = i * 65536 // self.lights
            angle = (self.rotation * 65536 // 360 + (-turn if self.reverse else turn)) & 0xFFFF
            positions[at] = self.x + self._project(angle)
            positions[at + 1] = self.y + self._project(angle - 16384)
            positions[at + 2] = self.z
            at += 3

    def _project(self, angle: int) -> int:
        # SINE runs from 1 to 255 around 128: (sine + 127) * (diameter - 1) / 254, rounded.
        low = (angle >> 8) & 255
        fraction = angle & 255
        sine = (SINE[low] * (256 - fraction) + SINE[(low + 1) & 255] * fraction) >> 8
        return (max(0, sine - 1) * (self.diameter - 1) + 127) // 254
