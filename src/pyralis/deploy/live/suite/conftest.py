"""Fixtures of the live suite. It talks HTTP and WebSocket to one device and knows nothing else of it.

- `device`: the device under test: `base_url`, `ws_url`, `id`, `platform`, `build_id`, `instance`; `system()` reads
  `/api/system`; `restart()` reboots it over HTTP and returns once it serves again, with another boot id.
- `http`: an `httpx.Client` whose base URL is the device: `http.get("/api/modules")`.
- `connect`: opens a WebSocket to `/ws`; every socket is closed at the end of its test: `socket = connect()`.

Nothing is tested before the device has shown that it is the process the runner started, running the build it should.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import websockets.sync.client
from websockets.sync.client import ClientConnection

from pyralis.deploy.live.context import VARIABLE, Context, from_environment

pytest_plugins = ("pyralis.deploy.live.suite.fixtures",)  # those for what tests do with a device

READY_TIMEOUT_S = 15.0
REQUEST_TIMEOUT_S = 5.0
_RETRY_S = 0.02
_REFUSED = 3  # exit status of a suite that will not test this device


class Device:
    """The device under test."""

    def __init__(self, context: Context, http: httpx.Client) -> None:
        self.id = context.id
        self.type = context.type
        self.platform = context.platform
        self.base_url = context.url
        self.ws_url = context.url.replace("http://", "ws://") + "/ws"
        self.build_id = context.build_id
        self.instance = context.instance
        self._http = http

    def system(self) -> dict[str, Any]:
        """What `/api/system` answers."""
        response = self._http.get("/api/system")
        assert response.status_code == 200
        system: dict[str, Any] = response.json()
        return system

    def wait(self, timeout_s: float = READY_TIMEOUT_S, not_boot_id: str = "") -> dict[str, Any]:
        """Wait until it answers, after a restart with another boot id; returns what `/api/system` says."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            try:
                system = self.system()
                if system["boot_id"] != not_boot_id:
                    return system
            except httpx.TransportError:
                pass  # it does not listen yet
            assert time.monotonic() < deadline_s, f"{self.base_url} does not serve within {timeout_s:g} s"
            time.sleep(_RETRY_S)

    def restart(self) -> dict[str, Any]:
        """Reboot it over HTTP and wait; returns what `/api/system` says afterwards."""
        boot_id = self.system()["boot_id"]
        assert self._http.post("/api/reboot", json={}).is_success
        return self.wait(not_boot_id=boot_id)


def refuse(context: Context, system: dict[str, Any]) -> str:
    """Why this device must not be tested; empty where it may."""
    build_id, instance = system.get("build", {}).get("id"), system.get("instance")
    if context.instance and instance != context.instance:
        return f"{context.url} is another process: its instance is '{instance}', and '{context.instance}' was started"
    if build_id != context.build_id:
        return f"{context.url} runs another build: '{build_id}', and '{context.build_id}' is to be tested"
    return ""


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """An HTTP client for the device."""
    context = from_environment()
    if context is None:
        pytest.exit(f"the live suite is started by `pyralis livetest`, which sets {VARIABLE}", _REFUSED)
    # A device closes each connection; keeping them would mean retrying.
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=context.url, timeout=REQUEST_TIMEOUT_S, limits=limits, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session", autouse=True)
def device(http: httpx.Client) -> Device:
    """The device under test, which has shown that it is the right one."""
    context = from_environment()
    assert context is not None
    found = Device(context, http)
    reason = refuse(context, found.wait())
    if reason:
        pytest.exit(reason, _REFUSED)
    return found


@pytest.fixture
def connect(device: Device) -> Iterator[Callable[[], ClientConnection]]:
    """Opens WebSockets that are closed at the end of the test."""
    with ExitStack() as sockets:

        def open_socket() -> ClientConnection:
            # Without a limit to its queue: a client that stops reading would not see that the device closes, either.
            opened = websockets.sync.client.connect(
                device.ws_url, open_timeout=REQUEST_TIMEOUT_S, proxy=None, compression=None, max_queue=None
            )
            return sockets.enter_context(opened)

        yield open_socket
