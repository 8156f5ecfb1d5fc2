"""Client: one request to a device, with errors that say what to do."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from pyralis.deploy.errors import UserError

TIMEOUT_S = 5.0


def get_json(base_url: str, path: str, timeout_s: float = TIMEOUT_S) -> Any:
    """The JSON value that a device answers; UserError where it does not."""
    return _ask("GET", base_url, path, timeout_s)


def post(base_url: str, path: str, timeout_s: float = TIMEOUT_S) -> None:
    """Ask a device to do something; UserError where it does not."""
    _ask("POST", base_url, path, timeout_s)


def host_and_port(base_url: str) -> tuple[str, int]:
    """Where an address leads; UserError where it is none of a device."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port or 80
    except ValueError:  # of a port or a bracket
        parts, host, port = urlsplit(""), None, 0
    is_whole = parts.scheme == "http" and parts.path in ("", "/") and not (parts.query or parts.fragment)
    if not host or not is_whole or "@" in parts.netloc or not base_url.isprintable() or " " in base_url:
        raise UserError(
            f"{base_url!r} is not an address of a device",
            whose="the option or the device list",
            todo="write it as http://192.168.1.50 or http://127.0.0.1:8080",
        )
    return host, port


def _ask(method: str, base_url: str, path: str, timeout_s: float) -> Any:
    connection = http.client.HTTPConnection(*host_and_port(base_url), timeout=timeout_s)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise UserError(
            f"{base_url} does not answer: {str(error) or type(error).__name__}",
            whose="the device's or the network's",
            todo="check that it runs: `pyralis run` starts one on this machine",
        ) from None
    finally:
        connection.close()
    if response.status not in (http.client.OK, http.client.ACCEPTED):
        raise UserError(f"{base_url}{path} answers {response.status}: {body[:200].decode('utf-8', 'replace')}")
    try:
        return json.loads(body)
    except ValueError:
        raise UserError(
            f"{base_url}{path} does not answer with JSON",
            whose="the address: something else than Pyralis answers there",
            todo="check the address and the port",
        ) from None
