"""Fade: the picture before a change melts into the one after it."""

from pyralis.core.errors import MemoryRefused
from pyralis.light.blending import blend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.core.module import Module
    from pyralis.light.driver_layer import DriverLayer

_NORMAL = 0  # of blending's modes


class Fade:
    """A copy of what a driver showed before the set of its layers, effects and modifiers changed."""

    def __init__(self, driver: "DriverLayer") -> None:
        self._driver = driver
        self._before: bytearray | None = None
        self._left_ms = 0
        self._shown = _what_shows(driver)
        self._geometry_version = driver.geometry_version
        self._in_chain = False
        self._next: Callable[[], bool] | None = None

    def _is_changed(self) -> bool:
        """True where another set is there than at the last look; without garbage, since it is asked in each tick."""
        shown, at = self._shown, 0
        for layer in self._driver.children:
            if layer.category == "layer":
                if at == len(shown) or shown[at] is not layer:
                    return True
                at += 1
                for child in layer.children:
                    if at == len(shown) or shown[at] is not child:
                        return True
                    at += 1
        return at != len(shown)

    def start(self) -> bool:
        """Fade from the present picture where the set has changed; True while the picture before is to be seen."""
        driver = self._driver
        is_changed = self._is_changed()
        if self._geometry_version != driver.geometry_version:
            self._geometry_version = driver.geometry_version
            self._before = None  # other lights have no picture before
        elif is_changed and driver.fade_ms and driver.version:
            self._copy()
        if is_changed:
            self._shown = _what_shows(driver)
        return self._before is not None

    def _copy(self) -> None:
        """Keep what is shown now; without memory for that there is no fade."""
        driver, memory = self._driver, self._driver.services.memory
        buffer = driver.buffer
        if buffer is None or memory.low:
            return
        if self._before is None:
            try:
                self._before = driver.allocate(len(buffer))
            except MemoryRefused:
                return
        self._before[:] = buffer
        self._left_ms = driver.fade_ms
        if not self._in_chain:
            self._in_chain = True
            self._next = memory.make_room
            memory.make_room = self._give_way

    def blend(self, buffer: bytearray) -> None:
        """Lay the picture before over that of now, thinner in each tick, and give it back at the end."""
        before, driver = self._before, self._driver
        if before is None and not self._in_chain:
            return
        self._left_ms = min(self._left_ms, driver.fade_ms) - driver.services.elapsed_ms
        if before is None or self._left_ms <= 0 or len(before) != len(buffer):
            self.stop()
            return
        blend(buffer, before, len(buffer), _NORMAL, 255 * self._left_ms // driver.fade_ms)

    def stop(self) -> None:
        """Give the copy back."""
        self._before = None
        memory = self._driver.services.memory
        if self._in_chain and memory.make_room == self._give_way:  # else another one has come after it: stay in between
            memory.make_room = self._next
            self._in_chain = False

    def _give_way(self) -> bool:
        """Memory is short: a change at once is better than none."""
        if self._before is not None:
            self._before = None
            return True
        return self._next is not None and self._next()

    def heap_bytes(self) -> int:
        """Bytes of the copy, which there is while the picture before is to be seen."""
        return len(self._before or b"")


def make(driver: "DriverLayer") -> Fade:
    """One for this driver, under a name that every board has anyway."""
    return Fade(driver)


def _what_shows(driver: "DriverLayer") -> "list[Module]":
    found: list[Module] = []
    for layer in driver.children:
        if layer.category == "layer":
            found.append(layer)
            found.extend(layer.children)
    return found
