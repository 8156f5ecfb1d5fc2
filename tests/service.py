"""The API on the fake platform: routes alone, or the real server on a free port of the loopback."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
from stage import Stage

from pyralis.api.answer import Request
from pyralis.api.hub import Hub
from pyralis.api.routes import Routes
from pyralis.api.server import Server
from pyralis.api.views import SystemView
from pyralis.start import build_facts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

MAX_CONNECTIONS = 8
MAX_PAGES = 3
TIMEOUT_S = 30  # no test comes near; it only ends one that hangs


class Service(Stage):
    """What main builds on the core to serve it."""

    def __init__(self) -> None:
        super().__init__()
        self.reboots = 0
        facts = {**self.platform.facts(), "name": "Wall", "instance": "test", "boot_id": "1"}
        facts.update(build_facts({"version": "1.2.3", "commit": "abc", "id": "b1"}))
        self.system = SystemView(self.manager, facts)
        self.routes = Routes(self.manager, self.system, self._reboot)
        self.hub = Hub(self.manager, self.system, MAX_PAGES)
        self.server = Server(self.routes, self.hub, self.platform.assets, MAX_CONNECTIONS)
        self.port = 0
        self.faults: list[dict[str, Any]] = []

    def _reboot(self) -> None:
        self.reboots += 1

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON of an answer of the routes; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        answer = self.routes.handle(Request(method, path, pairs, data))
        parts = answer.parts
        return answer.status, answer.value if parts is None else json.loads("".join(parts))

    def facts(self) -> Any:
        """Everything that a refused request must leave alone."""
        return self.manager.snapshot(), self.tree(), self.services.revision, self.reboots

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """The server, on a port of its own; whatever asyncio reports as unhandled is kept in `faults`."""
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.faults.append(context))
        await self.server.start(self.platform.listen, "127.0.0.1", 0)
        listening: Any = self.server._server
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            await self.server.stop()

    def client(self) -> httpx.AsyncClient:
        """An ordinary HTTP client."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=TIMEOUT_S, trust_env=False)

    async def connect(self, limit: int = 2**16) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to say anything on."""
        return await asyncio.open_connection("127.0.0.1", self.port, limit=limit)

    async def raw(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer to these bytes."""
        reader, writer = await self.connect()
        writer.write(data)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return parse(answer)

    async def quiet(self) -> None:
        """Wait until the server has let go of every connection."""
        while self.server._connections:
            await asyncio.sleep(0)


def parse(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by their small names, and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, value in headers.items()}, body


def served(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test with a server of its own as `service`; nothing may stay unhandled, no connection open."""

    async def run(arguments: dict[str, Any]) -> None:
        service = Service()
        async with asyncio.timeout(TIMEOUT_S), service.serving():
            await test(service=service, **arguments)
            await service.quiet()
        assert service.faults == []

    @functools.wraps(test)
    def wrapper(**arguments: Any) -> None:
        asyncio.run(run(arguments))

    signature = inspect.signature(test)
    rest = [parameter for name, parameter in signature.parameters.items() if name != "service"]
    wrapper.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
    return wrapper
