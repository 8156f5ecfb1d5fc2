"""The modules that a virtual board's firmware has, on the MicroPython that runs them."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from machine_lab import MAC, Lab, flash_content

from pyralis.deploy.build.compiler import find_mpy_cross
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.esp.partitions import DATA_NAME, find, layout

DATA = find(layout(BOARDS["esp32dev"]), DATA_NAME)
SECTOR_BYTES = 4096
VIPER = "import micropython\n\n@micropython.viper\ndef double(x: int) -> int:\n    return x + x\n"
IMPORTS_IT = (
    "try:\n    from fast import double\n    print('found', double(21))\nexcept ValueError as error:\n    print(error)\n"
)


@pytest.fixture
def make_lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Start machines with this in their flash, and wait for their prompt."""
    with ExitStack() as stack:

        def make(code: dict[str, Any] | None = None, platform: str = "esp32dev", **options: Any) -> Lab:
            lab = stack.enter_context(Lab(tmp_path, flash_content(platform, code or {}), platform, **options))
            lab.start()
            return lab

        yield make


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    """An ESP32 at its prompt."""
    made = make_lab()
    made.expect(">>> ")
    return made


@pytest.fixture
def data(lab: Lab) -> Lab:
    """One with its partition `data` as `p`."""
    lab.ask("import esp32, machine; p = esp32.Partition.find(esp32.Partition.TYPE_DATA, label='data')[0]")
    return lab


# ---- esp32 -----------------------------------------------------------------------------------------------------------


def test_partitions_are_those_of_the_table(lab: Lab) -> None:
    lab.ask("from esp32 import Partition")
    assert lab.ask("[p.info()[4] for p in Partition.find(Partition.TYPE_DATA)]") == "['nvs', 'phy_init', 'vfs', 'data']"
    assert lab.ask("Partition.find()[0].info()") == "(0, 0, 65536, 2031616, 'factory', False)"
    assert lab.ask("Partition.find(Partition.TYPE_DATA, subtype=2)[0].info()[4]") == "'nvs'"
    assert lab.ask("Partition.find(label='no such thing')") == "[]"


def test_partition_is_nor_flash(data: Lab) -> None:
    assert data.ask("p.ioctl(4, 0), p.ioctl(5, 0)") == f"({DATA.size_bytes // SECTOR_BYTES}, {SECTOR_BYTES})"
    data.ask("p.writeblocks(1, b'\\x0f\\xff', 10); p.writeblocks(1, b'\\xf3\\x55', 10)")
    data.ask("b = bytearray(3); p.readblocks(1, b, 9)")
    assert data.ask("b") == r"bytearray(b'\xff\x03U')"  # bits are cleared, and never set
    data.ask("p.writeblocks(1, bytes(range(256)) * 16)")  # without an offset: erased first
    start = DATA.offset + SECTOR_BYTES
    assert data.flash.read(start - 1, SECTOR_BYTES + 2) == b"\xff" + bytes(range(256)) * 16 + b"\xff"
    data.ask("p.ioctl(6, 1)")
    assert data.flash.read(start, SECTOR_BYTES) == b"\xff" * SECTOR_BYTES


@pytest.mark.parametrize(
    "call", ["readblocks(256, b)", "readblocks(255, b, 4095)", "writeblocks(256, b)", "ioctl(6, -1)"]
)
def test_nothing_beyond_a_partition_can_be_reached(data: Lab, call: str) -> None:
    before = data.flash.read(0, data.flash.size_bytes)
    data.ask("b = bytearray(2)")
    assert "OSError: [Errno 22] EINVAL" in data.ask(f"p.{call}")
    assert data.flash.read(0, data.flash.size_bytes) == before


def test_heap_is_told(lab: Lab) -> None:
    lab.ask("import esp32, gc")
    assert lab.ask("[(len(r), r[0] > 200000, r[0] > r[1] >= r[2] > 100000) for r in esp32.idf_heap_info(4)]") == (
        "[(4, True, True)]"
    )


def test_what_was_tried_for_the_largest_block_is_given_back_without_the_collector(lab: Lab) -> None:
    lab.ask("import esp32, gc; gc.collect(); gc.disable()")
    lab.ask("esp32.gc = type('G', (), {'collect': lambda: 0, 'mem_free': gc.mem_free, 'mem_alloc': gc.mem_alloc})")
    lab.ask("before = gc.mem_free(); found = esp32.idf_heap_info(4)")
    assert lab.ask("before - gc.mem_free() < 20000 < found[0][2]") == "True"


# ---- power -----------------------------------------------------------------------------------------------------------


