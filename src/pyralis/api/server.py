"""The HTTP server around the pure routes, with limits on connections, bodies and time.

It owns sockets and their faults; microdot parses requests and frames WebSocket messages, routes.py decides what
a request means.
"""

import asyncio
import gc
import json

from microdot.microdot import Request as HttpRequest
from microdot.websocket import WebSocket

from pyralis.api.answer import Answer, Request, error_answer
from pyralis.wire import MAX_BODY_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, Protocol

    from pyralis.api.hub import Hub
    from pyralis.api.routes import Routes

    class Assets(Protocol):
        """The page's files, gzipped, and the hash they have in common."""

        @property
        def version(self) -> str:
            """Hash of all files."""

        def open(self, name: str) -> "Any":
            """The gzipped file as bytes or as a stream, or None."""

    class Listener(Protocol):
        """What accepts connections."""

        def close(self) -> None:
            """Accept no more."""

    Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
    Listen = Callable[[Serve, str, int], Awaitable[Listener]]


REQUEST_TIMEOUT_S = 10
_MAX_DISCARD_BYTES = 1048576
_COPY_BYTES = 1024
_LAST_ANSWER_TIMEOUT_S = 1
_MAX_HEAD_BYTES = 4096  # request line and headers; browsers send some 500
_LINGER_S = 0.05  # for the rest of what was no request


