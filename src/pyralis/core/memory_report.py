"""MemoryReport: prints what each stage of the start costs, where asked to; imported only then."""

from pyralis.core.memory import memory_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import Platform


class MemoryReport:
    """Measures the heap after each stage, garbage collected."""

    def __init__(self, platform: "Platform") -> None:
        self._platform = platform
        self._used_bytes = self._measure()

    def stage(self, name: str) -> None:
        """Close a stage with one line in the log's memory format, and what is used now."""
        used_bytes = self._measure()
        free_bytes = self._platform.heap_free_bytes() or 0
        largest_bytes = self._platform.heap_largest_bytes() or 0
        line = memory_line("MemBoot", name, used_bytes - self._used_bytes, free_bytes, largest_bytes)
        self._platform.print_line(f"{line} used={used_bytes}")
        self._used_bytes = self._measure()

    def _measure(self) -> int:
        self._platform.collect_garbage()
        return self._platform.heap_used_bytes()
