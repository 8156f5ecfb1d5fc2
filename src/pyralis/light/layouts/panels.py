"""Panels: a wall made of panels."""

from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout
from pyralis.light.layouts.grid import ORIENTATIONS, STARTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


class Panels(Layout):
    """A wall of equal panels in columns and rows; wiring within a panel, and from panel to panel, is set apart."""

    def define_controls(self) -> None:
        """Origin, panels, their size, and how the wire runs through and within them."""
        super().define_controls()
        self.columns = self.add_int("columns", 2, 1, 64, "panels")
        self.rows = self.add_int("rows", 2, 1, 64, "panels")
        self.panel_width = self.add_int("panel_width", 8, 1, 256, "lights")
        self.panel_height = self.add_int("panel_height", 8, 1, 256, "lights")
        self.panels_orientation = self.add_select("panels_orientation", ORIENTATIONS, ORIENTATIONS[0])
        self.panels_start = self.add_select("panels_start", STARTS, STARTS[0])
        self.panels_serpentine = self.add_bool("panels_serpentine", False)
        self.orientation = self.add_select("orientation", ORIENTATIONS, ORIENTATIONS[0])
        self.start = self.add_select("start", STARTS, STARTS[0])
        self.serpentine = self.add_bool("serpentine", False)

    def light_count(self) -> int:
        """Those of all panels."""
        return self.columns * self.rows * self.panel_width * self.panel_height

    def extent(self) -> Coord3D:
        """The wall."""
        return Coord3D(self.columns * self.panel_width, self.rows * self.panel_height, 1)

    def place(self, positions: "array[int]", start: int) -> None:
        """Panel by panel, light by light."""
        panels = along_wire(self.columns, self.rows, self.panels_orientation, self.panels_start, self.panels_serpentine)
        lights = along_wire(self.panel_width, self.panel_height, self.orientation, self.start, self.serpentine)
        at = start * 3
        for panel in panels:
            left = self.x + panel % self.columns * self.panel_width
            top = self.y + panel // self.columns * self.panel_height
            for light in lights:
                positions[at] = left + light % self.panel_width
                positions[at + 1] = top + light // self.panel_width
                positions[at + 2] = self.z
                at += 3


def along_wire(width: int, height: int, orientation: str, start: str, serpentine: bool) -> "array[int]":
    """The fields of a grid, numbered row by row from the top left, in the order of the wire."""
    from array import array

    found = array("H", bytes(2 * width * height))
    by_rows = orientation == "rows"
    length = width if by_rows else height
    for i in range(width * height):
        run, step = i // length, i % length
        if serpentine and run & 1:
            step = length - 1 - step
        x, y = (step, run) if by_rows else (run, step)
        if start.endswith("right"):
            x = width - 1 - x
        if start.startswith("bottom"):
            y = height - 1 - y
        found[i] = y * width + x
    return found
