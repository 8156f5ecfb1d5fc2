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
        self._own_ms = 0  # how long this fade takes where that is not what the driver says
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
        own_ms = self._take_own()
        length_ms = driver.fade_ms if own_ms is None else own_ms
        if self._geometry_version != driver.geometry_version:
            self._geometry_version = driver.geometry_version
            self._before = None  # other lights have no picture before
        elif is_changed and not length_ms:
            self._before = None
        elif is_changed and driver.version:
            self._own_ms = own_ms or 0
            self._copy(length_ms)
        if is_changed:
            self._shown = _what_shows(driver)
        return self._before is not None

    def _take_own(self) -> "int | None":
        """How long the change takes that may have come with this tick, None where it is what the driver says."""
        services = self._driver.services
        following: tuple[DriverLayer, int] | None = getattr(services, "next_fade", None)
        if following is None or following[0] is not self._driver:
            return None
        services.next_fade = None
        return following[1]

    def _copy(self, length_ms: int) -> None:
        """Keep what is shown now, for so long; without memory for that there is no fade."""
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
        self._left_ms = length_ms
        if not self._in_chain:
            self._in_chain = True
            self._next = memory.make_room
            memory.make_room = self._give_way

    def blend(self, buffer: bytearray) -> None:
        """Lay the picture before over that of now, thinner in each tick, and give it back at the end."""
        before, driver = self._before, self._driver
        if before is None and not self._in_chain:
            return
        length_ms = self._own_ms or driver.fade_ms
        self._left_ms = min(self._left_ms, length_ms) - driver.services.elapsed_ms
        if before is None or self._left_ms <= 0 or len(before) != len(buffer):
            self.stop()
            return
        blend(buffer, before, len(buffer), _NORMAL, 255 * self._left_ms // length_ms)

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


def fade_next(driver: "DriverLayer", length_ms: int) -> None:
    """Have the change that is about to come take so long, 0 for at once, whatever `fade_ms` is."""
    driver.services.next_fade = (driver, length_ms) if length_ms or driver.fade_ms else None
    if length_ms and not driver.fade_ms:
        try:
            driver.fade_ms = 1  # once this is set, a driver has a fade
            driver.on_control("")
        finally:
            driver.fade_ms = 0


def _what_shows(driver: "DriverLayer") -> "list[Module]":
    found: list[Module] = []
    for layer in driver.children:
        if layer.category == "layer":
            found.append(layer)
            found.extend(layer.children)
    return found
