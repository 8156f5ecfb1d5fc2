"""The serial line of a board: what it prints, with times, from ports that come and go."""

from __future__ import annotations

import os
import re
import threading
import tty
from typing import TYPE_CHECKING

import pytest
from virtual_boards import plugged_in

from pyralis.deploy.errors import UserError
from pyralis.deploy.live.serial_line import GONE, SerialLine
from pyralis.deploy.serial_port import open_port
from pyralis.deploy.twin.host import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyralis.deploy.rig import Rig


class Terminal:
    """A pseudo terminal, as a board's end of a serial line."""

    def __init__(self) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)

    def say(self, data: bytes) -> None:
        """Send bytes."""
        os.write(self.master, data)

    def unplug(self) -> None:
        """The board is gone."""
        if self.master >= 0:
            os.close(self.master)
            os.close(self._slave)
            self.master = -1


class Lines:
    """Waits for lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()

    def take(self, line: str) -> None:
        """One has come."""
        with self._changed:
            self.lines.append(line)
            self._changed.notify_all()

    def wait(self, count: int) -> list[str]:
        """So many lines."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.lines) >= count, 10), self.lines
            return list(self.lines)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """One that is plugged in at first."""
    made = Terminal()
    yield made
    made.unplug()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log in a folder that is not there yet."""
    return tmp_path / "my logs" / "serial.log"


def test_lines_come_as_they_are_and_stand_in_the_log_with_times(terminal: Terminal, log: Path) -> None:
    seen = Lines()
    line = SerialLine(terminal.path, log, seen.take)
    terminal.say(b"first\r\nno")
    assert seen.wait(1) == ["first"]
    terminal.say("thing: ü\t5\n\nno end".encode())
    assert seen.wait(3) == ["first", "nothing: ü\t5", ""]
    assert not line.is_noise
    line.close()
    assert seen.lines[3:] == ["no end"]
    assert list(line.last_lines) == seen.lines
    found = [re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 (.*)", text) for text in _lines(log)]
    assert [match and match[1] for match in found] == seen.lines


def test_noise_is_known_as_such_and_can_be_shown(terminal: Terminal, log: Path) -> None:
    seen = Lines()
    line = SerialLine(terminal.path, log, seen.take)
    terminal.say(bytes(range(128, 250)) * 3 + b"\x1b\x00\n")
    (text,) = seen.wait(1)
    assert set(text) == {"\ufffd"}
    assert line.is_noise
    line.close()
    assert "\x1b" not in log.read_text(encoding="utf-8")


def test_text_with_colours_and_other_letters_is_no_noise(terminal: Terminal, log: Path) -> None:
    seen = Lines()
    line = SerialLine(terminal.path, log, seen.take)
    terminal.say("\x1b[0;32mI (60) boot: Prüfung läuft, größer wird es\x1b[0m\r\n".encode())
    seen.wait(1)
    assert not line.is_noise
    line.close()


def test_noise_without_an_end_of_line_does_not_grow_for_ever(terminal: Terminal, log: Path) -> None:
    seen = Lines()
    line = SerialLine(terminal.path, log, seen.take)
    for _ in range(9):
        terminal.say(b"\xfe" * 1000)
    (text,) = seen.wait(1)
    assert 4096 < len(text) <= 9000
    line.close()


def test_board_that_is_unplugged_says_so_as_its_last_line(terminal: Terminal, log: Path) -> None:
    seen = Lines()
    line = SerialLine(terminal.path, log, seen.take)
    terminal.say(b"alive\n")
    seen.wait(1)
    terminal.unplug()
    assert seen.wait(2)[1].startswith(GONE)
    with pytest.raises(UserError, match=f"the serial port {terminal.path} is gone"), line.held_in_reset():
        pass
    line.close()


def test_one_program_has_a_port_at_a_time(terminal: Terminal, log: Path) -> None:
    line = SerialLine(terminal.path, log, lambda _line: None)
    with pytest.raises(UserError, match=f"the serial port {terminal.path} cannot be opened") as caught:
        open_port(terminal.path, timeout_s=0.0)
    assert "exclusively lock" in caught.value.details[0]
    assert caught.value.whose == "the port's: another program has it, or nobody serves there"
    line.close()
    open_port(terminal.path, timeout_s=0.0).close()


@pytest.mark.parametrize(
    ("port", "what"),
    [
        ("/dev/ttyNONE7", "there is no serial port /dev/ttyNONE7"),
        ("rfc2217://127.0.0.1:1", "the serial port rfc2217://127.0.0.1:1 cannot be opened"),
        ("rfc2217://127.0.0.1", "the serial port rfc2217://127.0.0.1 cannot be opened"),
        ("nonsense://x", "the serial port nonsense://x cannot be opened"),
    ],
)
def test_port_that_cannot_be_opened(log: Path, port: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyralis.deploy.serial_port.OPEN_TIMEOUT_S", 0.0)
    with pytest.raises(UserError) as caught:
        SerialLine(port, log, lambda _line: None)
    assert caught.value.what == what
    assert "`serial`" in caught.value.todo


def test_port_that_comes_back_in_a_moment_is_waited_for(tmp_path: Path, terminal: Terminal) -> None:
    link = tmp_path / "by-id"
    timer = threading.Timer(0.15, link.symlink_to, [terminal.path])
    timer.start()
    open_port(str(link), timeout_s=10.0).close()
    timer.join()


def test_port_that_cannot_reset_a_board(terminal: Terminal, log: Path) -> None:
    line = SerialLine(terminal.path, log, lambda _line: None)
    with pytest.raises(UserError, match="cannot reset a board: it has no RTS line"), line.held_in_reset():
        pass
    line.close()


def test_reset_starts_a_board_anew_and_forgets_what_it_said_before(rig: Rig, log: Path, micropython: str) -> None:
    seen = Lines()
    with plugged_in(rig, Settings("wall-1", "esp32dev", ("noise",))) as (port,):
        line = SerialLine(port, log, seen.take)
        seen.wait(5)
        assert line.is_noise
        with line.held_in_reset():
            count = len(seen.lines)
            assert (line.received_bytes, len(line.last_lines), line.is_noise) == (0, 0, False)
        seen.wait(count + 5)
        line.close()


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines()
