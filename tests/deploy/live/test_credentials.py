"""A board gets its network's credentials over its serial line, and nothing else in the rig ever holds them."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from virtual_boards import (
    entry,
    flash_file,
    plugged_in,
    program,
    read_settings,
    wait_until_nothing_mentions,
)

from pyralis.deploy.cli import main
from pyralis.deploy.errors import UserError
from pyralis.deploy.live import run
from pyralis.deploy.live.board_runner import BoardRunner
from pyralis.deploy.live.credentials import give_credentials, read_credentials
from pyralis.deploy.twin.host import Settings
from pyralis.deploy.twin.process import WIFI_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyralis.deploy.rig import Rig

pytestmark = pytest.mark.usefixtures("micropython", "impatient")
SSID, PASSWORD = "Garten über", "sommer-nacht 7"
# Joins as the runtime does, without waiting 20 s for what cannot be joined.
JOINS = """
import esp32, json, network, vfs
data = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="data")[0]
try:
    vfs.mount(vfs.VfsLfs2(data), "/data")
except OSError:
    vfs.VfsLfs2.mkfs(data)
    vfs.mount(vfs.VfsLfs2(data), "/data")
station = network.WLAN(network.STA_IF)
station.active(True)
try:
    with open("/data/secrets.json") as file:
        found = json.load(file)
    station.connect(found["ssid"], found["password"])
except OSError:
    pass
if not station.isconnected():
    print("[info] network: no network joined: access point 'pyralis-aabbcc' is open")
print("Pyralis serving http://127.0.0.1:1/")
"""


def keep_secrets(rig: Rig, ssid: str = SSID, password: str = PASSWORD) -> None:
    rig.secrets.write_text(json.dumps({"ssid": ssid, "password": password}), encoding="utf-8")


def set_up_network(rig: Rig, name: str) -> None:
    """The one network in a virtual board's range."""
    flash_file(rig, name).parent.mkdir(parents=True, exist_ok=True)
    flash_file(rig, name).with_name(WIFI_FILE).write_text(json.dumps([SSID, PASSWORD]), encoding="utf-8")


def test_board_joins_and_nothing_else_holds_its_credentials(
    rig: Rig,
    write_devices: Callable[..., None],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "test_small.py").write_text("def test_it(): pass\n", encoding="utf-8")
    monkeypatch.setenv(run.SUITE_SETTING, str(suite))
    monkeypatch.chdir(rig.root)
    write_devices(entry("wall-1"))
    keep_secrets(rig)
    set_up_network(rig, "wall-1")
    build = ["build", "--target", "esp32dev"]
    for words in (build, ["flash", "--flashfs"], ["livetest", "--json"], ["summarise"]):
        assert main(words) == 0
    # Who only measures a board's memory does without them.
    assert (rig.logs / "footprint-esp32dev.log").read_text(encoding="utf-8").count("no network joined") == 1
    serial_log = (rig.live / "serial-wall-1.log").read_text(encoding="utf-8")
    assert serial_log.index("no network joined: access point") < serial_log.index("joined, and known as http://")
    assert read_settings(rig, "wall-1", "secrets.json") == rig.secrets.read_bytes()
    (rig.root / "printed").write_text("".join(capfd.readouterr()), encoding="utf-8")
    files = list(_files(rig))
    assert {"build", "docs", "live", ".pyralis", "printed"} <= {path.relative_to(rig.root).parts[0] for path in files}
    for path in files:
        content = path.read_bytes()
        for secret in (SSID, json.dumps(SSID)[1:-1], PASSWORD):
            assert secret.encode() not in content, path


def _files(rig: Rig) -> Iterator[Path]:
    """All files of a rig, without those that are to hold credentials."""
    for folder, folders, files in os.walk(rig.root):
        folders[:] = [name for name in folders if Path(folder, name) != rig.private / "twins"]
        yield from (Path(folder, name) for name in files if Path(folder, name) != rig.secrets)


def test_wrong_password_is_told_without_it(rig: Rig) -> None:
    wrong = "winter-tag 7"
    keep_secrets(rig, password=wrong)
    set_up_network(rig, "wall-1")
    program(rig, "wall-1", JOINS)
    with (
        plugged_in(rig, Settings("wall-1", "esp32dev")) as (port,),
        BoardRunner(rig, "wall-1", port, "", rig.logs / "live-wall-1.log", joins=True) as board,
    ):
        board.begin()
        with pytest.raises(UserError) as caught:
            board.wait_ready(10)
        assert not board.ready
    assert caught.value.what == "'wall-1' cannot join the network of secrets.json"
    assert "check ssid and password" in caught.value.todo
    assert wrong not in str(caught.value)
    assert SSID not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"ssid": "geheim1", "password": "geheim-geheim"', "is not JSON in UTF-8"),
        ('{"ssid": "gehüim1"}'.encode("latin-1"), "is not JSON in UTF-8"),
        (b'["geheim1", "geheim-geheim"]', "must be an object of texts"),
        (b'{"ssid": "geheim1", "password": 12345678}', "must be an object of texts"),
        (b'{"SSID": "geheim1", "password": "geheim-geheim"}', "has a field that is neither ssid nor password"),
        (b'{"password": "geheim-geheim"}', "needs an ssid of 1 to 32 bytes"),
        (json.dumps({"ssid": "geheim" * 6}).encode(), "needs an ssid of 1 to 32 bytes"),
        (
            b'{"ssid": "geheim1", "password": "geheim"}',
            "needs a password of 8 to 63 bytes, or none for an open network",
        ),
    ],
)
def test_broken_file_is_told_without_what_is_in_it(rig: Rig, content: bytes, problem: str) -> None:
    rig.secrets.write_bytes(content)
    with pytest.raises(UserError) as caught:
        give_credentials(rig, "wall-1", "/dev/ttyNONE7", threading.Event())
    assert caught.value.what == f"secrets.json {problem}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    for secret in ("geheim", "gehüim", "12345678"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "value", [{"ssid": SSID, "password": PASSWORD}, {"ssid": SSID}, {"ssid": SSID, "password": ""}, {"ssid": "x" * 32}]
)
def test_file_that_is_right(rig: Rig, value: Any) -> None:
    rig.secrets.write_text(json.dumps(value), encoding="utf-8")
    assert read_credentials(rig) == value


def test_board_that_does_not_take_them(rig: Rig) -> None:
    keep_secrets(rig, ssid="access")
    with pytest.raises(UserError, match="'wall-1' does not take the credentials") as caught:
        give_credentials(rig, "wall-1", "/dev/ttyNONE7", threading.Event())
    assert caught.value.details == ["mpremote: failed to … /dev/ttyNONE7 (it may be in use by another program)"]


def test_interrupted_hand_over_leaves_no_process(rig: Rig) -> None:
    keep_secrets(rig)
    cancelled = threading.Event()
    cancelled.set()
    with plugged_in(rig, Settings("wall-1", "esp32dev", ("no-boot",))) as (port,):
        with pytest.raises(KeyboardInterrupt):
            give_credentials(rig, "wall-1", port, cancelled)
        wait_until_nothing_mentions(port)
