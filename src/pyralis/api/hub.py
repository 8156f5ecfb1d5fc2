"""The WebSocket hub: each client gets what changed since it last looked, as whole messages, one after the other.

A client has cursors, not queues: a slow one skips preview frames and gets the latest state of everything else.
"""

import asyncio
import gc
import json

from microdot.websocket import WebSocketError

from pyralis.api.answer import error_answer
from pyralis.api.stats import Stats
from pyralis.api.views import module_view, parent_id
from pyralis.core.log import entry_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from microdot.websocket import WebSocket

    from pyralis.api.views import SystemView
    from pyralis.core.manager import ModuleManager


class Hub:
    """All WebSocket clients."""

    def __init__(self, manager: "ModuleManager", system: "SystemView", max_clients: int) -> None:
        self._manager = manager
        self._system = system
        self._max_clients = max_clients
        self._clients: list[_Client] = []
        self._stats = Stats(manager, system)
        services = manager.services
        services.log.on_entry = self._wake_all
        services.preview.on_frame = self._wake_all
        manager.on_change.append(self._wake_all)
        manager.scheduler.on_second.append(self._each_second)

    async def serve(self, socket: "WebSocket") -> None:
        """Serve one client until it goes."""
        if len(self._clients) >= self._max_clients:
            answer = error_answer(
                "too_many_connections", f"at most {self._max_clients} pages at a time: close another one"
            )
            answer.value["event"] = "refused"
            await socket.send(json.dumps(answer.value))
            await socket.close()
            return
        client = _Client(self._manager, self._system, self._stats, socket)
        self._clients.append(client)
        self._manager.services.preview.clients = len(self._clients)
        sender = asyncio.create_task(client.run())
        try:
            while True:
                await socket.receive()  # clients change things over HTTP; what they say here is not needed
        except (WebSocketError, OSError, EOFError, ValueError):
            pass  # the client went away, or sent a text that is none
        finally:
            self._clients.remove(client)
            self._manager.services.preview.clients = len(self._clients)
            sender.cancel()
        await socket.close()

    def _wake_all(self) -> None:
        for client in self._clients:
            client.wake.set()

    def _each_second(self) -> None:
        if not self._clients:
            return
        try:
            self._stats.advance()
        except MemoryError:
            return  # the lights go on, and the next second tells
        for client in self._clients:
            client.retry_positions()
        self._wake_all()


class _Client:
    """The cursors of one client."""

    def __init__(self, manager: "ModuleManager", system: "SystemView", stats: Stats, socket: "WebSocket") -> None:
        self._manager = manager
        self._system = system
        self._stats = stats
        self._socket = socket
        self._revision = 0
        self._shape_revision = -1
        self._log_seq = 0
        self._log_first_seq = manager.services.log.first_seq
        self._frame_sequence = -1
        self._geometry_version = -1
        self._positions_failed = False
        self._stats_second = stats.seconds
        self._has_stats = False
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Send until the client goes or there is no memory to serve it."""
        try:
            await self.send_changes()
        except OSError:
            pass
        except MemoryError:
            gc.collect()
        finally:
            self._socket.request.sock[1].close()

    async def send_changes(self) -> None:
        """Send everything once, then what changes, until cancelled."""
        await self._say({"event": "system", "system": self._system.view()})
        while True:
            await self._send_modules()
            await self._send_log()
            await self._send_preview()
            if self._stats_second != self._stats.seconds:
                stats = self._stats.since(self._stats_second if self._has_stats else -1)
                self._stats_second = self._stats.seconds
                self._has_stats = True
                await self._say(stats)
            await self.wake.wait()
            self.wake.clear()

    async def _send_modules(self) -> None:
        manager = self._manager
        revision = manager.services.revision
        if revision == self._revision:
            return
        modules = manager.modules()
        order = None
        if self._shape_revision != manager.shape_revision:
            # As it is now: a module that comes while these are sent is not in it before a client has seen the module.
            self._shape_revision = manager.shape_revision
            order = [[module.id, parent_id(module)] for module in modules]
        for module in modules:
            if module.revision > self._revision:
                await self._say({"event": "module", "module": module_view(module)})
        if order is not None:
            await self._say({"event": "tree", "order": order})
        self._revision = revision

    async def _send_log(self) -> None:
        log = self._manager.services.log
        if log.first_seq != self._log_first_seq:
            self._log_first_seq = log.first_seq
            await self._say({"event": "log_cleared", "next": log.first_seq})
        for entry in list(log.since(self._log_seq)):
            self._log_seq = entry[0] + 1
            await self._say({"event": "log", "entry": entry_view(entry)})

    async def _send_preview(self) -> None:
        services = self._manager.services
        preview = services.preview
        if preview.positions is not None and preview.geometry_version != self._geometry_version:
            self._geometry_version = preview.geometry_version
            message, error = services.attempt(preview.positions)
            self._positions_failed = isinstance(error, MemoryError)
            if error is None:  # else there is no memory for it, or a layout fails
                await self._socket.send(message)
                message = None
        # What only pleases the eye is the first to give way.
        if preview.frame is not None and preview.sequence != self._frame_sequence and not services.memory.low:
            self._frame_sequence = preview.sequence
            await self._socket.send(preview.frame)  # type: ignore[arg-type]  # any buffer will do

    def retry_positions(self) -> None:
        """Send them where there was no memory for them."""
        if self._positions_failed:
            self._positions_failed = False
            self._geometry_version = -1

    async def _say(self, message: "dict[str, object]") -> None:
        await self._socket.send(json.dumps(message))
