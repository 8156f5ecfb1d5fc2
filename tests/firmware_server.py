"""A real HTTP server on this machine, with the faults that servers have."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FILE_NAME = "ESP32_GENERIC-20260101-v9.9.9.bin"


class FirmwareServer(ThreadingHTTPServer):
    """Answers `/good/…` with `content`, and other paths with a fault each."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.asked: list[str] = []
        self.half_sent = threading.Event()  # of what stalls
        self.over = threading.Event()

    def url(self, fault: str = "good", name: str = FILE_NAME) -> str:
        """An address on it."""
        return f"http://127.0.0.1:{self.server_port}/{fault}/{name}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: FirmwareServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        fault = self.path.split("/")[1]
        getattr(self, f"_{fault}")()

    def _good(self, content: bytes | None = None) -> None:
        content = self.server.content if content is None else content
        self._begin(len(content))
        self.wfile.write(content)

    def _begin(self, size: int | None = None) -> None:
        self.send_response(200)
        if size is not None:
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def _missing(self) -> None:
        self.send_error(404)

    def _truncated(self) -> None:
        self._begin(len(self.server.content))
        self.wfile.write(self.server.content[:-1000])

    def _stalled(self) -> None:
        self._begin(len(self.server.content))
        self.wfile.write(self.server.content[: len(self.server.content) // 2])
        self.wfile.flush()
        self.server.half_sent.set()
        self.server.over.wait()

    def _slow(self) -> None:
        self._begin(len(self.server.content))
        for position in range(len(self.server.content)):
            self.wfile.write(self.server.content[position : position + 1])

    def _endless(self) -> None:
        self._begin()
        while not self.server.over.is_set():
            self.wfile.write(bytes(1 << 16))

    def _announced(self) -> None:
        self._begin(1 << 40)
        self.wfile.write(b"x")
        self.wfile.flush()
        self.server.over.wait()

    def _changed(self) -> None:
        self._good(self.server.content[:-1] + b"\0")

    def _longer(self) -> None:
        self._good(self.server.content + b"\xff")

    def _moved(self) -> None:
        self._go(self.path.replace("/moved/", "/good/"))

    def _circle(self) -> None:
        self._go(self.path)

    def _inward(self) -> None:
        self._go("file:///etc/hostname")

    def _go(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # its name there
        """Nothing to tell."""
