"""The board: its lines decide what runs, and what is wrong with it shows on its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hand_clock import HandClock
from loader_host import FLASH_BEGIN, FLASH_DATA, READ_REG, SYNC, Host, block, frames, model, reply, request, words

from pyralis.deploy.twin import rom
from pyralis.deploy.twin.board import BOOT_DECISION_S, BareLine, Board, Mode
from pyralis.deploy.twin.faults import parse_faults
from pyralis.deploy.twin.flash_chip import FlashChip
from pyralis.deploy.twin.loader import Loader
from pyralis.deploy.twin.protocol import SYNC_DATA, SYNC_FRAME

SYNC_LINE = request(SYNC, SYNC_DATA)
SYNC_ANSWERS = 8
WAITS = b"waiting for download\r\n"


class Bench:
    """A board on a bench, with a machine that writes down what happens to it."""

    def __init__(self, flash: FlashChip, platform: str, *faults: str) -> None:
        self.events: list[str] = []
        self.line = b""
        self.clock = HandClock()
        self.is_unplugged = False
        loader = Loader(model(platform, flash.size_bytes), flash, parse_faults(faults))
        self.board = Board(loader, self._machine, self.clock, self._send, self._unplug)

    def _machine(self, output: Callable[[bytes], None]) -> Bench:
        self.output = output
        return self

    def _send(self, data: bytes) -> None:
        self.line += data

    def _unplug(self) -> None:
        self.is_unplugged = True

    def start(self, cause: str) -> None:
        self.events.append(cause)
        self.output(f"[{cause}]".encode())

    def stop(self) -> None:
        if self.events and self.events[-1] != "stop":
            self.events.append("stop")

    def write(self, data: bytes) -> None:
        self.output(data.upper())

    def is_in(self, mode: Mode) -> bool:
        """Whether the board is in a mode."""
        return self.board.mode is mode

    def heard(self) -> bytes:
        """What came over the line since the last time."""
        line, self.line = self.line, b""
        return line

    def classic_reset(self) -> None:
        """As esptool enters download mode, one line after the other."""
        for dtr, rts, then_s in ((0, 0, 0), (0, 1, 0.1), (1, 1, 0.05), (1, 0, 0.05), (0, 0, 0)):
            self.board.lines(bool(dtr), bool(rts))
            self.clock.advance(then_s)

    def hard_reset(self) -> None:
        """As esptool leaves download mode."""
        self.board.lines(False, True)
        self.clock.advance(0.1)
        self.board.lines(False, False)


@pytest.fixture
def make_bench(flash: FlashChip) -> Callable[..., Bench]:
    def make(platform: str = "esp32dev", *faults: str, on: bool = True) -> Bench:
        bench = Bench(flash, platform, *faults)
        if on:
            bench.board.power_on()
            bench.line = b""
        return bench

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


def test_off_it_does_nothing(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(on=False)
    bench.classic_reset()
    bench.board.receive(SYNC_LINE)
    bench.clock.advance(10)
    assert (bench.events, bench.line) == ([], b"")


def test_power_on_runs_the_program(bench: Bench) -> None:
    assert bench.events == [rom.POWER_ON]
    bench.board.receive(b"abc")
    assert bench.heard() == b"ABC"
    bench.board.power_off()
    bench.board.receive(b"abc")
    bench.output(b"ghost")
    assert (bench.events, bench.heard()) == ([rom.POWER_ON, "stop"], b"")
    bench.board.power_on()
    assert bench.events[-1] == rom.POWER_ON


@pytest.mark.parametrize("platform", ["esp32dev", "esp32s3", "esp32c3"])
def test_download_mode_and_back(make_bench: Callable[..., Bench], platform: str) -> None:
    bench = make_bench(platform)
    bench.classic_reset()
    assert bench.heard().endswith(WAITS)
    assert bench.events == [rom.POWER_ON, "stop"]
    bench.board.receive(SYNC_LINE)
    assert len(frames(bench.heard())) == SYNC_ANSWERS
    bench.hard_reset()
    assert bench.events[2:] == [rom.POWER_ON]
    bench.clock.advance(10)
    assert bench.events[2:] == [rom.POWER_ON]


def test_both_lines_at_once_as_well(bench: Bench) -> None:
    bench.board.lines(False, True)
    bench.board.lines(True, False)
    assert bench.is_in(Mode.DOWNLOAD)


def test_held_in_reset_nothing_answers(bench: Bench) -> None:
    bench.board.lines(False, True)
    bench.board.receive(SYNC_LINE)
    bench.output(b"ghost")
    bench.clock.advance(100)
    assert (bench.board.mode, bench.line) == (Mode.HELD, b"")


def test_lines_that_stay_both_set_run_the_program_after_a_while(bench: Bench) -> None:
    bench.board.lines(False, True)
    bench.board.lines(True, True)
    bench.clock.advance(BOOT_DECISION_S * 0.99)
    assert bench.is_in(Mode.UNDECIDED)
    bench.clock.advance(BOOT_DECISION_S * 0.02)
    assert bench.is_in(Mode.RUNNING)
    bench.board.lines(True, False)  # too late
    assert bench.is_in(Mode.RUNNING)


def test_reset_while_it_decides(bench: Bench) -> None:
    bench.board.lines(False, True)
    bench.board.lines(True, True)
    bench.board.lines(False, True)
    bench.clock.advance(10)
    assert bench.is_in(Mode.HELD)


def test_opening_and_closing_a_port_resets_nothing(bench: Bench) -> None:
    for dtr, rts in ((True, False), (True, True), (False, False)):
        bench.board.lines(dtr, rts)
    bench.clock.advance(10)
    assert bench.events == [rom.POWER_ON]


def test_power_on_with_the_lines_set(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(on=False)
    bench.board.lines(False, True)
    bench.board.power_on()
    assert bench.is_in(Mode.HELD)
    bench.board.lines(True, False)
    assert bench.is_in(Mode.DOWNLOAD)


def download(bench: Bench) -> Host:
    bench.classic_reset()
    bench.heard()
    return Host(bench.board._loader)


def test_loader_that_is_left_starts_the_program(bench: Bench) -> None:
    download(bench)
    bench.board.receive(request(FLASH_BEGIN, words(0, 0, 1024, 0)) + request(4, words(0)))
    assert bench.events[-1] == rom.SOFTWARE
    assert [reply(frame).op for frame in frames(bench.line.removesuffix(b"[software]"))] == [FLASH_BEGIN, 4]


def test_stub_that_is_left_enters_the_rom(bench: Bench) -> None:
    download(bench).start_stub()
    bench.board.receive(request(FLASH_BEGIN, words(0, 0, 1024, 0)) + request(4, words(0)))
    assert bench.is_in(Mode.DOWNLOAD)
    assert bench.heard().endswith(WAITS)
    bench.board.receive(SYNC_LINE)
    assert reply(frames(bench.heard())[0]).value != 0


def test_watchdog_reset(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench("esp32c3")
    family = download(bench).loader.model.family
    writes = words(family.watchdog_config, 1 << 31, 0xFFFFFFFF, 0) + words(family.watchdog_protect, 0, 0xFFFFFFFF, 0)
    bench.board.receive(request(9, writes))
    assert bench.events[-1] == rom.WATCHDOG


# ---- a line without lines -------------------------------------------------------------------------------------------


def test_sync_means_enter_download_and_closing_means_reset(bench: Bench) -> None:
    line = BareLine(bench.board)
    line.receive(b"print(1)")
    assert bench.heard() == b"PRINT(1)"
    line.receive(b"noise" + SYNC_LINE[:20])
    line.receive(SYNC_LINE[20:] + SYNC_LINE)
    assert bench.events == [rom.POWER_ON, "stop"]
    assert len(frames(bench.heard().removeprefix((b"noise" + SYNC_LINE[:20]).upper()))) == 2 * SYNC_ANSWERS
    line.port_closed()
    assert bench.events[2:] == [rom.POWER_ON]


def test_closing_without_a_download_resets_nothing(bench: Bench) -> None:
    line = BareLine(bench.board)
    line.receive(SYNC_FRAME[:-1])
    line.port_closed()
    line.receive(SYNC_FRAME[-1:])
    assert bench.events == [rom.POWER_ON]


def test_program_that_runs_again_is_not_reset_by_closing(bench: Bench) -> None:
    line = BareLine(bench.board)
    line.receive(SYNC_LINE + request(FLASH_BEGIN, words(0, 0, 1024, 0)) + request(4, words(1)))
    line.port_closed()
    assert bench.events == [rom.POWER_ON, "stop", rom.SOFTWARE]


# ---- faults ----------------------------------------------------------------------------------------------------------


def test_stuck_in_boot(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench("esp32dev", "stuck-in-boot")
    bench.classic_reset()
    assert (bench.board.mode, bench.events[-1]) == (Mode.RUNNING, rom.POWER_ON)
    BareLine(bench.board).receive(SYNC_LINE)
    assert bench.is_in(Mode.RUNNING)


def test_unplugged(make_bench: Callable[..., Bench], flash: FlashChip) -> None:
    begin, data = request(FLASH_BEGIN, words(8, 2, 4, 0)), block(FLASH_DATA, b"data")
    bench = make_bench("esp32dev", f"unplug-at:{len(begin + data) + 5}")
    download(bench)
    bench.board.receive(begin)
    bench.board.receive(data + data)
    assert (bench.board.mode, bench.is_unplugged) == (Mode.UNPLUGGED, True)
    assert flash.read(0, 5) == b"data\xff"
    bench.heard()
    bench.hard_reset()
    bench.board.reset()
    bench.board.power_off()
    bench.board.power_on()
    bench.board.receive(SYNC_LINE)
    assert not bench.board.enter_download()
    assert (bench.board.mode, bench.line) == (Mode.UNPLUGGED, b"")


def test_power_cut(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench("esp32dev", "power-cut-at:4096")
    download(bench)
    bench.board.receive(request(FLASH_BEGIN, words(8192, 2, 4096, 0)))
    assert bench.is_in(Mode.OFF)
    bench.hard_reset()
    assert (bench.board.mode, bench.line) == (Mode.OFF, b"")
    bench.board.power_on()
    assert bench.is_in(Mode.RUNNING)


def test_late_replies_but_to_sync(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench("esp32dev", "late-reply:400ms")
    download(bench)
    bench.board.receive(SYNC_LINE)
    assert len(frames(bench.heard())) == SYNC_ANSWERS
    bench.board.receive(request(READ_REG, words(0)))
    bench.clock.advance(0.39)
    assert bench.line == b""
    bench.clock.advance(0.02)
    assert len(frames(bench.heard())) == 1


def test_slow_line_takes_the_time_that_its_baud_rate_says(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench("esp32dev", "slow-line")
    download(bench)
    bench.clock.advance(1)
    bench.heard()
    bench.board.line_baud(9600)
    ask = request(READ_REG, words(0))
    answer_bytes = 14
    takes_s = (len(ask) + answer_bytes) * 10 / 9600
    bench.board.receive(ask)
    bench.clock.advance(takes_s * 0.99)
    assert bench.line == b""
    bench.clock.advance(takes_s * 0.02)
    assert len(bench.heard()) == answer_bytes


def test_garbled_above_a_speed(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench("esp32dev", "garbled-above:230400")
    download(bench)
    ask = request(READ_REG, words(0))
    answers = []
    for baud in (230400, 921600, 230400):
        bench.board.line_baud(baud)
        bench.board.receive(ask)
        answers.append(bench.heard())
    good = answers[0]
    assert len(frames(good)) == 1
    assert answers[1] != good
    assert answers[2].endswith(good)


def test_no_boot(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench("esp32dev", "no-boot")
    assert (bench.board.mode, bench.events) == (Mode.RUNNING, [])


def test_noise_until_the_next_reset(make_bench: Callable[..., Bench], tmp_path: Path) -> None:
    bench = make_bench("esp32dev", "noise")
    bench.clock.advance(1)
    assert len(set(bench.heard())) > 100
    bench.board.lines(False, True)
    bench.clock.advance(1)
    assert bench.heard() == b""
