"""Exercise: pages that come to a board, all that they ask for, and a change that each of them is told of."""

import contextlib
import gzip
import http.client
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pyralis.deploy.rig import PACKAGE
from pyralis.wire import MAX_BODY_BYTES

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

REQUESTS = 2  # at once, besides the WebSockets
_TIMEOUT_S = 3.0
_LISTS = ("/api/system", "/api/types", "/api/modules", "/api/log")
_ASSET = re.compile(rb'(?:src|href)="(/ui/[^"]+)"')
_FRAME, _POSITIONS = 1, 2  # kinds of binary messages
_OK = http.client.OK
_INVALID = http.client.UNPROCESSABLE_ENTITY


class NotServedError(Exception):
    """A client did not get what it came for."""


@dataclass(frozen=True)
class Load:
    """What comes to a board at once."""

    name: str
    clients: int
    changes: bool = False  # one is told a change of, while others ask for every list
    large: bool = False  # and somebody sends as much as a request may have


class Page:
    """A page with its WebSocket, which has to get everything that pages get."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        # Only those who calibrate need it.
        from websockets.sync.client import connect

        self.largest_bytes = 0  # of its messages
        address = url.replace("http://", "ws://") + "/ws"
        with served("a WebSocket"):
            self._socket: ClientConnection = stack.enter_context(
                connect(address, compression=None, ping_interval=None, open_timeout=_TIMEOUT_S, close_timeout=0.2)
            )

    def expect_everything(self, modules: Sequence[Mapping[str, Any]]) -> None:
        """What a page gets when it comes: system, each module, their order, positions and a frame."""
        missing: set[object] = {"system", "tree", *(module["id"] for module in modules)}
        if any(module["type"] == "Preview" for module in modules):
            missing |= {_FRAME, _POSITIONS}
        for kind, message in self._messages():
            missing.discard(message["module"]["id"] if kind == "module" else kind)
            if not missing:
                return

    def expect_name(self, module_id: str, name: str) -> None:
        """News of a module that has another name now."""
        for kind, message in self._messages():
            if kind == "module" and message["module"]["id"] == module_id and message["module"]["name"] == name:
                return

    def expect_figures(self) -> None:
        """What comes once a second."""
        for kind, _ in self._messages():
            if kind == "stats":
                return

    def _messages(self) -> Iterator[tuple[object, Any]]:
        until_s = time.monotonic() + _TIMEOUT_S
        while True:
            with served("a message"):
                message = self._socket.recv(timeout=max(0.0, until_s - time.monotonic()))
            size_bytes = len(message if isinstance(message, bytes) else message.encode())
            self.largest_bytes = max(self.largest_bytes, size_bytes)
            if isinstance(message, bytes):
                yield message[0], message
            else:
                value = json.loads(message)
                if value["event"] == "refused":
                    raise NotServedError(value["message"])
                yield value["event"], value


def exercise(url: str, load: Load, name: str) -> int:
    """Serve all that comes at once, each page with all it asks for; NotServedError where one does not get it.

    The change is that a module gets another name. Returns the size of the largest message of a WebSocket.
    """
    with ExitStack() as stack, ThreadPoolExecutor(REQUESTS) as requests, ThreadPoolExecutor(load.clients) as readers:
        pages: list[Page] = []
        for _ in range(load.clients):
            modules = json.loads(ask(url, "GET", "/api/modules"))["modules"]
            list(requests.map(lambda path: ask(url, "GET", path), _assets(url)))
            pages.append(Page(url, stack))
            pages[-1].expect_everything(modules)
        first = modules[0]["id"]
        if load.large:
            # Refused for its length, once all of it is read.
            ask(url, "POST", f"/api/modules/{first}/rename", {"name": "x" * (MAX_BODY_BYTES - 100)}, _INVALID)
        if load.changes:
            told = [readers.submit(page.expect_name, first, name) for page in pages]
            lists = [requests.submit(ask, url, "GET", path) for path in _LISTS]
            ask(url, "POST", f"/api/modules/{first}/rename", {"name": name})
            for news in told:
                news.result()
            for answer in lists:
                answer.result()
        list(readers.map(Page.expect_figures, pages))
    return max(page.largest_bytes for page in pages)


def ask(url: str, method: str, path: str, value: object = None, status: int = _OK) -> bytes:
    """The whole answer to a request; NotServedError where there is none, or one with another status."""
    body = None if value is None else json.dumps(value)
    with served(f"{method} {path}"):
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            response = connection.getresponse()
            answer = response.read()
        if response.status != status:
            raise NotServedError(f"{method} {path}: {response.status} {answer[:100]!r}")
        if path.startswith("/api/"):
            json.loads(answer)  # one that breaks off is none
        else:
            gzip.decompress(answer)
    return answer


@contextlib.contextmanager
def served(what: str) -> Iterator[None]:
    """Have all that goes wrong on the way count as not served."""
    # Only those who calibrate need it.
    from websockets.exceptions import WebSocketException

    try:
        yield
    except (OSError, EOFError, ValueError, http.client.HTTPException, WebSocketException) as error:
        raise NotServedError(f"{what}: {type(error).__name__}: {error}") from None


def _assets(url: str) -> list[str]:
    """What the page loads, after the page itself; the first file that it names tells below which path."""
    first = _ASSET.search(gzip.decompress(ask(url, "GET", "/")))
    folder = first[1].decode().rpartition("/")[0] if first else ""
    names = sorted(path.name for path in (PACKAGE / "ui").iterdir() if path.suffix in (".css", ".js"))
    return [f"{folder}/{name}" for name in names if folder]
