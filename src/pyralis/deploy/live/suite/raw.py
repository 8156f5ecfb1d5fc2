"""Bytes as they are, to a device and back: for what no HTTP client would send."""

import socket
from typing import Any
from urllib.parse import urlsplit

from pyralis.deploy.live.suite.http_client import TIMEOUT_S, Answer


def dial(device: Any) -> socket.socket:
    """An open connection to the device."""
    parts = urlsplit(device.base_url)
    return socket.create_connection((parts.hostname, parts.port or 80), TIMEOUT_S)


def send(device: Any, data: bytes) -> Answer:
    """Send bytes, and read the answer to its end; status 0 where none came."""
    with dial(device) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(4096):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split()
    return Answer(int(words[1]) if len(words) > 1 else 0, body)