class Server:
    """Serves API, page and WebSocket on one port."""

    def __init__(self, routes: "Routes", hub: "Hub", assets: "Assets", max_connections: int) -> None:
        self._routes = routes
        self._hub = hub
        self._assets = assets
        self._max_connections = max_connections
        self._connections = 0
        self._answering = 0
        self._last_answer: asyncio.Event | None = None
        self._server: Listener | None = None

    async def start(self, listen: "Listen", host: str, port: int) -> None:
        """Listen with the platform's `listen`; returns once connections are accepted."""
        HttpRequest.max_content_length = HttpRequest.max_body_length = MAX_BODY_BYTES
        self._server = await listen(self._serve, host, port)

    async def stop(self) -> None:
        """Accept no more connections, and let those that are being answered have their answer."""
        if self._server is not None:
            self._server.close()
        if self._answering:
            self._last_answer = asyncio.Event()
            try:
                await asyncio.wait_for(self._last_answer.wait(), _LAST_ANSWER_TIMEOUT_S)
            except asyncio.TimeoutError:
                pass

    def _dispatch(self, request: "HttpRequest") -> "Response":
        path = request.path
        if request.content_length > MAX_BODY_BYTES:
            return error_response("too_large", f"a body has at most {MAX_BODY_BYTES} bytes")
        if "Transfer-Encoding" in request.headers:
            return error_response("bad_request", "a body in chunks is not read here: send it with Content-Length")
        method = "GET" if request.method == "HEAD" else request.method
        if path.startswith("/api/") or "json" in path:  # those that clients of WLED ask for; the page has none
            return to_response(self._routes.handle(Request(method, path, request.args, request.body or b"")))
        if method != "GET":
            return error_response("method_not_allowed", "this path takes GET")
        if path == "/":
            return self._asset(request, "index.html", immutable=False)
        if path == "/ws":
            return error_response("bad_request", "this path takes a WebSocket handshake")
        parts = path.split("/")
        if len(parts) == 4 and parts[1] == "ui":
            return self._asset(request, parts[3], immutable=parts[2] == self._assets.version)
        return error_response("unknown_route", "there is nothing at this path: the page is at /")

    def _asset(self, request: "HttpRequest", name: str, immutable: bool) -> "Response":
        etag = f'"{self._assets.version}"'
        if request.headers.get("If-None-Match") == etag:
            return Response(304, "", b"", f"ETag: {etag}\r\n")
        body = self._assets.open(name)
        if body is None:
            return error_response("unknown_route", f"the page has no file '{name}'")
        cache = "max-age=31536000, immutable" if immutable else "no-cache"
        kind = name.rpartition(".")[2]  # css, html or js: the page has no others
        if kind == "js":
            kind = "javascript"
        return Response(
            200,
            f"text/{kind}; charset=utf-8",
            body,
            f"Content-Encoding: gzip\r\nCache-Control: {cache}\r\nETag: {etag}\r\n",
        )

    async def _serve(self, reader: "asyncio.StreamReader", writer: "asyncio.StreamWriter") -> None:
        self._connections += 1
        try:
            socket = await self._answer(reader, _AsyncWriter(writer))
            if socket is not None:
                await self._hub.serve(socket)
        except (OSError, asyncio.TimeoutError, EOFError, asyncio.CancelledError):
            abort(writer)  # the client went away, or never spoke, or does not take its answer; or the runtime ends
        except MemoryError:
            gc.collect()  # this client is closed, everything else goes on
        finally:
            self._connections -= 1
            await _close(writer)

    async def _answer(self, reader: "asyncio.StreamReader", writer: "Any") -> "WebSocket | None":
        """Answer one request; a WebSocket handshake gives its socket, with nothing left of the request."""
        if self._connections > 2 * self._max_connections:
            return None  # not even time to say why
        request = await asyncio.wait_for(self._read(reader, writer), REQUEST_TIMEOUT_S)
        if request is None:
            response = error_response("bad_request", "this is not an HTTP request that can be read")
        elif self._connections > self._max_connections:
            response = error_response(
                "too_many_connections",
                f"at most {self._max_connections} connections at a time: close one or try again",
            )
            response.headers += "Refresh: 1\r\n"  # for a browser that wants the page: it asks again by itself
        elif request.path == "/ws" and wants_websocket(request.headers):
            socket = WebSocket(request)
            await socket.handshake()
            socket.request = writer  # of the request the socket needs no more than `sock`
            writer.sock = request.sock
            return socket
        else:
            response = self._dispatch(request)
        self._answering += 1
        try:
            await asyncio.wait_for(response.write(writer, request), REQUEST_TIMEOUT_S)
        finally:
            self._answering -= 1
            if self._last_answer is not None and not self._answering:
                self._last_answer.set()
        if request is None or "Transfer-Encoding" in request.headers:
            await _discard(reader, _MAX_DISCARD_BYTES, _LINGER_S)
        elif request.content_length > MAX_BODY_BYTES:
            # Through the request's own reader, which holds the beginning of the body already.
            await _discard(request.sock[0], min(request.content_length, _MAX_DISCARD_BYTES), REQUEST_TIMEOUT_S)
        return None

    async def _read(self, reader: "asyncio.StreamReader", writer: "Any") -> "Any":
        try:
            return await HttpRequest.create(None, _RequestReader(reader), writer, ("", 0))  # type: ignore[arg-type]
        except (ValueError, IndexError, UnicodeError, EOFError):
            return None


class _RequestReader:
    """The stream as microdot reads it, with a bound on the head: a line without end would take all memory."""

    def __init__(self, reader: "asyncio.StreamReader") -> None:
        self._reader = reader
        self._pending = b""
        self._left_bytes = _MAX_HEAD_BYTES

    async def readline(self) -> bytes:
        """The next line of the head; ValueError where the head is too long."""
        while b"\n" not in self._pending and len(self._pending) <= self._left_bytes:
            data = await self._reader.read(_COPY_BYTES)
            if not data:
                break
            self._pending += data
        line = self._take(self._pending.find(b"\n") + 1 or len(self._pending))
        self._left_bytes -= len(line)
        if self._left_bytes < 0:
            raise ValueError  # which is answered with 400
        return line

    async def readexactly(self, size_bytes: int) -> bytes:
        """So many bytes of the body, or of a WebSocket message."""
        if size_bytes < 0:
            raise ValueError  # a length of a request, as above
        data = self._take(size_bytes)
        if len(data) < size_bytes:
            data += await self._reader.readexactly(size_bytes - len(data))
        return data

    async def read(self, size_bytes: int) -> bytes:
        """Up to so many bytes."""
        return self._take(size_bytes) or await self._reader.read(size_bytes)

    def _take(self, size_bytes: int) -> bytes:
        data = self._pending[:size_bytes]
        self._pending = self._pending[size_bytes:]
        return data


