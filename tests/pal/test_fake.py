"""The fake platform is deterministic: its clock moves when the test says so, and wraps like a board's."""

from __future__ import annotations

import asyncio

import pytest

from pyralis.pal.fake import FakePlatform

WRAP_US = 0x40000000


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


def test_time_stands_still_until_it_is_moved(platform: FakePlatform) -> None:
    assert platform.ticks_us() == platform.ticks_us() == 0
    platform.advance_ms(5)
    assert platform.ticks_us() == 5000


@pytest.mark.parametrize(
    ("start", "end", "difference"), [(0, 5, 5), (5, 0, -5), (WRAP_US - 3, 4, 7), (4, WRAP_US - 3, -7)]
)
def test_differences_are_right_across_the_wrap(platform: FakePlatform, start: int, end: int, difference: int) -> None:
    assert platform.ticks_diff_us(end, start) == difference


def test_the_clock_wraps(platform: FakePlatform) -> None:
    platform.now_us = WRAP_US + 7
    assert platform.ticks_us() == 7


def test_sleep_moves_the_clock_and_lets_others_run(platform: FakePlatform) -> None:
    seen: list[int] = []

    async def other() -> None:
        seen.append(platform.ticks_us())

    async def run() -> None:
        task = asyncio.create_task(other())
        await platform.sleep_ms(20)
        await task

    asyncio.run(run())
    assert seen == [20_000]


def test_a_socket_keeps_copies_and_takes_nothing_when_full(platform: FakePlatform) -> None:
    socket = platform.open_datagram("10.0.0.1", 6454)
    packet = bytearray(b"one")
    assert socket.send(packet)
    packet[0] = 0
    socket.full = True
    assert not socket.send(packet)
    assert (socket.packets, socket.address) == ([b"one"], ("10.0.0.1", 6454))
    assert platform.sockets == [socket]


def test_storage_keeps_sets_aside_and_fails_on_demand(platform: FakePlatform) -> None:
    platform.storage.write("a", b"1")
    assert platform.storage.read("a") == b"1"
    assert platform.storage.set_aside("a") == "a.broken"
    assert platform.storage.read("a") is None
    platform.storage.failing = True
    with pytest.raises(OSError, match="full"):
        platform.storage.write("a", b"2")
