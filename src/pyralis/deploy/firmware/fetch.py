"""Fetch: one file over HTTP, whole or not at all, within a time that somebody set."""

import time
from collections.abc import Callable

import httpx

from pyralis.deploy.errors import UserError
from pyralis.deploy.steps import Step

DEADLINE_S = 300.0
_CONNECT_S = 10.0
_IDLE_S = 20.0  # without a byte
_KB = 1024
_WHOSE = "the server's or the network's"


def fetch(
    url: str, step: Step, *, limit_bytes: int, deadline_s: float = DEADLINE_S, now: Callable[[], float] = time.monotonic
) -> bytes:
    """What the address answers; UserError where that is not a whole file of at most `limit_bytes` in time."""
    until_s = now() + deadline_s
    timeout = httpx.Timeout(_IDLE_S, connect=_CONNECT_S)
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=5) as client,
            client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                text = f"{url} answers {answer.status_code} {answer.reason_phrase}".rstrip()
                raise UserError(text, whose="the address or the server's", todo="check the address in a browser")
            return _read(answer, url, step, limit_bytes, until_s, now)
    except httpx.UnsupportedProtocol as error:
        raise UserError(f"{url}: {error}", whose="the address", todo="give one with https:// or http://") from None
    except httpx.InvalidURL as error:
        raise UserError(f"'{url}' is no address: {error}", whose="the address", todo="check it") from None
    except httpx.HTTPError as error:
        raise UserError(
            f"cannot fetch {url}: {_reason(error)}",
            whose=_WHOSE,
            todo="try again, or fetch the file by hand and give it with --firmware FILE",
        ) from None


def _read(
    answer: httpx.Response, url: str, step: Step, limit_bytes: int, until_s: float, now: Callable[[], float]
) -> bytes:
    expected = int(answer.headers.get("Content-Length") or 0)
    name = answer.url.path.rpartition("/")[2]
    data = bytearray()
    for chunk in answer.iter_bytes():
        data += chunk
        if max(len(data), expected) > limit_bytes:
            text = f"{url} gives {max(len(data), expected)} bytes or more, and there is room for {limit_bytes}"
            raise UserError(text, whose="the address: this is not the file", todo="check the address")
        if now() > until_s:
            raise UserError(
                f"{url} takes too long: {len(data) // _KB} KB came in time",
                whose=_WHOSE,
                todo="try again, or fetch the file by hand and give it with --firmware FILE",
            )
        if step.cancelled.is_set():
            raise KeyboardInterrupt
        step.progress(len(data) // _KB, expected // _KB, f"KB of {name}")
    return bytes(data)


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return str(error) or type(error).__name__
