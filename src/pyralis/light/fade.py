"""Fade: the picture before a change melts into the one after it."""

from pyralis.core.errors import MemoryRefused
from pyralis.light.blending import blend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.core.module import Module
    from pyralis.light.driver_layer import DriverLayer

_SHOWS = ("layer", "effect", "modifier")
_NORMAL = 0  # of blending's modes


class Fade:
    """A copy of what a driver showed before the set of its layers, effects and modifiers changed."""

    def __init__(self, driver: "DriverLayer") -> None:
        self._driver = driver
        self._before: bytearray | None = None
        self._left_ms = 0
        self._shown = _what_shows(driver)
        self._in_chain = False
        self._next: Callable[[], bool] | None = None

    def runs(self) -> bool:
        """True while the picture before is still to be seen."""
        return self._before is not None

    def look(self) -> None:
        """Start anew where the set is not that of the look before; without memory for a copy there is no fade."""
        shown, driver = _what_shows(self._driver), self._driver
        if shown == self._shown:
            return
        self._shown = shown
        buffer, memory = driver.buffer, driver.services.memory
        if buffer is None or not driver.version or memory.low:
            return
        if self._before is None or len(self._before) != len(buffer):
            self._before = None
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

    def mix(self, buffer: bytearray) -> None:
        """Lay the picture before over that of now, thinner in each tick, and give it back at the end."""
        before, driver = self._before, self._driver
        self._left_ms -= driver.services.elapsed_ms
        if before is None or self._left_ms <= 0 or len(before) != len(buffer):
            self.stop()
            return
        blend(buffer, before, len(buffer), _NORMAL, 255 * self._left_ms // max(self._left_ms, driver.fade_ms))

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
        """Bytes of the copy."""
        return len(self._before or b"")


def fade_for(driver: "DriverLayer") -> "Fade | None":
    """What a driver with this `fade_ms` needs."""
    if driver.fade_ms:
        return driver.fade or Fade(driver)
    if driver.fade is not None:
        driver.fade.stop()
    return None


def _what_shows(driver: "DriverLayer") -> "list[Module]":
    return [module for module in driver.walk() if module.category in _SHOWS]
