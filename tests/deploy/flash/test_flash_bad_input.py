"""What cannot be flashed: nothing is begun, and the error says what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from virtual_boards import entry

from pyralis.deploy.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.deploy.rig import Rig

pytestmark = pytest.mark.usefixtures("micropython")


@pytest.fixture
def refused(
    rig: Rig, write_devices: Callable[..., None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """What `pyralis flash` tells where it does not begin."""
    monkeypatch.chdir(rig.root)

    def run(*words: str, devices: tuple[dict[str, Any], ...] = (entry("wall-1"),)) -> dict[str, Any]:
        write_devices(*devices)
        assert main(["flash", "--json", *words]) == 1
        last: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert last["event"] == "error"
        assert not (rig.private / "boards").exists()
        assert all(path.read_bytes().strip(b"\xff") == b"" for path in rig.private.glob("twins/*/flash.bin"))
        return last

    return run


def test_firmware_that_is_missing(refused: Callable[..., dict[str, Any]]) -> None:
    error = refused(devices=(entry("wall-1"), entry("wall-2", serial="/dev/ttyUSB0")))
    assert error["error"] == "no firmware is pinned for esp32dev"
    assert "--firmware" in error["todo"]


def test_group_and_platform_without_boards(refused: Callable[..., dict[str, Any]]) -> None:
    devices = (entry("wall-1"), entry("ceiling-1", group="ceiling"), entry("ceiling-2", "esp32c3", group="ceiling"))
    error = refused("--group", "wal", devices=devices)
    assert error["error"] == "no device matches: type esp32, group wal, test True"
    assert "group: ceiling, wall" in error["details"]
    error = refused("--platform", "esp32s3", devices=devices)
    assert "platform: esp32c3, esp32dev" in error["details"]
    error = refused("--device", "wall-7", devices=devices)
    assert error["error"] == "there is no device 'wall-7'"


def test_settings_larger_than_their_partition(rig: Rig, refused: Callable[..., dict[str, Any]]) -> None:
    (rig.root / "data").mkdir()
    (rig.root / "data" / "film.bin").write_bytes(bytes(range(256)) * 8192)
    error = refused("--flashfs")
    assert "the partition 'data' has" in error["error"]
    assert error["todo"] == "take files out of the rig's folder data/"


def test_device_that_is_no_board(refused: Callable[..., dict[str, Any]]) -> None:
    pc = {"id": "pc-1", "type": "pc", "platform": "cpython"}
    error = refused("--device", "pc-1", devices=(entry("wall-1"), pc))
    assert error["error"] == "only boards can be flashed, and not pc-1"
