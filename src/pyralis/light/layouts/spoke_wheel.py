"""SpokeWheel: strips like the spokes of a wheel."""

from pyralis.light.circle import POINT, across, angle_of, middle_of
from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


class SpokeWheel(Layout):
    """Strips like the spokes of a wheel, from its hub to its rim, clockwise from the top."""

    def define_controls(self) -> None:
        """Origin, spokes and their lights, size and how the wire runs."""
        super().define_controls()
        self.spokes = self.add_int("spokes", 12, 1, 128)
        self.lights = self.add_int("lights", 8, 1, 256, "a spoke")
        self.diameter = self.add_int("diameter", 19, 1, 255, "points")
        self.hub = self.add_int("hub", 3, 0, 254, "points without lights")
        self.rotation = self.add_int("rotation", 0, 0, 359, "degrees")
        self.serpentine = self.add_bool("serpentine", False)
        self.reverse = self.add_bool("reverse", False)

    def light_count(self) -> int:
        """All spokes together."""
        return self.spokes * self.lights

    def extent(self) -> Coord3D:
        """A square around the rim."""
        return Coord3D(self.diameter, self.diameter, 1)

    def place(self, positions: "array[int]", start: int) -> None:
        """Spoke by spoke from the hub on; in a serpentine every other one comes back."""
        at = start * 3
        middle, last = middle_of(self.diameter), self.lights - 1
        inner = min(middle, self.hub * POINT // 2)
        for spoke in range(self.spokes):
            turn = spoke * 65536 // self.spokes
            angle = angle_of(self.rotation) + (-turn if self.reverse else turn)
            for step in range(self.lights):
                out = last - step if self.serpentine and spoke & 1 else step
                radius = inner + (middle - inner) * out // last if last else middle
                positions[at] = self.x + across(angle, radius, middle)
                positions[at + 1] = self.y + across(angle - 16384, radius, middle)
                positions[at + 2] = self.z
                at += 3
