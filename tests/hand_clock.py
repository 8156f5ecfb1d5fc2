"""A clock that tests move by hand."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable


class HandTimer:
    """What was asked to happen later."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Let it not happen."""
        self.callback = None


class HandClock:
    """Time that stands still until `advance`."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._count = itertools.count()
        self._timers: list[tuple[float, int, HandTimer]] = []

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._now_s

    def call_later(self, delay: float, callback: Callable[[], None], /) -> HandTimer:
        """Call back once time has come so far."""
        timer = HandTimer(callback)
        heapq.heappush(self._timers, (self._now_s + delay, next(self._count), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, and all happen that is due."""
        end_s = self._now_s + seconds
        while self._timers and self._timers[0][0] <= end_s:
            self._now_s, _, timer = heapq.heappop(self._timers)
            if timer.callback is not None:
                timer.callback()
        self._now_s = end_s
