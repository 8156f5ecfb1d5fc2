"""Changes: who subscribed to a resource is told when it changed, whoever changed it: each is looked at once a second.

Clients of protocol 2026-07-28 listen on a stream, older ones subscribe and unsubscribe; both are served.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated, ServerEvent
from mcp_types import (
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

LOOK_S = 1.0

Look = Callable[[str], Hashable]  # the state of a resource: another one after each change
Ctx = ServerRequestContext[Any, Any]


class Changes:
    """Looks at what somebody subscribed to, and at nothing else."""

    def __init__(self, look: Look, every_s: float = LOOK_S) -> None:
        self._look = look
        self._every_s = every_s
        self._bus = InMemorySubscriptionBus()
        self._listen = ListenHandler(self._bus)
        self._watched: dict[str, _Watched] = {}
        self._subscribed: dict[tuple[int, str], Callable[[], None]] = {}  # by older clients: which one, and to what

    async def listen(self, ctx: Ctx, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        """Serve one stream of notices to its end."""
        async with self._watching(params.notifications.resource_subscriptions or ()):
            return await self._listen(ctx, params)

    async def subscribe(self, ctx: Ctx, params: SubscribeRequestParams) -> EmptyResult:
        """Tell a session of an older protocol of one resource."""
        key, sending = (_client(ctx), params.uri), set[asyncio.Task[None]]()

        def tell(event: ServerEvent) -> None:
            if event == ResourceUpdated(uri=params.uri):
                task = asyncio.create_task(ctx.session.send_resource_updated(params.uri))
                sending.add(task)
                task.add_done_callback(sending.discard)

        if key not in self._subscribed:
            await self._begin(params.uri)
            self._subscribed[key] = self._bus.subscribe(tell)
        return EmptyResult()

    async def unsubscribe(self, ctx: Ctx, params: UnsubscribeRequestParams) -> EmptyResult:
        """Tell it no more."""
        if forget := self._subscribed.pop((_client(ctx), params.uri), None):
            forget()
            self._end(params.uri)
        return EmptyResult()

    @asynccontextmanager
    async def _watching(self, uris: Iterable[str]) -> AsyncIterator[None]:
        begun = []
        try:
            for uri in dict.fromkeys(uris):
                await self._begin(uri)
                begun.append(uri)
            yield
        finally:
            for uri in begun:
                self._end(uri)

    async def _begin(self, uri: str) -> None:
        # Before the client is told that it will be told.
        state = await self._state(uri)
        watched = self._watched.get(uri)
        if watched is None:
            watched = self._watched[uri] = _Watched(asyncio.create_task(self._follow(uri, state)))
        watched.subscribers += 1

    def _end(self, uri: str) -> None:
        watched = self._watched[uri]
        watched.subscribers -= 1
        if not watched.subscribers:
            watched.task.cancel()
            del self._watched[uri]

    async def _follow(self, uri: str, state: Hashable) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            before, state = state, await self._state(uri)
            if state != before:
                await self._bus.publish(ResourceUpdated(uri=uri))

    async def _state(self, uri: str) -> Hashable:
        return await anyio.to_thread.run_sync(partial(self._look, uri), abandon_on_cancel=True)


def _client(ctx: Ctx) -> int:
    """Which client it is: each request has a session of its own, but the greeting is that of the connection."""
    return id(ctx.session.client_params)


@dataclass
class _Watched:
    task: "asyncio.Task[None]"
    subscribers: int = 0


def add_changes(server: MCPServer[None], changes: Changes) -> None:
    """Give a server its notices of changes."""
    # The one way to serve older clients, which the SDK's own documents name; MCPServer passes nothing on.
    serve = server._lowlevel_server.add_request_handler  # noqa: SLF001
    serve("subscriptions/listen", SubscriptionsListenRequestParams, changes.listen)
    serve("resources/subscribe", SubscribeRequestParams, changes.subscribe)
    serve("resources/unsubscribe", UnsubscribeRequestParams, changes.unsubscribe)
