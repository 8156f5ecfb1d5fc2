"""Grid: a panel or a block of panels."""

from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

ORIENTATIONS = ("rows", "columns")
STARTS = ("top left", "top right", "bottom left", "bottom right")


class Grid(Layout):
    """A panel of lights in rows or columns, straight or serpentine; with depth, a block of panels."""

    def define_controls(self) -> None:
        """Origin, size and how the wire runs."""
        super().define_controls()
        self.width = self.add_int("width", 16, 1, 1024, "lights")
        self.height = self.add_int("height", 16, 1, 1024, "lights")
        self.depth = self.add_int("depth", 1, 1, 1024, "lights")
        self.orientation = self.add_select("orientation", ORIENTATIONS, "rows")
        self.start = self.add_select("start", STARTS, "top left")
        self.serpentine = self.add_bool("serpentine", False)

    def light_count(self) -> int:
        """One light at every point of the box."""
        return self.width * self.height * self.depth

    def extent(self) -> Coord3D:
        """The size."""
        return Coord3D(self.width, self.height, self.depth)

    def place(self, positions: "array[int]", start: int) -> None:
        """Run by run along the wire; in a serpentine every other run comes back."""
        by_rows = self.orientation == "rows"
        run_length, runs = (self.width, self.height) if by_rows else (self.height, self.width)
        from_right = self.start.endswith("right")
        from_bottom = self.start.startswith("bottom")
        at = start * 3
        for z in range(self.z, self.z + self.depth):
            for run in range(runs):
                back = self.serpentine and run & 1
                for step in range(run_length):
                    along = run_length - 1 - step if back else step
                    x, y = (along, run) if by_rows else (run, along)
                    positions[at] = self.x + (self.width - 1 - x if from_right else x)
                    positions[at + 1] = self.y + (self.height - 1 - y if from_bottom else y)
                    positions[at + 2] = z
                    at += 3
