"""Clients as a board meets them: pages that read or do not, and who stays silent, breaks off or talks rubbish."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
# What somebody sends who is no client, each on a connection that is then cut.
RUBBISH = {
    "nothing": b"",
    "half a line": b"GET /api/mod",
    "half a head": b"POST /api/modules HTTP/1.1\r\nContent-Length: 50\r\n",
    "half a body": b'POST /api/modules HTTP/1.1\r\nContent-Length: 50\r\n\r\n{"type": "Gr',
    "no JSON": b"POST /api/modules HTTP/1.1\r\nContent-Length: 9\r\n\r\n{[}]{[}]x",
    "a deep list": b"POST /api/modules HTTP/1.1\r\nContent-Length: 4000\r\n\r\n" + b"[" * 4000,
    "a long text": b"POST /api/modules HTTP/1.1\r\nContent-Length: 8000\r\n\r\n{" + b'"a' * 4000,
    "too large": b"POST /api/modules HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 20000,
    "below zero": b"POST /api/modules HTTP/1.1\r\nContent-Length: -5\r\n\r\nxxxxx",
    "an endless line": b"GET /" + b"x" * 30000,
    "endless headers": b"GET / HTTP/1.1\r\n" + b"X-A: y\r\n" * 2000,
    "bytes": bytes(range(256)) * 8,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500,
    "an answer nobody reads": b"GET /api/modules HTTP/1.1\r\n\r\n",
    "a page that nobody reads": b"GET / HTTP/1.1\r\n\r\n",
    "a frame too long": HANDSHAKE + b"\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff",
    "a broken frame": HANDSHAKE + b"\x00\x01\x02\xff\xff\xff",
}
_TOO_MANY = b"too_many_connections"
_FIRST_MESSAGES = (b'"boot_id"', _TOO_MANY)
_TIMEOUT_S = 1.0
_LOOK_S = 0.05


class Clients:
    """Those that are connected now."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: list[socket.socket] = []

    def __len__(self) -> int:
        return len(self._open)

    def page(self, *, reads: bool) -> bool:
        """A page connects, and reads all that comes or nothing more; False where it is told that there are too many."""
        connection = self._dial()
        connection.sendall(HANDSHAKE)
        first = _read_until(connection, _FIRST_MESSAGES)
        if _TOO_MANY in first or not first:
            _read_until(connection, ())  # the board closes it
            _cut(connection, abruptly=False)
            return False
        self._open.append(connection)
        if reads:
            threading.Thread(target=_read_away, args=(connection,), daemon=True).start()
        return True

    def silence(self) -> None:
        """Somebody connects and says nothing."""
        self._open.append(self._dial())

    def rubbish(self, data: bytes, *, abruptly: bool) -> None:
        """Somebody sends this and goes."""
        connection = self._dial()
        with suppress(OSError):  # the board has had enough of it
            connection.sendall(data)
        _cut(connection, abruptly=abruptly)

    def crowd(self, count: int) -> None:
        """So many connect at once, ask and go; who does not come in at once gives up."""
        connections = []
        for _ in range(count):
            connection = socket.socket()
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", self._port))
            connections.append(connection)
        for connection in connections:
            with suppress(OSError):
                connection.send(b"GET /api/modules HTTP/1.1\r\n\r\n")
        for connection in connections:
            _cut(connection, abruptly=True)

    def leave(self, number: int, *, abruptly: bool) -> None:
        """One of them goes."""
        _cut(self._open.pop(number % len(self._open)), abruptly=abruptly)

    def close(self) -> None:
        """All go."""
        while self._open:
            _cut(self._open.pop(), abruptly=True)

    def _dial(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port), _TIMEOUT_S)


def _cut(connection: socket.socket, *, abruptly: bool) -> None:
    if abruptly:  # with a reset, as when a phone leaves the network
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        with suppress(OSError):  # the board was first
            connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _read_until(connection: socket.socket, words: Sequence[bytes]) -> bytes:
    """What comes until one of the words is in it, or the end; TimeoutError where neither comes in time."""
    data = b""
    while not any(word in data for word in words):
        part = connection.recv(1024)
        if not part:
            break
        data += part
    return data


def _read_away(connection: socket.socket) -> None:
    connection.settimeout(_LOOK_S)  # so that it ends soon when the test closes it
    while True:
        try:
            if not connection.recv(65536):
                return
        except TimeoutError:
            continue
        except OSError:
            return
