"""Cube: its six faces, or all of it."""

from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

PARTS = ("faces", "volume")


class Cube(Layout):
    """A cube with panels on its six faces, or with lights throughout."""

    def define_controls(self) -> None:
        """Origin, size, where lights are and how the wire runs."""
        super().define_controls()
        self.size = self.add_int("size", 8, 1, 64, "lights along an edge")
        self.part = self.add_select("part", PARTS, PARTS[0])
        self.serpentine = self.add_bool("serpentine", False)

    def light_count(self) -> int:
        """Those of six faces, or one at every point."""
        return self.size * self.size * (6 if self.part == PARTS[0] else self.size)

    def extent(self) -> Coord3D:
        """Faces lie around the cube, so that no two share an edge."""
        side = self.size + 2 if self.part == PARTS[0] else self.size
        return Coord3D(side, side, side)

    def place(self, positions: "array[int]", start: int) -> None:
        """Face by face (front, right, back, left, top, bottom), or slice by slice, row by row."""
        at = start * 3
        last = self.size - 1
        on_faces = self.part == PARTS[0]
        for part in range(6 if on_faces else self.size):
            for row in range(self.size):
                for step in range(self.size):
                    column = last - step if self.serpentine and row & 1 else step
                    x, y, z = self._on_face(part, column, row) if on_faces else (column, row, part)
                    positions[at] = self.x + x
                    positions[at + 1] = self.y + y
                    positions[at + 2] = self.z + z
                    at += 3

    def _on_face(self, face: int, column: int, row: int) -> "tuple[int, int, int]":
        """From the top left of a face as one sees it from outside; the top has the front below it."""
        size = self.size
        if face == 0:
            return column + 1, row + 1, 0
        if face == 1:
            return size + 1, row + 1, column + 1
        if face == 2:
            return size - column, row + 1, size + 1
        if face == 3:
            return 0, row + 1, size - column
        if face == 4:
            return column + 1, 0, size - row
        return column + 1, size + 1, row + 1