def test_program_is_torn_where_the_power_ends(data: Lab) -> None:
    data.flash.cut_after_bytes = 10
    data.start()
    data.expect(">>> ")
    data.ask("import esp32; p = esp32.Partition.find(1, label='data')[0]; p.writeblocks(0, bytes(4), 0)")
    data.type("p.writeblocks(0, bytes(500), 4)\r")
    data.expect_event("power lost")
    assert data.machine.pid == 0
    written = data.flash.read(DATA.offset, SECTOR_BYTES)
    assert written[:10] == bytes(10)
    assert 20 < sum(byte not in (0, 255) for byte in written[10:256]) < 246  # a page whose cells were on their way
    assert written[256:] == b"\xff" * (SECTOR_BYTES - 256)
    data.start()
    data.expect(">>> ")
    data.ask("import esp32; esp32.Partition.find(1, label='data')[0].writeblocks(1, bytes(500), 0)")
    assert data.flash.read(DATA.offset + SECTOR_BYTES, 501) == bytes(500) + b"\xff"


def test_erase_is_torn_where_the_power_ends(data: Lab) -> None:
    data.ask("p.writeblocks(0, bytes(4096))")
    data.flash.cut_after_bytes = 3000
    data.start()
    data.expect(">>> ")
    data.type("import esp32; esp32.Partition.find(1, label='data')[0].ioctl(6, 0)\r")
    data.expect_event("power lost")
    sector = data.flash.read(DATA.offset, SECTOR_BYTES)
    assert len(set(sector)) > 200  # some bits are set already, and others not yet
    assert data.flash.read(DATA.offset + SECTOR_BYTES, 100) == b"\xff" * 100


def test_bytes_until_the_power_ends_are_counted_over_resets(data: Lab) -> None:
    data.flash.cut_after_bytes = 1000
    for _ in range(2):
        data.start()
        data.expect(">>> ")
        data.ask("import esp32; p = esp32.Partition.find(1, label='data')[0]; p.writeblocks(0, bytes(400), 0)")
    assert data.flash.cut_after_bytes == 200
    data.type("p.writeblocks(0, bytes(400), 0)\r")
    data.expect_event("power lost")


# ---- machine, os, network --------------------------------------------------------------------------------------------


def test_identity(lab: Lab) -> None:
    assert lab.ask("import machine; machine.unique_id().hex()") == f"'{MAC.hex()}'"
    assert lab.ask("import os; os.uname().machine") == "'Virtual board with ESP32'"
    assert "ValueError: WDT timeout too short" in lab.ask("machine.WDT(timeout=0)")


def test_network_joins_with_the_right_credentials_only(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(wifi=["home", "s3cret-word"])
    lab.expect(">>> ")
    lab.ask("import network; w = network.WLAN(network.STA_IF)")
    assert "OSError: Wifi Not Started" in lab.ask("w.connect('home', 's3cret-word')")
    assert lab.ask("w.active(), w.active(True), w.isconnected(), w.status()") == "(False, True, False, 1000)"
    lab.ask("w.connect('home', 'wrong')")
    assert lab.ask("w.isconnected(), w.status()") == "(False, 202)"
    lab.ask("w.connect('home', 's3cret-word')")
    assert lab.ask("w.isconnected(), w.status(), w.ifconfig()[0]") == "(True, 1010, '127.0.0.1')"
    lab.ask("w.disconnect()")
    assert lab.ask("w.isconnected()") == "False"


def test_access_point_and_name(lab: Lab) -> None:
    lab.ask("import network; a = network.WLAN(network.AP_IF)")
    assert lab.ask("a.isconnected(), a.ifconfig()[0]") == "(False, '0.0.0.0')"
    lab.ask("a.active(True); a.config(ssid='x'); network.hostname('pyralis-1')")
    assert lab.ask("a.isconnected(), network.hostname()") == "(True, 'pyralis-1')"


# ---- native code -----------------------------------------------------------------------------------------------------


def compiled(march: str) -> bytes:
    call = [find_mpy_cross(), f"-march={march}", "-o", "-", "-"]
    return subprocess.run(call, input=VIPER.encode(), capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("platform", "march", "said"),
    [
        ("esp32dev", "xtensawin", "found 42"),
        ("esp32s3", "xtensawin", "found 42"),
        ("esp32c3", "rv32imc", "found 42"),
        ("esp32c3", "xtensawin", "incompatible .mpy arch"),
        ("esp32dev", "rv32imc", "incompatible .mpy arch"),
    ],
)
def test_native_code_of_the_boards_own_chip_runs(
    make_lab: Callable[..., Lab], tmp_path: Path, platform: str, march: str, said: str
) -> None:
    code = compiled(march)
    native = tmp_path / "native code"
    native.mkdir()
    (native / f"{hashlib.sha256(code).hexdigest()}.mpy").write_bytes(compiled("x64"))
    lab = make_lab({"fast.mpy": code, "main.py": IMPORTS_IT}, platform, native=native)
    lab.expect(f"{said}\r\n")


def test_native_code_without_a_counterpart_fails_as_on_another_chip(make_lab: Callable[..., Lab]) -> None:
    make_lab({"fast.mpy": compiled("xtensawin"), "main.py": IMPORTS_IT}).expect("incompatible .mpy arch\r\n")
