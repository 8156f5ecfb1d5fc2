"""What runs on a virtual board from reset to reset: real MicroPython over real flash files."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from machine_lab import Lab, flash_content

from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.esp.partitions import TABLE_OFFSET
from pyralis.deploy.twin import rom
from pyralis.deploy.twin.machine import FIRMWARE_HEAP_BYTES, heap_bytes

# Prints why MicroPython started, and then waits to be stopped.
WAITS = "import machine, time\nprint('cause', machine.reset_cause())\nwhile True:\n    time.sleep(1)\n"


@pytest.fixture
def make_lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Make machines with this in their flash."""
    with ExitStack() as stack:

        def make(code: dict[str, str] | bytearray | None = None, platform: str = "esp32dev", **options: Any) -> Lab:
            content = code if isinstance(code, bytearray) else flash_content(platform, code)
            return stack.enter_context(Lab(tmp_path, content, platform, **options))

        yield make


# ---- ROM and bootloader ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "words", "first", "again"),
    [
        ("esp32dev", "ets Jul 29 2019", "rst:0x1 (POWERON_RESET),boot:0x13", "rst:0x10 (RTCWDT_RTC_RESET),boot:0x13"),
        ("esp32s3", "ESP-ROM:esp32s3", "rst:0x1 (POWERON),boot:0x8", "rst:0x7 (TG0WDT_SYS_RST),boot:0x8"),
        ("esp32c3", "ESP-ROM:esp32c3", "rst:0x1 (POWERON),boot:0xc", "rst:0x7 (TG0WDT_SYS_RST),boot:0xc"),
    ],
)
def test_empty_flash_is_looked_at_again_and_again(
    make_lab: Callable[..., Lab], platform: str, words: str, first: str, again: str
) -> None:
    lab = make_lab(bytearray(b"\xff" * BOARDS[platform].flash_bytes), platform)
    lab.start()
    printed = lab.expect(again)
    assert printed.startswith(words)
    assert f"{first} (SPI_FAST_FLASH_BOOT)\r\ninvalid header: 0xffffffff\r\n" in printed
    assert lab.machine.pid == 0
    assert lab.events == ["boot fails"]


@pytest.mark.parametrize(
    ("platform", "again"),
    [("esp32dev", "rst:0x3 (SW_RESET)"), ("esp32s3", "rst:0x3 (RTC_SW_SYS_RST)"), ("esp32c3", "rst:0x3 (RTC_SW_SYS")],
)
def test_broken_table_is_told_by_the_bootloader(make_lab: Callable[..., Lab], platform: str, again: str) -> None:
    content = flash_content(platform, {"main.py": WAITS})
    content[TABLE_OFFSET + 12] ^= 1
    lab = make_lab(content, platform)
    lab.start()
    assert "mode:DIO, clock div:" in lab.expect("flash_parts: incorrect MD5 checksum\r\n")  # the ROM was content
    lab.expect(again)
    assert lab.machine.pid == 0
    assert lab.events == ["boot fails"]


def test_a_valid_app_of_any_kind_starts_the_twins_own_micropython(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"main.py": "print('hello')\n"})
    lab.start()
    printed = lab.expect(">>> ")
    assert printed.count("\n") == printed.count("\r\n")
    assert printed.splitlines()[-4] == "hello"
    assert lab.events == ["runs"]


# ---- programs --------------------------------------------------------------------------------------------------------


def test_blank_file_system_is_made(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    lab.start()
    lab.expect("Performing initial setup\r\n")
    lab.expect(">>> ")
    assert lab.ask("import os; os.listdir('/')") == "[]"
    lab.ask("file = open('kept', 'w'); file.write('yes'); file.close()")
    lab.start()
    assert "initial setup" not in lab.expect(">>> ")
    assert lab.ask("open('kept').read()") == "'yes'"


def test_broken_file_system_is_left_as_it_is(make_lab: Callable[..., Lab]) -> None:
    content = flash_content("esp32dev", {"main.py": WAITS})
    content[0x200000:0x202000] = b"\x5a" * 0x2000
    lab = make_lab(content)
    lab.start()
    lab.expect("The file system of partition 'vfs' appears to be corrupted")
    lab.expect(">>> ")
    assert lab.flash.read(0, lab.flash.size_bytes) == content


def test_boot_and_main_and_the_prompt_share_their_names(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"boot.py": "x = 1\n", "main.py": "y = x + 1\nprint(__name__)\n"})
    lab.start()
    lab.expect("__main__\r\n")
    lab.expect(">>> ")
    assert lab.ask("x, y") == "(1, 2)"


