"""The contract of a platform, as type checkers see it; host only, the board needs no types.

Services (core/services.py) see a narrower face of the same object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from pyralis.api.answer import Answer, Request
    from pyralis.api.server import Assets, Listener, Serve
    from pyralis.core.log import Logger
    from pyralis.core.module import Module
    from pyralis.core.services import Platform as ServicePlatform
else:
    ServicePlatform = Protocol


class Platform(ServicePlatform, Protocol):
    """Everything the runtime wants from a machine."""

    name: str  # `cpython`, `micropython`, `esp32` or `fake`
    max_connections: int
    log_bytes: int
    reserve_bytes: int

    @property
    def assets(self) -> Assets:
        """The page."""

    def facts(self) -> dict[str, object]:
        """platform, implementation, chip, reset_reason."""

    def build(self) -> dict[str, str]:
        """version, commit and id of the running build."""

    def rig(self) -> dict[str, object]:
        """The rig file: name and first module tree; an empty object where there is none."""

    async def join_network(self, host: str, log: Logger) -> tuple[str, str]:
        """Bring the network up; returns the address to listen on and the one to show."""

    async def listen(self, serve: Serve, host: str, port: int) -> Listener:
        """Have `serve` called for each client; OSError where the port is taken."""

    def run(self, main: Coroutine[Any, Any, int]) -> int:
        """Run an event loop until `main` returns."""

    def watch_heap(self, root: Module, attempt: Callable[..., object]) -> None:
        """Where memory is a budget: what counts is held below `root`, or by a call that `attempt` makes."""

    async def sleep_ms(self, duration_ms: int) -> None:
        """Let other tasks run for so long."""

    def on_stop(self, call: Callable[[], None]) -> None:
        """Call when the machine's owner wants the runtime to end (SIGINT, SIGTERM)."""

    def after_interrupt(self) -> bool:
        """Make good what an interrupt may have broken, so that the runtime can close; True where something was."""

    def start_compiling(self) -> str:
        """Compile kernels behind the running server; returns a warning where that is not possible."""

    # Only a platform with pins has `open_pins(numbers, timing)`, which gives a LedPort or raises Refusal.

    def routes(self) -> dict[str, Callable[[str, Request], Answer]]:
        """Paths below /api that only this platform has."""
