"""A page on `/ws`: reads messages in their order until the one comes that a test waits for."""

import json
import time
from collections.abc import Callable
from typing import Any

from websockets.sync.client import ClientConnection

from pyralis.deploy.live.suite.polling import DEADLINE_S
from pyralis.deploy.live.suite.preview_decoder import Frame, Positions, decode

Message = dict[str, Any] | Frame | Positions


def _anything(_message: Any) -> bool:
    return True


class Watcher:
    """One WebSocket client."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def message(self, timeout_s: float = DEADLINE_S) -> Message:
        """The next message; TimeoutError where none comes."""
        message = self._socket.recv(timeout_s)
        if isinstance(message, bytes):
            return decode(message)
        event: dict[str, Any] = json.loads(message)
        return event

    def event(self, name: str, fits: Callable[[dict[str, Any]], bool] = _anything) -> dict[str, Any]:
        """The next event of that name that fits."""
        found = self._next(dict, lambda event: event["event"] == name and fits(event), f"an event '{name}'")
        assert isinstance(found, dict)
        return found

    def next_event(self) -> dict[str, Any]:
        """The next event."""
        found = self._next(dict, _anything, "an event")
        assert isinstance(found, dict)
        return found

    def module(self, module_id: str, fits: Callable[[dict[str, Any]], bool] = _anything) -> dict[str, Any]:
        """The module of that id, as soon as it fits."""
        found = self.event("module", lambda event: event["module"]["id"] == module_id and fits(event["module"]))
        module: dict[str, Any] = found["module"]
        return module

    def log_entry(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next log entry that fits."""
        entry: dict[str, Any] = self.event("log", lambda event: fits(event["entry"]))["entry"]
        return entry

    def frame(self, fits: Callable[[Frame], bool] = _anything, what: str = "a frame") -> Frame:
        """The next preview frame that fits."""
        found = self._next(Frame, fits, what)
        assert isinstance(found, Frame)
        return found

    def positions(self, lights: int, fits: Callable[[Positions], bool] = _anything) -> Positions:
        """The next places of so many lights."""
        found = self._next(
            Positions, lambda found: len(found.points) == lights and fits(found), f"places of {lights} lights"
        )
        assert isinstance(found, Positions)
        return found

    def pending(self) -> list[Message]:
        """What has come already."""
        found: list[Message] = []
        while True:
            try:
                found.append(self.message(0))
            except TimeoutError:
                return found

    def _next(self, kind: type[Any], fits: Callable[[Any], bool], what: str) -> Message:
        end_s = time.monotonic() + DEADLINE_S
        last: Message | None = None
        while True:
            try:
                message = self.message(max(0.001, end_s - time.monotonic()))
            except TimeoutError:
                raise AssertionError(f"{what} does not come within {DEADLINE_S:g} s; last came {last!r:.300}") from None
            if isinstance(message, kind):
                last = message
                if fits(message):
                    return last
