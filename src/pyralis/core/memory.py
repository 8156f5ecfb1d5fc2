"""The memory guard: refuses an allocation while the board can still say why.

It never searches for the largest free block by trial: on an ESP32 each trial can grow the heap for good.
"""

from pyralis.core.errors import MemoryRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.log import Logger
    from pyralis.core.services import Platform


class MemoryGuard:
    """Hands out buffers as long as `reserve_bytes` stay free for the server and its clients."""

    def __init__(self, platform: "Platform", reserve_bytes: int, log: "Logger") -> None:
        self._platform = platform
        self._log = log
        self.reserve_bytes = reserve_bytes
        self._low = False

    def check_alloc(self, size_bytes: int, reserve_bytes: "int | None" = None) -> bool:
        """False where free heap less `size_bytes` would fall under the reserve; always true without a limit."""
        free_bytes = self._platform.heap_free_bytes()
        if free_bytes is None:
            return True
        needed_bytes = size_bytes + (self.reserve_bytes if reserve_bytes is None else reserve_bytes)
        if free_bytes >= needed_bytes:
            return True
        self._platform.collect_garbage()
        free_bytes = self._platform.heap_free_bytes()
        return free_bytes is None or free_bytes >= needed_bytes

    def allocate(self, size_bytes: int) -> bytearray:
        """A zeroed buffer of `size_bytes`, or MemoryRefused with the numbers."""
        if not self.check_alloc(size_bytes):
            raise self._refused(size_bytes)
        try:
            buffer = bytearray(size_bytes)
        except MemoryError:
            raise self._refused(size_bytes) from None
        # The allocation itself can grow a heap that shares its memory with the network: look again.
        if not self.check_alloc(0):
            del buffer
            self._platform.collect_garbage()
            raise self._refused(size_bytes)
        return buffer

    def watch(self) -> None:
        """Log once when free memory falls under the reserve, and once when it is back."""
        low = not self.check_alloc(0)
        if low == self._low:
            return
        self._low = low
        if low:
            self._log.warning("memory", f"low: {self._free_text()}, reserve {self.reserve_bytes // 1024} KB")
        else:
            self._log.info("memory", f"recovered: {self._free_text()}")

    def _free_text(self) -> str:
        free_bytes = self._platform.heap_free_bytes()
        return "no limit" if free_bytes is None else f"{free_bytes // 1024} KB free"

    def _refused(self, size_bytes: int) -> MemoryRefused:
        return MemoryRefused(
            f"needs {size_bytes} bytes, but {self._free_text()} and {self.reserve_bytes // 1024} KB"
            " are reserved for the server: make it smaller or remove something"
        )


def fragmentation_percent(free_bytes: int, largest_bytes: int) -> int:
    """How much of the free memory lies outside the largest block."""
    return 0 if free_bytes <= 0 else 100 - 100 * largest_bytes // free_bytes
