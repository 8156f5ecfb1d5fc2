"""What tests of the firmware share: a firmware file, a server that has it, and a rig that has never seen it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from firmware_server import FirmwareServer

from pyralis.deploy.build.twin_firmware import make_twin_firmware
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def firmware_file() -> bytes:
    """A firmware for esp32dev."""
    return make_twin_firmware(BOARDS["esp32dev"], "v9.9.9")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A new rig with a cache of its own: what was fetched for another test does not count."""
    made = Rig(tmp_path / "my lights ü")
    make_rig(made.root)
    return made


@pytest.fixture
def server(firmware_file: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[FirmwareServer]:
    """A server that has the firmware."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with FirmwareServer(firmware_file) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made
        finally:
            made.over.set()
            made.shutdown()
            thread.join()
