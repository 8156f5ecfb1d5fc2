"""The memory guard: refuses an allocation while the board can still say why.

It never searches for the largest free block by trial: on an ESP32 each trial can grow the heap for good.
"""

from pyralis.core.errors import MemoryRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.core.log import Logger
    from pyralis.core.services import Platform

_ANSWER_BYTES = 2048  # the largest block that an answer takes


class MemoryGuard:
    """Hands out buffers as long as `reserve_bytes` stay free for the server and its clients."""

    make_room: "Callable[[], bool] | None" = None  # gives up what can be had again; False where there is nothing

    def __init__(self, platform: "Platform", reserve_bytes: int, log: "Logger") -> None:
        self._platform = platform
        self._log = log
        self.reserve_bytes = reserve_bytes
        self.low = False  # under the reserve: what can do without memory gives way
        self._free_bytes = -1  # when that was last logged
        self.measure()

    def check_alloc(self, size_bytes: int, reserve_bytes: "int | None" = None) -> bool:
        """True where free heap less `size_bytes` stays above the reserve, and there is a block of that size.

        Always true without a limit.
        """
        if self._platform.heap_free_bytes() is None:
            return True
        return self.leaves(size_bytes, reserve_bytes) and self._block(size_bytes) is not None

    def allocate(self, size_bytes: int) -> bytearray:
        """A zeroed buffer of `size_bytes`, or MemoryRefused with the numbers."""
        if not self.leaves(size_bytes):
            raise self.refused(size_bytes)
        buffer = self._block(size_bytes)
        if buffer is None:
            raise self.refused(size_bytes)
        # The allocation itself can grow a heap that shares its memory with the network: look again.
        if not self.leaves(0):
            del buffer
            self._platform.collect_garbage()
            raise self.refused(size_bytes)
        return buffer

    def refused(self, size_bytes: int) -> MemoryRefused:
        """The refusal of so many bytes, with the numbers as they are now."""
        free_bytes = max(0, self._platform.heap_free_bytes() or 0)
        why = f"{free_bytes} are free and {self.reserve_bytes} of them are reserved for the server"
        if free_bytes - size_bytes >= self.reserve_bytes:
            why = f"the {free_bytes} that are free have no block of that size"
        return MemoryRefused(f"needs {size_bytes} bytes, but {why}: make it smaller or remove something", size_bytes)

    def spare_bytes(self) -> int:
        """Free heap above the reserve; 0 without a limit."""
        return max(0, (self._platform.heap_free_bytes() or 0) - self.reserve_bytes)

    def is_exhausted(self) -> bool:
        """True where so little is left, garbage collected, that the server can hardly answer."""
        return self.reserve_bytes > 0 and not self.check_alloc(_ANSWER_BYTES, self.reserve_bytes // 3)

    def measure(self) -> None:
        """Collect garbage and note the figures; logged when free memory falls under the reserve and when it is back."""
        platform = self._platform
        platform.collect_garbage()
        self.used_bytes = platform.heap_used_bytes()
        free_bytes = self.free_bytes = platform.heap_free_bytes()
        self.largest_bytes = platform.heap_largest_bytes()
        if free_bytes is None:
            return
        if self._free_bytes < 0:
            self._free_bytes = free_bytes
        # Some way above the reserve before it counts as over, so that a client that comes and goes is not news.
        low = free_bytes < self.reserve_bytes + (self.reserve_bytes // 8 if self.low else 0)
        if low == self.low:
            return
        self.low = low
        change_bytes = free_bytes - self._free_bytes
        self._free_bytes = free_bytes
        name = "under the reserve" if low else "recovered"
        line = memory_line("MemLive", name, change_bytes, free_bytes, self.largest_bytes or 0)
        (self._log.warning if low else self._log.info)("memory", line)

    def leaves(self, size_bytes: int, reserve_bytes: "int | None" = None) -> bool:
        """True where free heap less `size_bytes` stays above the reserve, in however many blocks."""
        if reserve_bytes is None:
            reserve_bytes = self.reserve_bytes
        free_bytes = self._platform.heap_free_bytes()
        if free_bytes is None or free_bytes >= size_bytes + reserve_bytes:
            return True
        self._platform.collect_garbage()
        while self._platform.heap_free_bytes() < size_bytes + reserve_bytes:  # type: ignore[operator]
            if not self._made_room():
                return False
        return True

    def _block(self, size_bytes: int) -> "bytearray | None":
        for _ in range(2):
            try:
                return self._platform.allocate(size_bytes)
            except MemoryError:  # noqa: PERF203
                if not self._made_room():
                    break
        return None

    def _made_room(self) -> bool:
        if self.make_room is None or not self.make_room():
            return False
        self._platform.collect_garbage()
        return True


def fragmentation_percent(free_bytes: int, largest_bytes: int) -> int:
    """How much of the free memory lies outside the largest block."""
    return 0 if free_bytes <= 0 else 100 - 100 * largest_bytes // free_bytes


def memory_line(tag: str, name: str, delta_bytes: int, free_bytes: int, largest_bytes: int) -> str:
    """The one format for memory in logs: `[MemBoot] name: DeltaKB = FreeKB (frag=X%, largest=YKB)`."""
    fragmentation = fragmentation_percent(free_bytes, largest_bytes)
    return (
        f"[{tag}] {name}: {delta_bytes // 1024}KB = {free_bytes // 1024}KB"
        f" (frag={fragmentation}%, largest={largest_bytes // 1024}KB)"
    )
