"""Sphere: rings of lights over the skin of a ball."""

from pyralis.light.circle import across, angle_of, middle_of, sine
from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_HALF_TURN = 32768
_SINE_OF_A_QUARTER = 4064


class Sphere(Layout):
    """A ball of rings one below the other, the lights evenly apart; each clockwise as seen from above."""

    def define_controls(self) -> None:
        """Origin, rings, lights of the longest one, size and how the wire runs."""
        super().define_controls()
        self.rings = self.add_int("rings", 11, 1, 128)
        self.lights = self.add_int("lights", 32, 1, 512, "round the middle")
        self.diameter = self.add_int("diameter", 13, 1, 100, "points")
        self.rotation = self.add_int("rotation", 0, 0, 359, "degrees")
        self.bottom_up = self.add_bool("bottom_up", False)
        self.serpentine = self.add_bool("serpentine", False)

    def light_count(self) -> int:
        """All rings together."""
        return sum([self._ring_count(ring) for ring in range(self.rings)])

    def extent(self) -> Coord3D:
        """A box around the ball."""
        return Coord3D(self.diameter, self.diameter, self.diameter)

    def _latitude(self, ring: int) -> int:
        return (2 * ring + 1) * _HALF_TURN // (2 * self.rings)

    def _ring_count(self, ring: int) -> int:
        return max(1, (self.lights * sine(self._latitude(ring)) + _SINE_OF_A_QUARTER // 2) // _SINE_OF_A_QUARTER)

    def place(self, positions: "array[int]", start: int) -> None:
        """Ring by ring; in a serpentine every other one runs the other way."""
        at = start * 3
        middle = middle_of(self.diameter)
        for number in range(self.rings):
            ring = self.rings - 1 - number if self.bottom_up else number
            latitude, count = self._latitude(ring), self._ring_count(ring)
            radius = middle * sine(latitude) // _SINE_OF_A_QUARTER
            y = self.y + across(latitude - 16384, middle, middle)
            for i in range(count):
                turn = i * 65536 // count
                angle = angle_of(self.rotation) + (-turn if self.serpentine and number & 1 else turn)
                positions[at] = self.x + across(angle, radius, middle)
                positions[at + 1] = y
                positions[at + 2] = self.z + across(angle - 16384, radius, middle)
                at += 3
