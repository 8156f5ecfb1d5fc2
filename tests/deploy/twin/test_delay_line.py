"""The delay line: order is kept, time is what the clock says, and memory is bounded."""

from __future__ import annotations

from hand_clock import HandClock

from pyralis.deploy.twin.delay_line import DelayLine


def make() -> tuple[HandClock, DelayLine, list[tuple[float, bytes]]]:
    clock = HandClock()
    got: list[tuple[float, bytes]] = []
    return clock, DelayLine(clock, lambda data: got.append((round(clock.time(), 6), data))), got


def test_nothing_waits_without_a_reason() -> None:
    _, line, got = make()
    line.put(b"a")
    assert got == [(0.0, b"a")]


def test_data_take_the_time_of_the_line() -> None:
    clock, line, got = make()
    line.put(b"a", lasts_s=0.5)
    line.put(b"b", lasts_s=0.25)
    clock.advance(10)
    line.put(b"c", lasts_s=1)
    clock.advance(10)
    assert got == [(0.5, b"a"), (0.75, b"b"), (11.0, b"c")]


def test_late_data_hold_up_what_follows() -> None:
    clock, line, got = make()
    line.put(b"late", late_s=0.4)
    line.put(b"also late", late_s=0.4)
    line.put(b"next")
    clock.advance(0.39)
    assert got == []
    clock.advance(1)
    assert got == [(0.4, b"late"), (0.4, b"also late"), (0.4, b"next")]


def test_what_is_cleared_never_arrives() -> None:
    clock, line, got = make()
    line.put(b"a", late_s=1)
    line.clear()
    clock.advance(10)
    line.put(b"b")
    assert got == [(10.0, b"b")]


def test_who_is_called_may_clear() -> None:
    clock = HandClock()
    got: list[bytes] = []

    def deliver(data: bytes) -> None:
        got.append(data)
        line.clear()

    line = DelayLine(clock, deliver)
    line.put(b"a", late_s=1)
    line.put(b"b", late_s=1)
    clock.advance(5)
    assert got == [b"a"]


def test_too_much_is_lost() -> None:
    clock, line, got = make()
    for _ in range(40):
        line.put(bytes(100_000), late_s=1)
    clock.advance(2)
    assert 0 < sum(len(data) for _, data in got) <= 1024 * 1024
