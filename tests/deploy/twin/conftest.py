"""What tests of virtual boards share: flash, loaders, and hosts that talk to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loader_host import MB, Host, model

from pyralis.deploy.twin.faults import parse_faults
from pyralis.deploy.twin.flash_chip import FlashChip
from pyralis.deploy.twin.loader import Loader


@pytest.fixture
def flash(tmp_path: Path) -> Iterator[FlashChip]:
    """An empty flash of 1 MB."""
    chip = FlashChip(tmp_path / "my flash.bin", MB)
    yield chip
    chip.close()


@pytest.fixture
def make_host(flash: FlashChip) -> Callable[..., Host]:
    """A host with the loader of a platform, which has faults."""

    def make(platform: str = "esp32dev", *faults: str, stub: bool = False) -> Host:
        host = Host(Loader(model(platform, flash.size_bytes), flash, parse_faults(faults)))
        if stub:
            host.start_stub()
        return host

    return make


@pytest.fixture
def rom(make_host: Callable[..., Host]) -> Host:
    """A host of the ROM loader of an ESP32."""
    return make_host()


@pytest.fixture
def stub(make_host: Callable[..., Host]) -> Host:
    """A host of the stub loader of an ESP32."""
    return make_host(stub=True)