class Response:
    """Status, headers and a body: bytes, a binary stream, or the parts of a text.

    Not microdot's, which writes each header on its own: here a small answer is one packet and a long one is streamed.
    """

    def __init__(self, status: int, content_type: str, body: "Any", headers: str) -> None:
        self.status = status
        self._content_type = content_type
        self.headers = headers
        self._body = body

    async def write(self, writer: "_AsyncWriter", request: "HttpRequest | None") -> None:
        """Write everything; the end of the connection ends a body of unknown length."""
        body = self._body
        reason = "OK" if self.status < 400 else "Error"
        head = f"HTTP/1.0 {self.status} {reason}\r\n{self.headers}Connection: close\r\n"
        if self._content_type:
            head += f"Content-Type: {self._content_type}\r\n"
        if isinstance(body, bytes):
            head += f"Content-Length: {len(body)}\r\n"
        head += "\r\n"
        if request is not None and request.method == "HEAD":
            body = b""
        try:
            if isinstance(body, bytes):
                await writer.awrite(head.encode() + body)
            else:
                await writer.awrite(head.encode())
                await _copy(body, writer)
        finally:
            if hasattr(self._body, "close"):
                self._body.close()


async def _copy(body: "Any", writer: "_AsyncWriter") -> None:
    if not hasattr(body, "read"):
        for part in body:
            await writer.awrite(part.encode())
        return
    data = body.read(_COPY_BYTES)
    while data:
        await writer.awrite(data)
        data = body.read(_COPY_BYTES)


class _AsyncWriter:
    """A stream as microdot's WebSocket wants it, on either interpreter; whole messages never mix."""

    def __init__(self, writer: "asyncio.StreamWriter") -> None:
        self._writer = writer
        self._lock = asyncio.Lock()
        self.close = writer.close

    async def awrite(self, data: bytes) -> None:
        """Write and wait until the client takes it."""
        async with self._lock:
            self._writer.write(data)
            await self._writer.drain()


async def _discard(reader: "Any", size_bytes: int, timeout_s: float) -> None:
    """Read what the client still sends: closing with unread bytes resets the connection, and it may miss its answer."""
    try:
        await asyncio.wait_for(_read_away(reader, size_bytes), timeout_s)
    except asyncio.TimeoutError:
        pass


async def _read_away(reader: "Any", size_bytes: int) -> None:
    while size_bytes > 0:
        data = await reader.read(_COPY_BYTES)
        if not data:
            return
        size_bytes -= len(data)


async def _close(writer: "asyncio.StreamWriter") -> None:
    try:
        writer.close()
        await writer.wait_closed()
    except OSError:
        pass


def wants_websocket(headers: "dict[str, str]") -> bool:
    """True for the headers of a WebSocket handshake."""
    upgrade, connection = headers.get("Upgrade", ""), headers.get("Connection", "")
    return upgrade.lower() == "websocket" and "upgrade" in connection.lower() and "Sec-WebSocket-Key" in headers


def abort(writer: "asyncio.StreamWriter") -> None:
    """Drop what a client does not take; else CPython would wait for it for ever before it closes."""
    transport = getattr(writer, "transport", None)  # MicroPython has none, and closes at once
    if transport is not None:
        transport.abort()


def to_response(answer: Answer) -> "Response":
    """The response that carries an answer."""
    body: Any = answer.parts
    if body is None:
        body = json.dumps(answer.value).encode()
    return Response(answer.status, "application/json", body, "Cache-Control: no-store\r\n")


def error_response(code: str, message: str) -> "Response":
    """The response to a request that the routes do not see."""
    return to_response(error_answer(code, message))
