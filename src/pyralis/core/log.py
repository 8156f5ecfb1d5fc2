"""The log: one ring of recent entries that console, API and page read; state changes, never heartbeats."""

from pyralis.core.controls import plain_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Entry = tuple[int, int, str, str, str]

INFO = "info"
WARNING = "warning"
ERROR = "error"

MAX_TEXT_CHARS = 400
_ENTRY_OVERHEAD_BYTES = 16


# One entry: sequence number (rises by one, never repeats), uptime in ms, level, source, text. A tuple, because on a
# board an object costs three times as much.
class Logger:
    """A ring bounded in entries and bytes; the oldest entries give way, and sequence numbers show the gap."""

    def __init__(
        self,
        uptime_ms: "Callable[[], int]",
        sink: "Callable[[str], None]",
        max_entries: int = 64,
        max_bytes: int = 8192,
    ) -> None:
        self._uptime_ms = uptime_ms
        self._sink = sink
        self._entries: list[Entry] = []
        self._bytes = 0
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self.next_seq = 1
        self.first_seq = 0  # of those that were not cleared
        self.on_entry: Callable[[], None] | None = None

    def info(self, source: str, text: str) -> None:
        """Log a change of state."""
        self._append(INFO, source, text)

    def warning(self, source: str, text: str) -> None:
        """Log what works on, but not as asked."""
        self._append(WARNING, source, text)

    def error(self, source: str, text: str) -> None:
        """Log what does not work."""
        self._append(ERROR, source, text)

    def since(self, seq: int) -> "Iterator[Entry]":
        """The entries that are still there from `seq` on, oldest first."""
        return (entry for entry in self._entries if entry[0] >= seq)

    def clear(self) -> None:
        """Forget all entries; sequence numbers go on."""
        self._entries.clear()
        self._bytes = 0
        self.first_seq = self.next_seq
        self._tell()

    def _append(self, level: str, source: str, text: str) -> None:
        try:
            self._keep(level, source, text)
        except MemoryError:
            self.halve()  # the log yields before anything else does: who logs a fault must not fail by it
        self._tell()

    def halve(self) -> None:
        """Forget the older half, for its memory."""
        for _ in range((len(self._entries) + 1) // 2):
            self._bytes -= _size_bytes(self._entries.pop(0))

    def _tell(self) -> None:
        if self.on_entry is not None:
            self.on_entry()

    def _keep(self, level: str, source: str, text: str) -> None:
        if len(text) > MAX_TEXT_CHARS:
            text = text[: MAX_TEXT_CHARS - 3] + "..."
        text = plain_text(text)
        entry = (self.next_seq, self._uptime_ms(), level, source, text)
        self.next_seq += 1
        self._entries.append(entry)
        self._bytes += _size_bytes(entry)
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._bytes -= _size_bytes(self._entries.pop(0))
        self._sink(f"[{level}] {source}: {text}")


def _size_bytes(entry: "Entry") -> int:
    return len(entry[3].encode()) + len(entry[4].encode()) + _ENTRY_OVERHEAD_BYTES


def entry_view(entry: "Entry") -> "dict[str, object]":
    """An entry as the API shows it."""
    return {"seq": entry[0], "ms": entry[1], "level": entry[2], "source": entry[3], "text": entry[4]}
