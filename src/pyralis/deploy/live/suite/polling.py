"""The one way in which the suite waits for what no event tells: ask again until a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

DEADLINE_S = 5.0
_PAUSE_S = 0.01

T = TypeVar("T")


def until(ask: Callable[[], T], what: str, deadline_s: float = DEADLINE_S) -> T:
    """The first answer that is true; AssertionError says what was waited for and what the last answer was."""
    end_s = time.monotonic() + deadline_s
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end_s:
            raise AssertionError(f"{what}: not within {deadline_s:g} s, the last answer is {answer!r}")
        time.sleep(_PAUSE_S)
