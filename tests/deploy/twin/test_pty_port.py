"""The pseudo terminal: raw, and it notices who comes and goes."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
import serial

from pyralis.deploy.twin.pty_port import PtyPort

TIMEOUT_S = 10


class Echo:
    """Something at the other end of the line that sends back what it hears, and tells what else happens."""

    def __init__(self, port: PtyPort) -> None:
        self._port = port
        self.events: asyncio.Queue[Any] = asyncio.Queue()

    def receive(self, data: bytes) -> None:
        self._port.send(data)

    def line_baud(self, baud: int) -> None:
        self.events.put_nowait(baud)

    def port_closed(self) -> None:
        self.events.put_nowait("closed")

    async def next(self) -> Any:
        """What happens next."""
        return await asyncio.wait_for(self.events.get(), TIMEOUT_S)


@asynccontextmanager
async def served() -> AsyncIterator[tuple[PtyPort, Echo]]:
    port = PtyPort()
    echo = Echo(port)
    port.open(echo)
    try:
        yield port, echo
    finally:
        port.close()


def run(test: Callable[[PtyPort, Echo], Awaitable[None]]) -> None:
    async def with_port() -> None:
        async with served() as (port, echo):
            await test(port, echo)

    asyncio.run(with_port())


async def talk(client: serial.Serial, data: bytes) -> bytes:
    """Write, and read as much, while the port works."""

    def block() -> bytes:
        client.write(data)
        return client.read(len(data))

    return await asyncio.to_thread(block)


def open_client(port: PtyPort, **settings: Any) -> closing[serial.Serial]:
    return closing(serial.Serial(port.path, timeout=TIMEOUT_S, **settings))


def test_every_byte_goes_both_ways() -> None:
    async def test(port: PtyPort, echo: Echo) -> None:
        with open_client(port) as client:
            data = bytes(range(256)) * 8
            for _ in range(10):
                assert await talk(client, data) == data

    run(test)


def test_terminal_is_raw_from_the_beginning() -> None:
    async def test(port: PtyPort, echo: Echo) -> None:
        fd = os.open(port.path, os.O_RDWR | os.O_NOCTTY)
        assert termios.tcgetattr(fd)[3] & (termios.ECHO | termios.ICANON | termios.ISIG) == 0
        os.close(fd)

    run(test)


def test_baud_rate_is_seen() -> None:
    async def test(port: PtyPort, echo: Echo) -> None:
        with open_client(port, baudrate=921600) as client:
            await talk(client, b"a")
            assert await echo.next() == 921600
            client.baudrate = 57600
            await talk(client, b"ab")
            assert await echo.next() == 57600

    run(test)


def test_clients_come_and_go() -> None:
    async def test(port: PtyPort, echo: Echo) -> None:
        for word in (b"first", b"second", b"third"):
            with open_client(port, baudrate=115200) as client:
                assert await talk(client, word) == word
            while await echo.next() != "closed":
                continue

    run(test)


def test_last_words_of_a_client_that_has_gone_are_heard() -> None:
    class Listener(Echo):
        def receive(self, data: bytes) -> None:
            self.events.put_nowait(data)

    async def test(port: PtyPort, _: Echo) -> None:
        other = PtyPort()
        listener = Listener(other)
        other.open(listener)
        fd = os.open(other.path, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, b"last words")
        os.close(fd)
        heard = [await listener.next() for _ in range(3)]
        assert heard[-2:] == [b"last words", "closed"]
        other.close()

    run(test)


def test_words_for_nobody_are_lost() -> None:
    async def test(port: PtyPort, echo: Echo) -> None:
        port.send(b"nobody is there")
        with open_client(port) as client:
            assert await talk(client, b"hello") == b"hello"
            assert client.in_waiting == 0

    run(test)


def test_client_that_does_not_read_gets_what_fits() -> None:
    async def test(port: PtyPort, echo: Echo) -> None:
        with open_client(port) as client:
            await talk(client, b"a")
            for _ in range(300):
                port.send(bytes(10_000))
            assert len(port._pending) <= 1024 * 1024
            waiting = len(port._pending)
            got = await asyncio.to_thread(client.read, waiting)
            assert got == bytes(waiting)

    run(test)


def test_nobody_there_costs_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(port: PtyPort, echo: Echo) -> None:
        looks_s: asyncio.Queue[float] = asyncio.Queue()
        look = port._look_for_client

        def note(listener: Any) -> None:
            looks_s.put_nowait(asyncio.get_running_loop().time())
            look(listener)

        monkeypatch.setattr(port, "_look_for_client", note)
        first_s, second_s = [await asyncio.wait_for(looks_s.get(), TIMEOUT_S) for _ in range(2)]
        assert second_s - first_s >= 0.04

    run(test)


def test_unplugged() -> None:
    async def test(port: PtyPort, echo: Echo) -> None:
        with open_client(port) as client:
            await talk(client, b"a")
            port.close()
            with pytest.raises((serial.SerialException, OSError)):
                client.read(1)
        port.send(b"nobody")
        port.close()

    run(test)
