"""Unmodified esptool against virtual boards of their own processes: everything that the pipeline asks it for."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loader_host import MAC

from pyralis.deploy.esp.boards import BOARDS

STOCK = ("-m", "esptool")
MENDED = ("-P", "-m", "pyralis.deploy.esptool_launcher")
DESCRIPTIONS = {"esp32dev": "ESP32-D0WD-V3 (revision v3.1)", "esp32s3": "ESP32-S3 (QFN56) (revision v0.2)"}
DESCRIPTIONS["esp32c3"] = "ESP32-C3 (QFN32) (revision v0.4)"
TIMEOUT_S = 30


class TwinProcess:
    """A virtual board with nothing to run, and esptool at its port."""

    def __init__(self, platform: str, flash: Path, kind: str, *faults: str) -> None:
        self.chip = BOARDS[platform].chip.esptool
        self.flash = flash
        script = Path(__file__).parents[2] / "twin_process.py"
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(script), platform, str(flash), kind, *faults],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self._printed = b""
        self.port = self._next_line()
        assert self.next_start() == "power on"

    def next_start(self) -> str:
        """Why the program was started next."""
        return self._next_line().removeprefix("start ")

    def _next_line(self) -> str:
        while b"\n" not in self._printed:
            assert select.select([self._output], [], [], TIMEOUT_S)[0], "it prints nothing"
            data = os.read(self._output.fileno(), 4096)
            assert data, "it has ended"
            self._printed += data
        line, _, self._printed = self._printed.partition(b"\n")
        return line.decode().strip()

    def esptool(self, *arguments: str, tool: tuple[str, ...] = STOCK, fails: bool = False) -> str:
        """What esptool prints."""
        result = subprocess.run(
            [sys.executable, *tool, "--port", self.port, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert (result.returncode != 0) is fails, result.stdout
        return result.stdout

    def stop(self) -> None:
        """Unplug it; it must have survived everything."""
        assert self._process.poll() is None
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(TIMEOUT_S) == 0
        self._output.close()


@pytest.fixture
def plug_in(tmp_path: Path) -> Iterator[Callable[..., TwinProcess]]:
    """Start virtual boards."""
    twins: list[TwinProcess] = []

    def start(platform: str, kind: str, *faults: str) -> TwinProcess:
        twins.append(TwinProcess(platform, tmp_path / f"flash {len(twins)}.bin", kind, *faults))
        return twins[-1]

    yield start
    for twin in twins:
        twin.stop()


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """One file that can be compressed, and one that cannot."""
    soft, hard = tmp_path / "soft file.bin", tmp_path / "hard file.bin"
    soft.write_bytes(os.urandom(20_000) + bytes(30_000))
    hard.write_bytes(os.urandom(30_000))
    return soft, hard


@pytest.mark.parametrize("kind", ["pty", "rfc2217"])
@pytest.mark.parametrize("platform", sorted(BOARDS))
def test_it_is_what_it_seems(plug_in: Callable[..., TwinProcess], platform: str, kind: str) -> None:
    twin = plug_in(platform, kind)
    printed = twin.esptool("flash-id", tool=STOCK if kind == "pty" else MENDED)  # finds out the chip by itself
    assert f"Connected to {BOARDS[platform].chip.name} on" in printed
    assert DESCRIPTIONS[platform] in printed
    assert re.search(r"Crystal frequency: +40MHz", printed)
    assert MAC.hex(":") in printed
    assert "Stub flasher running." in printed
    assert f"Detected flash size: {BOARDS[platform].flash_bytes // 1024 // 1024}MB" in printed
    assert "WARNING" not in printed.replace("WARNING: Chip was NOT reset", "")
    assert twin.next_start() == "power on"


@pytest.mark.parametrize("platform", sorted(BOARDS))
def test_write_verify_read_erase(
    plug_in: Callable[..., TwinProcess], files: tuple[Path, Path], tmp_path: Path, platform: str
) -> None:
    twin = plug_in(platform, "pty")
    soft, hard = files
    pairs = ("0x1000", str(soft), "0x20000", str(hard))
    printed = twin.esptool("--chip", twin.chip, "--baud", "921600", "write-flash", *pairs)
    assert printed.count("Hash of data verified.") == 2
    twin.esptool("write-flash", "--no-compress", "0x40000", str(soft))
    twin.esptool("--no-stub", "write-flash", "0x60000", str(soft))
    twin.esptool("--no-stub", "write-flash", "--no-compress", "0x80000", str(hard))
    twin.esptool("verify-flash", *pairs)
    twin.esptool("--no-stub", "verify-flash", "0x40000", str(soft), "0x60000", str(soft))
    assert "digest mismatch" in twin.esptool("verify-flash", "0x1000", str(hard), fails=True)
    read = tmp_path / "read.bin"
    twin.esptool("read-flash", "0x60000", "50000", str(read))
    assert read.read_bytes() == soft.read_bytes()
    twin.esptool("--no-stub", "read-flash", "0x80000", "1000", str(read))
    assert read.read_bytes() == hard.read_bytes()[:1000]

    flash = twin.flash.read_bytes()
    for offset, file in ((0x1000, soft), (0x20000, hard), (0x40000, soft), (0x60000, soft), (0x80000, hard)):
        assert flash[offset : offset + file.stat().st_size] == file.read_bytes()
    assert flash[:0x1000].strip(b"\xff") == b""

    twin.esptool("erase-region", "0x40000", "0x10000")
    twin.esptool("--no-stub", "erase-region", "0x60000", "0x10000")
    flash = twin.flash.read_bytes()
    assert flash[0x40000:0x80000].strip(b"\xff") == b""
    assert flash[0x20000:0x21000] == hard.read_bytes()[:0x1000]
    twin.esptool("erase-flash")
    assert twin.flash.read_bytes().strip(b"\xff") == b""


def test_network_port_carries_all_of_it(plug_in: Callable[..., TwinProcess], files: tuple[Path, Path]) -> None:
    twin = plug_in("esp32dev", "rfc2217")
    soft, hard = files
    twin.esptool("--baud", "921600", "write-flash", "0x1000", str(soft), "0x20000", str(hard), tool=MENDED)
    assert twin.flash.read_bytes()[0x20000:].startswith(hard.read_bytes())
    assert twin.next_start() == "power on"


def test_untouched_esptool_over_the_network_port(plug_in: Callable[..., TwinProcess]) -> None:
    twin = plug_in("esp32c3", "rfc2217")
    assert MAC.hex(":") in twin.esptool("--chip", twin.chip, "--no-stub", "read-mac")
    assert twin.next_start() == "power on"


def test_wrong_chip_is_refused_before_anything_is_written(
    plug_in: Callable[..., TwinProcess], files: tuple[Path, Path]
) -> None:
    twin = plug_in("esp32dev", "rfc2217")
    printed = twin.esptool("--chip", "esp32c3", "write-flash", "0x0", str(files[0]), tool=MENDED, fails=True)
    assert "This chip is ESP32, not ESP32-C3" in printed
    assert twin.flash.read_bytes().strip(b"\xff") == b""


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("--after", "watchdog-reset", "chip-id"), "watchdog"),
        (("--no-stub", "--after", "soft-reset", "chip-id"), "software"),
        (("run",), "power on"),
    ],
)
def test_ways_to_leave(plug_in: Callable[..., TwinProcess], arguments: tuple[str, ...], cause: str) -> None:
    twin = plug_in("esp32s3", "rfc2217")
    twin.esptool(*arguments, tool=MENDED)
    assert twin.next_start() == cause


def test_stub_that_stays_is_found_again(plug_in: Callable[..., TwinProcess]) -> None:
    twin = plug_in("esp32dev", "rfc2217")
    twin.esptool("--after", "no-reset-stub", "chip-id", tool=MENDED)
    printed = twin.esptool("--before", "no-reset", "--after", "no-reset", "chip-id", tool=MENDED)
    assert "Stub flasher is already running" in printed
    printed = twin.esptool("--before", "no-reset", "chip-id", tool=MENDED)
    assert "Uploading stub flasher" in printed


@pytest.mark.parametrize(
    ("kind", "fault", "error"),
    [
        ("pty", "bad-md5", "MD5 of file does not match data in flash!"),
        ("pty", "power-cut-at:40000", "Serial data stream stopped"),
        ("pty", "garbled-above:460800", "Failed|erial data|Invalid"),
        ("rfc2217", "stuck-in-boot", "Failed to connect to ESP32"),
    ],
)
def test_fault_ends_in_an_error(
    plug_in: Callable[..., TwinProcess],
    files: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    fault: str,
    error: str,
) -> None:
    impatient = tmp_path / "esptool.cfg"
    impatient.write_text("[esptool]\ntimeout = 0.5\nerase_write_timeout_per_mb = 1\n", encoding="utf-8")
    monkeypatch.setenv("ESPTOOL_CFGFILE", str(impatient))
    twin = plug_in("esp32dev", kind, fault)
    arguments = ("--connect-attempts", "1", "--chip", "esp32", "--baud", "921600", "write-flash", "0", str(files[0]))
    assert re.search(error, twin.esptool(*arguments, tool=MENDED, fails=True))


@pytest.mark.parametrize("fault", ["late-reply:5ms", "lost-reply:0", "garbled-above:921600"])
def test_fault_that_can_be_lived_with(
    plug_in: Callable[..., TwinProcess], files: tuple[Path, Path], fault: str
) -> None:
    twin = plug_in("esp32dev", "pty", fault)
    twin.esptool("--baud", "921600", "write-flash", "0", str(files[1]))
    assert twin.flash.read_bytes().startswith(files[1].read_bytes())


def test_trace_has_its_bytes_with_the_launcher_too(plug_in: Callable[..., TwinProcess]) -> None:
    printed = plug_in("esp32dev", "pty").esptool("--trace", "read-mac", tool=MENDED)
    assert "0707122055555555" in printed
