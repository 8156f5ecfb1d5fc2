"""A line that takes its time: hands bytes on in their order, each piece when it is due."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

_MAX_PENDING_BYTES = 1024 * 1024


class Timer(Protocol):
    """What can be called off."""

    def cancel(self) -> None:
        """Let it not happen."""


class Clock(Protocol):
    """Time as an event loop of asyncio has it."""

    def time(self) -> float:
        """Seconds since some moment."""

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Timer:
        """Call back after so many seconds."""


class DelayLine:
    """Carries bytes to `deliver`; what is too much to be carried is lost."""

    def __init__(self, clock: Clock, deliver: Callable[[bytes], None]) -> None:
        self._clock = clock
        self._deliver = deliver
        self._pending: deque[tuple[float, bytes]] = deque()
        self._pending_bytes = 0
        self._busy_until_s = 0.0
        self._timer: Timer | None = None

    def put(self, data: bytes, *, late_s: float = 0.0, lasts_s: float = 0.0) -> None:
        """Carry data: they set off after `late_s`, and after all before them, and take `lasts_s`."""
        now_s = self._clock.time()
        due_s = max(now_s + late_s, self._busy_until_s) + lasts_s
        if not self._pending and due_s <= now_s:
            self._deliver(data)
        elif self._pending_bytes + len(data) <= _MAX_PENDING_BYTES:
            self._busy_until_s = due_s
            self._pending.append((due_s, data))
            self._pending_bytes += len(data)
            self._wait()

    def clear(self) -> None:
        """Lose what is under way."""
        self._pending.clear()
        self._pending_bytes = 0
        self._busy_until_s = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        if self._timer is None and self._pending:
            self._timer = self._clock.call_later(max(0.0, self._pending[0][0] - self._clock.time()), self._arrive)

    def _arrive(self) -> None:
        self._timer = None
        now_s = self._clock.time()
        while self._pending and self._pending[0][0] <= now_s:
            data = self._pending.popleft()[1]
            self._pending_bytes -= len(data)
            self._deliver(data)
        self._wait()
