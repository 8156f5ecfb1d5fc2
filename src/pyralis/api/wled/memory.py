"""What WLED knows beside what shows: how bright it was before it was switched off, and who this device is."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import Platform

_ID_FILE = "wled-id"
_OWN_PREFIX = "0250"  # of an address that no maker of network cards has


class Level:
    """A brightness that is 0 while it is off, and comes back when it is switched on."""

    def __init__(self) -> None:
        self._last = 255

    def level(self, now: int) -> int:
        """How bright it is, or will be when it is switched on."""
        if now:
            self._last = now
        return self._last

    def change(self, now: int, wanted: "int | None", on: "bool | None") -> int:
        """What it becomes where some level, on or off is wanted."""
        level = self.level(now)
        if wanted is not None:
            level = wanted or level
            self._last = level
            if on is None:
                on = wanted > 0
        if on is None:
            return now
        return level if on else 0


class Remembered:
    """Levels of lights and segment, and the address."""

    def __init__(self, platform: "Platform") -> None:
        self._storage = platform.storage
        self._platform = platform
        self._mac = ""
        self.brightness = Level()
        self.opacity = Level()

    def mac(self, board_id: object) -> str:
        """Twelve hex digits by which clients know this device again; made up and kept where it has no address."""
        if not self._mac:
            self._mac = board_id.replace(":", "").lower() if isinstance(board_id, str) else self._own_mac()
        return self._mac

    def _own_mac(self) -> str:
        kept = self._storage.read(_ID_FILE)
        if kept is not None and len(kept) == 12:
            return kept.decode()
        mac = _OWN_PREFIX + self._platform.random_id()
        try:
            self._storage.write(_ID_FILE, mac.encode())
        except OSError:
            pass  # another one after the next start, which is better than no answer
        return mac
