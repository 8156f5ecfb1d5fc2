"""KvStore: settings in one JSON file, replaced as a whole, never half-written.

It owns when to save and what to do with a file that cannot be read; the platform owns how a file is replaced.
"""

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from pyralis.core.log import Logger

    class Storage(Protocol):
        """Named byte strings that outlive the process."""

        def read(self, name: str) -> "bytes | None":
            """The bytes kept under `name`, or None."""

        def write(self, name: str, data: bytes) -> None:
            """Replace what is kept under `name` in one step, or OSError and the old bytes stay."""

        def set_aside(self, name: str) -> str:
            """Move a broken file out of the way and return its new name."""


SETTLE_MS = 1000  # a save waits until no change came for that long …
LONGEST_DELAY_MS = 5000  # … but not longer than this
_RETRY_MS = 10_000


class KvStore:
    """Keys and JSON values with saves that are debounced, retried and flushed at shutdown."""

    def __init__(self, storage: "Storage", file_name: str, log: "Logger") -> None:
        self._storage = storage
        self._file_name = file_name
        self._log = log
        self._values: dict[str, object] = {}
        self._providers: dict[str, Callable[[], object]] = {}
        self._changed_ms = -1  # how long ago the first unsaved change came; negative: nothing to save
        self._quiet_ms = 0
        self._failed_ms = 0  # how long ago the storage last refused
        self._failing = False

    def load(self) -> bool:
        """Read the file; False where there was none or it had to be set aside."""
        from pyralis.core.loading import read_settings

        values = read_settings(self._storage, self._file_name, self._log)
        self._values = values or {}
        return values is not None

    def get(self, key: str, default: object = None) -> object:
        """The value of a key."""
        return self._values.get(key, default)

    def set(self, key: str, value: object) -> None:
        """Set a value that `json` can write; it is saved a little later."""
        self._values[key] = value
        self.mark_changed()

    def provide(self, key: str, call: "Callable[[], object]") -> object:
        """Have the value of a key made when it is saved; returns the one loaded, which is not kept here any longer."""
        self._providers[key] = call
        return self._values.pop(key, None)

    def mark_changed(self) -> None:
        """Save a little later what the providers say then."""
        self._quiet_ms = 0
        self._changed_ms = max(self._changed_ms, 0)

    def advance(self, elapsed_ms: int) -> None:
        """Let time pass, and save where a change has settled."""
        if self._changed_ms < 0:
            return
        self._changed_ms += elapsed_ms
        self._quiet_ms += elapsed_ms
        self._failed_ms += elapsed_ms
        if self._failing:
            if self._failed_ms >= _RETRY_MS:
                self.flush()
        elif self._quiet_ms >= SETTLE_MS or self._changed_ms >= LONGEST_DELAY_MS:
            self.flush()

    def advance_second(self) -> None:
        """Let a second pass."""
        self.advance(1000)

    def flush(self) -> bool:
        """Save now what is not saved yet; False where the storage would not take it (it is tried again)."""
        if self._changed_ms < 0:
            return True
        try:
            self._storage.write(self._file_name, self._dump())
        except (OSError, MemoryError) as error:
            self._failed_ms = 0
            if not self._failing:
                self._log.error("store", f"settings cannot be saved, will be tried again: {error}")
            self._failing = True
            return False
        if self._failing:
            self._log.info("store", "settings are saved again")
        self._failing = False
        self._changed_ms = -1
        return True

    def _dump(self) -> bytes:
        values = dict(self._values)
        for key in self._providers:
            values[key] = self._providers[key]()
        return json.dumps(values).encode()
