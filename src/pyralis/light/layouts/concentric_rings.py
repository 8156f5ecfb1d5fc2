"""ConcentricRings: rings around one middle."""

from pyralis.core.controls import is_number
from pyralis.light.circle import across, angle_of, middle_of
from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_MOST_LIGHTS = 4096  # of one ring


class ConcentricRings(Layout):
    """Rings around one middle, each with as many lights as it has, like a disc of 241 lights."""

    def define_controls(self) -> None:
        """Origin, the lights of each ring from the innermost on, size and how the wire runs."""
        super().define_controls()
        self.lights = self.add_text("lights", "1 8 12 16 24 32 40 48 60", 128)
        self.diameter = self.add_int("diameter", 17, 1, 255, "points")
        self.inwards = self.add_bool("inwards", False)
        self.rotation = self.add_int("rotation", 0, 0, 359, "degrees")
        self.reverse = self.add_bool("reverse", False)

    def on_control(self, name: str) -> None:
        """Read the numbers."""
        if name not in ("", "lights"):
            return
        words = self.lights.split()
        if words and all(is_number(word) and 0 < int(word) <= _MOST_LIGHTS for word in words):
            self._counts = [int(word) for word in words]
        else:
            self._counts = []
            example = f"'lights' takes numbers from 1 to {_MOST_LIGHTS}, the innermost ring's first, like 1 8 12 16"
            self.disable_self(example)

    def light_count(self) -> int:
        """All rings together."""
        return sum(self._counts)

    def extent(self) -> Coord3D:
        """A square around the outermost ring."""
        return Coord3D(self.diameter, self.diameter, 1)

    def place(self, positions: "array[int]", start: int) -> None:
        """Ring by ring, each clockwise from the top; rings are evenly apart."""
        at = start * 3
        middle, last = middle_of(self.diameter), len(self._counts) - 1
        first_angle = angle_of(self.rotation)
        for number in range(last, -1, -1) if self.inwards else range(last + 1):
            count = self._counts[number]
            # A single light is the middle, a first ring of more is half a step away from it.
            inner = int(self._counts[0] > 1)
            radius = middle * (2 * number + inner) // (2 * last + inner) if last + inner else 0
            for i in range(count):
                turn = i * 65536 // count
                angle = first_angle + (-turn if self.reverse else turn)
                positions[at] = self.x + across(angle, radius, middle)
                positions[at + 1] = self.y + across(angle - 16384, radius, middle)
                positions[at + 2] = self.z
                at += 3
