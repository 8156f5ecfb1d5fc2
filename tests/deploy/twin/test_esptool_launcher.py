"""The launcher: esptool as it is, but for what is mended, and that in one version alone."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import serial
import serial.rfc2217

from pyralis.deploy import esptool_launcher
from pyralis.deploy.esptool_launcher import STOCK_VARIABLE, mend_loader, mend_rfc2217, wants_trace
from pyralis.deploy.twin.rfc2217 import Rfc2217Port

# pyserial 3.5 calls them.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
LAUNCHER = Path(esptool_launcher.__file__)


class Count:
    """Counts how often a client sets the baud rate."""

    def __init__(self) -> None:
        self.settings = 0

    def receive(self, data: bytes) -> None:
        return

    def line_baud(self, baud: int) -> None:
        self.settings += 1

    def lines(self, dtr: bool, rts: bool) -> None:
        return


@pytest.fixture
def served() -> Iterator[tuple[str, Count]]:
    """A network port, in an event loop of its own."""
    port, count, loop = Rfc2217Port(), Count(), asyncio.new_event_loop()
    loop.run_until_complete(port.open(count))
    url = port.url

    async def hang_up() -> None:
        port.close()
        while port._client is not None:
            await asyncio.sleep(0)

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield url, count
    asyncio.run_coroutine_threadsafe(hang_up(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def rfc2217() -> Any:
    """The client of pyserial, a copy for this test alone."""
    spec = importlib.util.find_spec("serial.rfc2217")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def set_timeouts(module: Any, url: str) -> None:
    with closing(module.Serial(url, timeout=1)) as client:
        for timeout in (2, 3, 2, 3):
            client.timeout = timeout
        client.baudrate = 921600
        client.timeout = 2


@pytest.mark.parametrize(("is_mended", "settings"), [(True, 2), (False, 7)])
def test_settings_are_negotiated_when_they_change(
    served: tuple[str, Count], rfc2217: Any, is_mended: bool, settings: int
) -> None:
    url, count = served
    if is_mended:
        mend_rfc2217(rfc2217)
    set_timeouts(rfc2217, url)
    assert count.settings == settings


def test_each_connection_is_negotiated_anew(served: tuple[str, Count], rfc2217: Any) -> None:
    url, count = served
    mend_rfc2217(rfc2217)
    client = rfc2217.Serial(url)
    client.close()
    client.open()
    client.close()
    assert count.settings == 2


def test_write_timeout_is_refused_as_ever(served: tuple[str, Count], rfc2217: Any) -> None:
    mend_rfc2217(rfc2217)
    with closing(rfc2217.Serial(served[0])) as client:
        with pytest.raises(NotImplementedError):
            client.write_timeout = 10
        client.write_timeout = None
    with pytest.raises(rfc2217.PortNotOpenError):
        client.reset_input_buffer()


def test_answer_that_does_not_come(rfc2217: Any) -> None:
    mend_rfc2217(rfc2217)
    option = rfc2217.TelnetSubnegotiation(None, "control", b"\x05", b"\x69")
    with pytest.raises(serial.SerialException, match="timeout while waiting for option 'control'"):
        option.wait(0.01)


def test_other_versions_stay_as_they_are(rfc2217: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (rfc2217.Serial._reconfigure_port, rfc2217.TelnetSubnegotiation.wait)
    rfc2217.serial = SimpleNamespace(__version__="3.6")
    mend_rfc2217(rfc2217)
    assert (rfc2217.Serial._reconfigure_port, rfc2217.TelnetSubnegotiation.wait) == before

    class HexFormatter:
        def __str__(self) -> str:
            return "text"

    for version, text in (("5.7.0", "text"), ("5.6.1", "")):
        monkeypatch.setitem(sys.modules, "esptool", SimpleNamespace(__version__=version))
        mend_loader(SimpleNamespace(HexFormatter=HexFormatter))
        assert str(HexFormatter()) == text


@pytest.mark.parametrize(
    ("arguments", "is_wanted"),
    [
        (["--trace", "chip-id"], True),
        (["-t", "chip-id"], True),
        (["-vt", "chip-id"], True),
        (["--port", "/dev/ttyUSB0", "--chip", "esp32", "write-flash", "0x0", "trace.bin"], False),
        ([], False),
    ],
)
def test_trace_is_noticed(arguments: list[str], is_wanted: bool) -> None:
    assert wants_trace(arguments) is is_wanted


def test_module_is_mended_once_it_was_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mended_module.py").write_text("value = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    mended: list[ModuleType] = []
    finder = esptool_launcher._AfterImport({"mended_module": mended.append, "no_such_module": mended.append})
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    import mended_module  # type: ignore[import-not-found]

    assert mended == [mended_module]
    assert mended_module.value == 1
    assert finder.find_spec("no_such_module") is None
    assert finder.find_spec("json") is None
    assert PathFinder.find_spec("mended_module") is not None


def launch(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The launcher among files that have the names of other modules, in a folder with a space in its path."""
    folder = tmp_path / "my tools"
    folder.mkdir()
    (folder / "unittest.py").write_text("raise SystemExit('the wrong unittest')\n", encoding="utf-8")
    (folder / "click.py").write_text("raise SystemExit('the wrong click')\n", encoding="utf-8")
    return Path(shutil.copy(LAUNCHER, folder))


@pytest.mark.parametrize(
    "how", [lambda path: ("-P", "-m", "pyralis.deploy.esptool_launcher"), lambda path: (str(path),)]
)
def test_it_is_esptool(copied: Path, how: Callable[[Path], tuple[str, ...]]) -> None:
    result = launch(*how(copied), "version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == launch("-m", "esptool", "version").stdout
    assert launch(*how(copied), "no-such-command").returncode == 2


@pytest.mark.parametrize(("stock", "is_mended"), [("", True), ("0", True), ("1", False)])
def test_it_can_be_switched_off(copied: Path, stock: str, is_mended: bool) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.argv = [{str(copied)!r}, 'version']\n"
        "try:\n"
        f"    runpy.run_path({str(copied)!r}, run_name='__main__')\n"
        "finally:\n"
        "    text = str(sys.modules['esptool.loader'].HexFormatter(b'a'))\n"
        "    import serial.rfc2217\n"
        "    wait = serial.rfc2217.TelnetSubnegotiation.wait\n"
        "    print('mended:', text == '', 'launcher' in wait.__code__.co_filename)\n"
    )
    result = launch("-c", code, **{STOCK_VARIABLE: stock})
    assert f"mended: {is_mended} {is_mended}" in result.stdout, result.stderr
