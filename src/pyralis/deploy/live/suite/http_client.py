"""HTTP as the tests need it: a connection a request, as devices want it, and a third of httpx's time for each."""

from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT_S = 5.0


class Answer(NamedTuple):
    """What a device answers."""

    status: int
    body: bytes


class HttpClient:
    """Requests to one device."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "", parts.port or 80

    def request(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Status and body of the answer."""
        connection = HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()