def test_after_a_failed_boot_py_main_py_does_not_run(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"boot.py": "1 / 0\n", "main.py": "print('main')\n"})
    lab.start()
    printed = lab.expect(">>> ")
    assert "ZeroDivisionError" in printed
    assert "main\r\n" not in printed


def test_ctrl_c_stops_the_program_and_ctrl_d_starts_it_anew(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"main.py": WAITS})
    lab.start()
    lab.expect("cause 1\r\n")
    for _ in range(2):
        lab.type("\x03")
        lab.expect("KeyboardInterrupt")
        lab.expect(">>> ")
        lab.type("\x04")
        lab.expect("MPY: soft reboot\r\ncause 5\r\n")


def test_ctrl_c_leaves_the_heap_in_one_piece(make_lab: Callable[..., Lab]) -> None:
    """Other than a board's, this machine's MicroPython can be interrupted in the middle of a collection."""
    collects = "import gc, time\nkept = [[i] for i in range(1500)]\nprint('go')\nwhile True:\n    gc.collect()\n"
    lab = make_lab({"main.py": f"{collects}    gc.collect()\n    gc.collect()\n    time.sleep_us(50)\n"})
    for _ in range(12):
        lab.start()
        lab.expect("go\r\n")
        lab.type("\x03")
        assert "MemoryError" not in lab.expect(">>> ")
        lab.ask("gc.collect()")
        assert lab.ask("sum(one[0] for one in kept)") == "1124250"


def test_ctrl_c_stops_a_program_that_never_sleeps(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"main.py": "print('go')\nwhile True:\n    pass\n"})
    lab.start()
    lab.expect("go\r\n")
    lab.type("\x03")
    lab.expect("KeyboardInterrupt")
    lab.expect(">>> ")


def test_raw_repl_outlives_a_soft_reset_without_main_py(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"boot.py": "print('boot')\n", "main.py": WAITS})
    lab.start()
    lab.expect("cause 1\r\n")
    lab.type("\x03\x01")
    lab.expect("raw REPL; CTRL-B to exit\r\n>")
    lab.type("print(6 * 7)\x04")
    lab.expect("OK42\r\n\x04\x04>")
    lab.type("\x04")
    lab.expect("MPY: soft reboot\r\nboot\r\n")
    assert "cause" not in lab.expect("raw REPL; CTRL-B to exit\r\n>")
    lab.type("\x02")
    lab.expect(">>> ")
    lab.type("\x04")
    lab.expect("cause 5\r\n")


@pytest.mark.parametrize(
    ("line", "event", "cause", "banner"),
    [
        ("machine.reset()", "resets", 2, "rst:0xc (SW_CPU_RESET)"),
        ("w = machine.WDT(timeout=20)", "watchdog bites", 3, "rst:0xc (SW_CPU_RESET)"),
    ],
)
def test_reset_by_the_program(make_lab: Callable[..., Lab], line: str, event: str, cause: int, banner: str) -> None:
    lab = make_lab({"main.py": WAITS})
    lab.start()
    lab.expect("cause 1\r\n")
    lab.type(f"\x03import machine; {line}\r")
    lab.expect_event(event)
    lab.expect(banner)
    lab.expect(f"cause {cause}\r\n")


