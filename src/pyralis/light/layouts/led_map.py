"""LedMap: lights where a file of the rig says."""

from pyralis.core.controls import consists_of
from pyralis.light.blending import GAP
from pyralis.light.coord import Coord3D
from pyralis.light.layout import Layout
from pyralis.light.map_file import MAX_COORDINATE, NO_LIGHT, MapFile
from pyralis.wire import MAPS_FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from pyralis.core.services import Services

_NAME_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


class LedMap(Layout):
    """Lights where a JSON file in the rig's folder maps says: WLED's ledmap, or a list of x, y, z of each light."""

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self._count = 0
        self._size = Coord3D(0, 0, 0)

    def define_controls(self) -> None:
        """Origin, the file, and how wide the picture of a ledmap is that does not say it."""
        super().define_controls()
        self.file = self.add_text("file", "", 64)
        self.width = self.add_int("width", 0, 0, MAX_COORDINATE + 1, "points, 0 as the file says")

    def on_control(self, name: str) -> None:
        """Read the file through, to see how many lights there are and how far away."""
        if name not in ("", "file", "width"):
            return
        self._count = 0
        self._size = Coord3D(0, 0, 0)
        if not self.file or not self.setup_ok:
            return
        if not self.file.endswith(".json") or not consists_of(self.file, _NAME_CHARS):
            self.disable_self("file takes the name of a file in the rig's folder maps, like ledmap.json")
            return
        try:
            self._measure()
        except OSError:
            self.disable_self(f"the rig has no file maps/{self.file}: put it there; a board gets it by a build")
        except ValueError as error:
            self.disable_self(f"maps/{self.file} cannot be used: {error}")

    def _measure(self) -> None:
        stream = self.services.platform.open(f"{MAPS_FOLDER}/{self.file}")
        try:
            found = MapFile(stream)
            number = last = right = bottom = back = -1
            for x, y, z in found.entries():
                number += 1
                if x != NO_LIGHT:
                    last, right, bottom, back = number, max(right, x), max(bottom, y), max(back, z)
        finally:
            stream.close()
        if last < 0:
            raise ValueError("it has no light in it")
        if found.is_ledmap:  # what counts up there are the points, and what was taken for x are the lights
            width = self.width or found.width or number + 1
            self._count, self._size = right + 1, Coord3D(width, last // width + 1, 1)
        else:
            self._count, self._size = number + 1, Coord3D(right + 1, bottom + 1, back + 1)

    def light_count(self) -> int:
        """As in the file; lights that it leaves out stay dark."""
        return self._count

    def extent(self) -> Coord3D:
        """As far as the lights of the file reach."""
        return self._size

    def place(self, positions: "array[int]", start: int) -> None:
        """Read the file a second time, rather than keep what was in it."""
        for i in range(3 * start, 3 * (start + self._count), 3):
            positions[i] = GAP
        if not self._count:
            return
        stream = self.services.platform.open(f"{MAPS_FOLDER}/{self.file}")
        try:
            found = MapFile(stream)
            for number, (x, y, z) in enumerate(found.entries()):
                if x == NO_LIGHT:
                    continue
                if found.is_ledmap:
                    self._put(positions, start, x, number % self._size.x, number // self._size.x, 0)
                else:
                    self._put(positions, start, number, x, y, z)
        finally:
            stream.close()

    def _put(self, positions: "array[int]", start: int, light: int, x: int, y: int, z: int) -> None:
        if light < self._count:  # else the file has changed meanwhile
            at = 3 * (start + light)
            positions[at] = self.x + x
            positions[at + 1] = self.y + y
            positions[at + 2] = self.z + z

    def health_report(self) -> str:
        """Says also when no file is chosen."""
        report = super().health_report()
        return "Waiting for the name of a file" if report == "OK" and not self.file else report
