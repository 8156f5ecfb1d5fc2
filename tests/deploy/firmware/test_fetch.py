"""Fetching over HTTP: whole or not at all, in time or not at all."""

from __future__ import annotations

import socket
from itertools import count
from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.errors import UserError
from pyralis.deploy.firmware import fetch as module
from pyralis.deploy.firmware.fetch import DEADLINE_S, fetch

if TYPE_CHECKING:
    from firmware_server import FirmwareServer

    from pyralis.deploy.steps import Event, Step

LIMIT_BYTES = 4 * 1024 * 1024


def refusal(url: str, step: Step, limit_bytes: int = LIMIT_BYTES) -> UserError:
    with pytest.raises(UserError) as raised:
        fetch(url, step, limit_bytes=limit_bytes)
    assert raised.value.whose
    assert raised.value.todo
    return raised.value


def test_file_comes_whole_and_its_progress_is_told(server: FirmwareServer, step: Step, events: list[Event]) -> None:
    assert fetch(server.url(), step, limit_bytes=LIMIT_BYTES) == server.content
    told = [event for event in events if event.kind == "progress"]
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert (told[-1].done, told[-1].total) == (1536, 1536)
    assert told[-1].text == "KB of ESP32_GENERIC-20260101-v9.9.9.bin"


def test_redirect_is_followed(server: FirmwareServer, step: Step) -> None:
    assert fetch(server.url("moved"), step, limit_bytes=LIMIT_BYTES) == server.content


def test_address_that_is_not_there(server: FirmwareServer, step: Step) -> None:
    assert refusal(server.url("missing"), step).what == f"{server.url('missing')} answers 404 Not Found"


def test_body_that_ends_early(server: FirmwareServer, step: Step) -> None:
    error = refusal(server.url("truncated"), step)
    assert error.what.startswith(f"cannot fetch {server.url('truncated')}: peer closed connection")


def test_server_that_says_no_more(server: FirmwareServer, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_IDLE_S", 0.05)
    assert refusal(server.url("stalled"), step).what.endswith(": no answer in time")


def test_server_that_drips(server: FirmwareServer, step: Step) -> None:
    minutes = count(step=60)
    with pytest.raises(UserError, match=r"takes too long: [0-9]+ KB came in time"):
        fetch(server.url("slow"), step, limit_bytes=LIMIT_BYTES, now=lambda: float(next(minutes)))
    assert next(minutes) > DEADLINE_S


@pytest.mark.parametrize("fault", ["endless", "announced"])
def test_more_than_there_is_room_for(server: FirmwareServer, step: Step, fault: str) -> None:
    assert f"and there is room for {LIMIT_BYTES}" in refusal(server.url(fault), step).what


def test_redirects_in_a_circle(server: FirmwareServer, step: Step) -> None:
    assert "redirects" in refusal(server.url("circle"), step).what
    assert len(server.asked) < 10


def test_redirect_to_a_file_of_this_machine(server: FirmwareServer, step: Step) -> None:
    assert "protocol" in refusal(server.url("inward"), step).what


def test_nobody_listens(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and never listening
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/a.bin"
        assert refusal(url, step).what.startswith(f"cannot fetch {url}: ")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a.bin", "http://[::1/a.bin", "http://127.0.0.1:port/a"])
def test_what_is_no_address(step: Step, url: str) -> None:
    assert refusal(url, step).whose == "the address"


def test_run_that_is_cancelled(server: FirmwareServer, step: Step) -> None:
    step.cancelled.set()
    with pytest.raises(KeyboardInterrupt):
        fetch(server.url(), step, limit_bytes=LIMIT_BYTES)
