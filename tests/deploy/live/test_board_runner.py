"""Boards as the live tests see them: known by what they print, and told apart by why they do not serve."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from virtual_boards import plugged_in, program

from pyralis.deploy.errors import UserError
from pyralis.deploy.live.board_runner import BoardRunner
from pyralis.deploy.live.board_signs import find_sign
from pyralis.deploy.twin.host import Settings, Twin

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.deploy.rig import Rig

pytestmark = pytest.mark.usefixtures("micropython")
LIVES = """
import time
try:
    with open("lives") as file:
        lives = int(file.read())
except OSError:
    lives = 0
with open("lives", "w") as file:
    file.write(str(lives + 1))
while True:
    print("[MemBoot] tree: 43KB = %dKB (frag=12%%, largest=108KB) used=1" % lives)
    print("Pyralis serving http://127.0.0.1:%d/" % (4000 + lives))
    time.sleep(0.01)
"""
NO_NETWORK = """
print("[info] network: no network joined: access point 'pyralis-aabbcc' is open")
print("Pyralis serving http://127.0.0.1:1/")
"""
# What is wrong with a board, its program, what it prints at last, and what is told of it.
BAD = {
    "empty": ((), "", "invalid header", "its flash is empty or broken"),
    "noise": (("noise",), "", "\ufffd", "it prints only noise"),
    "silent": (("no-boot",), "print('never')", "", "it prints nothing"),
    "raises": ((), "raise ValueError('no lights')", "ValueError", "its program ends with an error"),
    "too-large": ((), "bytearray(1 << 30)", "MemoryError", "its memory is too small for what it shall run"),
    "other": ((), "print('hello')", "hello", "it says nothing about its address"),
}


@pytest.fixture
def runner(rig: Rig) -> Callable[..., BoardRunner]:
    """A runner for the board at a port."""

    def make(port: str, name: str = "wall-1", url: str = "", cancelled: threading.Event | None = None) -> BoardRunner:
        return BoardRunner(rig, name, port, url, rig.logs / f"live-{name}.log", cancelled)

    return make


def test_what_a_board_said_before_its_reset_does_not_count(rig: Rig, runner: Callable[..., BoardRunner]) -> None:
    program(rig, "wall-1", LIVES)
    with plugged_in(rig, Settings("wall-1", "esp32dev")) as (port,), runner(port) as board:
        for life in (1, 2):
            board.begin()
            assert board.wait_ready(10) == f"http://127.0.0.1:{4000 + life}"
            assert {stage["free_kb"] for stage in board.memory} == {life}
            board.stop()
    assert board.memory[0] == {"stage": "tree", "free_kb": 2, "largest_kb": 108, "frag_percent": 12}


def test_boards_that_do_not_serve_say_why(rig: Rig, runner: Callable[..., BoardRunner]) -> None:
    for name, (_, text, _, _) in BAD.items():
        if text:
            program(rig, name, text)

    def explained(name: str, port: str) -> UserError:
        with runner(port, name) as board:
            board.begin()
            deadline_s = time.monotonic() + 10
            while BAD[name][2] not in "".join(board.last_lines):
                assert time.monotonic() < deadline_s, board.last_lines
                time.sleep(0.01)
            with pytest.raises(UserError) as caught:
                board.wait_ready(0.2)
        return caught.value

    settings = [Settings(name, "esp32dev", faults) for name, (faults, _, _, _) in BAD.items()]
    with plugged_in(rig, *settings) as ports, ThreadPoolExecutor(len(ports)) as pool:
        errors = dict(zip(BAD, pool.map(explained, BAD, ports), strict=True))
    for name, (_, _, _, meaning) in BAD.items():
        after = "" if name == "empty" else " after 0.2 s"  # that one says that there is nothing to wait for
        assert errors[name].what == f"'{name}' does not serve{after}: {meaning}"
        assert errors[name].log == rig.logs / f"live-{name}.log"
    for name in ("empty", "noise", "silent"):
        assert "pyralis flash" in errors[name].todo
    assert "ValueError: no lights" in errors["raises"].details
    assert errors["empty"].details[-1].startswith("invalid header: 0xffffffff (")
    assert errors["silent"].details == []


@pytest.mark.parametrize(
    ("line", "meaning", "final"),
    [
        ("invalid header: 0xffffffff", "its flash is empty or broken", True),
        ("E (91) boot: No bootable app partitions in the partition table", "there is no firmware in its flash", True),
        ("E (61) boot: load partition table error!", "its partition table is broken", True),
        ("csum err:0x00!=0xef", "its bootloader is broken", True),
        (
            "The file system of partition 'vfs' appears to be corrupted. If you had important data there",
            "its code is broken",
            True,
        ),
        ("waiting for download", "it is in download mode", True),
        ("MemoryError: memory allocation failed, allocating 9 bytes", "its memory is too small", False),
        ("Traceback (most recent call last):", "its program ends with an error", False),
    ],
)
def test_signs(line: str, meaning: str, final: bool) -> None:
    sign = find_sign(["rst:0x1 (POWERON_RESET)", line, "more"])
    assert sign is not None
    assert sign.meaning.startswith(meaning)
    assert sign.final == final
    assert find_sign(["rst:0x1 (POWERON_RESET)", "[info] main: 6 modules"]) is None


def test_board_that_is_unplugged_is_not_waited_for(rig: Rig, runner: Callable[..., BoardRunner]) -> None:
    program(rig, "wall-1", "print('hello')")
    with ExitStack() as stack:
        twin = stack.enter_context(Twin(rig, Settings("wall-1", "esp32dev")))
        board = stack.enter_context(runner(twin.wait().serial))
        board.begin()
        twin.stop()
        with pytest.raises(UserError, match="'wall-1' does not serve: its serial line is gone"):
            board.wait_ready(30)


def test_who_waits_can_be_interrupted(rig: Rig, runner: Callable[..., BoardRunner]) -> None:
    cancelled = threading.Event()
    silent = Settings("wall-1", "esp32dev", ("no-boot",))
    with plugged_in(rig, silent) as (port,), runner(port, cancelled=cancelled) as board:
        board.begin()
        cancelled.set()
        with pytest.raises(KeyboardInterrupt):
            board.wait_ready(30)


def test_access_point_that_cannot_be_reached(rig: Rig, runner: Callable[..., BoardRunner]) -> None:
    program(rig, "wall-1", NO_NETWORK)
    with plugged_in(rig, Settings("wall-1", "esp32dev")) as (port,), runner(port) as board:
        board.begin()
        with pytest.raises(UserError) as caught:
            board.wait_ready(10)
        assert not board.ready
    assert caught.value.what == "'wall-1' has no network, and its access point cannot be reached from here"
    assert str(rig.secrets) in caught.value.todo


def test_board_without_a_serial_line_is_taken_as_it_runs(runner: Callable[..., BoardRunner]) -> None:
    with runner("", url="http://192.168.1.50/") as board:
        board.begin()
        assert board.ready
        assert board.wait_ready() == "http://192.168.1.50"
    with runner("") as board, pytest.raises(UserError, match="nobody knows where 'wall-1' serves"):
        board.begin()