def test_watchdog_is_quiet_while_it_is_fed_and_outlives_a_soft_reset(make_lab: Callable[..., Lab]) -> None:
    program = (
        "import machine, os, time\nwatchdog = machine.WDT(timeout=200)\n"
        "for _ in range(30):\n    watchdog.feed()\n    time.sleep_ms(10)\n"
        "print('well fed')\nos.remove('main.py')\nmachine.soft_reset()\n"
    )
    lab = make_lab({"main.py": program})
    lab.start()
    lab.expect("well fed\r\nMPY: soft reboot\r\n")
    lab.expect("task_wdt: Task watchdog got triggered")
    lab.expect_event("watchdog bites")


def test_what_was_printed_before_a_reset_is_not_lost(make_lab: Callable[..., Lab]) -> None:
    text = "x" * 500
    lab = make_lab({"main.py": f"import machine\nprint('{text}')\nprint('last words')\nmachine.reset()\n"})
    lab.start()
    assert f"{text}\r\nlast words\r\nets Jul 29" in lab.expect("(SW_CPU_RESET)")


@pytest.mark.parametrize(
    "ending", ["import sys\nsys.exit(3)\n", "raise SystemExit\n", "import machine\nmachine.reset()\n"]
)
def test_program_that_ends_at_once_is_started_again_at_leisure(make_lab: Callable[..., Lab], ending: str) -> None:
    lab = make_lab({"main.py": f"print('go')\n{ending}"})
    lab.start()
    start_s = time.monotonic()
    for _ in range(3):
        lab.expect("go\r\n")
    assert time.monotonic() - start_s >= 0.5
    assert lab.events.count("runs") == 3


def test_program_that_fails_leaves_the_prompt(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"main.py": "def f():\n    return 1 / 0\n\nf()\n"})
    lab.start()
    printed = lab.expect(">>> ")
    assert 'File "main.py", line 2, in f\r\nZeroDivisionError: divide by zero\r\n' in printed
    assert lab.ask("1 + 1") == "2"


def test_crash_of_the_interpreter_starts_the_chip_again(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"main.py": WAITS})
    lab.start()
    lab.expect("cause 1\r\n")
    os.kill(lab.machine.pid, signal.SIGSEGV)
    lab.expect("Guru Meditation Error")
    lab.expect_event("crashes")
    lab.expect("rst:0xc (SW_CPU_RESET)")
    lab.expect("cause 2\r\n")


def test_stop_ends_it_in_the_middle(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"main.py": WAITS})
    lab.start()
    lab.expect("cause 1\r\n")
    pid = lab.machine.pid
    lab.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert lab.machine.pid == 0
    lab.type("nobody hears this")
    lab.start(rom.WATCHDOG)
    lab.expect("cause 3\r\n")


def test_input_that_nobody_reads_is_lost(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab({"main.py": WAITS})
    lab.start()
    lab.expect("cause 1\r\n")
    for _ in range(20):
        lab.type("x" * 1000)
    lab.start()
    lab.expect("cause 1\r\n")


# ---- memory ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", sorted(BOARDS))
def test_heap_is_that_of_the_profile(make_lab: Callable[..., Lab], platform: str) -> None:
    lab = make_lab({}, platform)
    lab.start()
    lab.expect(">>> ")
    total = int(lab.ask("import gc; gc.mem_free() + gc.mem_alloc()"))
    assert heap_bytes(BOARDS[platform].heap) * 0.97 < total <= heap_bytes(BOARDS[platform].heap)


def test_what_the_firmware_takes_of_the_heap_is_added_to_it(make_lab: Callable[..., Lab], micropython: str) -> None:
    lab = make_lab({})
    lab.start()
    lab.expect(">>> ")
    lab.ask("import gc; gc.collect()")
    taken_bytes = int(lab.ask("gc.mem_alloc()"))
    bare = subprocess.run(
        [micropython, "-i", "-c", "1"],
        input="import gc; gc.collect()\ngc.mem_alloc()\n",
        capture_output=True,
        text=True,
        check=True,
    )
    taken_bytes -= int(bare.stdout.splitlines()[-2])
    assert abs(taken_bytes - FIRMWARE_HEAP_BYTES) < 1024
