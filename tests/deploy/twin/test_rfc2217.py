"""The network port, as pyserial's own client sees it, and as rude clients do."""

from __future__ import annotations

import asyncio
import os
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import serial

from pyralis.deploy.errors import UserError
from pyralis.deploy.twin.rfc2217 import HOST, Rfc2217Port

# pyserial 3.5 calls them.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")

TIMEOUT_S = 10
COM_PORT = 44


class Echo:
    """Something at the other end of the line that sends back what it hears, and tells what else happens."""

    def __init__(self, port: Rfc2217Port) -> None:
        self._port = port
        self.events: queue.Queue[Any] = queue.Queue()

    def receive(self, data: bytes) -> None:
        self._port.send(data)

    def line_baud(self, baud: int) -> None:
        self.events.put(baud)

    def lines(self, dtr: bool, rts: bool) -> None:
        self.events.put((dtr, rts))

    def next(self) -> Any:
        """What happens next."""
        return self.events.get(timeout=TIMEOUT_S)


class Served:
    """A port with an echo, in an event loop of its own."""

    def __init__(self) -> None:
        self.port = Rfc2217Port()
        self.echo = Echo(self.port)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.run(self.port.open(self.echo))

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(TIMEOUT_S)

    def unplug(self) -> None:
        self.loop.call_soon_threadsafe(self.port.close)

    def stop(self) -> None:
        self.run(self._hang_up())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _hang_up(self) -> None:
        self.port.close()
        while self.port._client is not None:
            await asyncio.sleep(0)


@pytest.fixture
def served() -> Iterator[Served]:
    port = Served()
    yield port
    port.stop()


@pytest.fixture
def client(served: Served) -> Iterator[Any]:
    """A client of pyserial, and the echo's events that opening it makes taken away."""
    with closing(serial.serial_for_url(served.port.url, baudrate=115200, timeout=TIMEOUT_S)) as opened:
        assert [served.echo.next() for _ in range(3)] == [115200, (True, False), (True, True)]
        yield opened


def connect(served: Served) -> socket.socket:
    return socket.create_connection((HOST, served.port.number), timeout=TIMEOUT_S)


def read_until(raw: socket.socket, wanted: bytes) -> bytes:
    got = b""
    while wanted not in got:
        data = raw.recv(65536)
        assert data, f"hung up after {got!r}"
        got += data
    return got


def test_every_byte_goes_both_ways(client: Any) -> None:
    data = bytes(range(256)) * 20 + b"\xff\xff\xff\xff" + b"\xff\xfa\x2c\xff\xf0" + os.urandom(20_000)
    client.write(data)
    assert client.read(len(data)) == data


def test_settings_and_lines(served: Served, client: Any) -> None:
    client.baudrate = 921600
    assert served.echo.next() == 921600
    client.dtr = False
    assert served.echo.next() == (False, True)
    client.rts = False
    assert served.echo.next() == (False, False)
    client.parity = serial.PARITY_EVEN
    client.stopbits = serial.STOPBITS_TWO
    client.bytesize = serial.SEVENBITS
    client.break_condition = True
    client.reset_input_buffer()
    client.reset_output_buffer()
    assert client.cts
    assert client.dsr
    assert client.cd
    assert not client.ri


def test_modem_state_can_be_polled(served: Served) -> None:
    with closing(serial.serial_for_url(served.port.url + "?poll_modem", timeout=TIMEOUT_S)) as client:
        assert client.cts


def test_lines_fall_when_the_client_goes_and_the_next_one_is_welcome(served: Served, client: Any) -> None:
    client.close()
    assert served.echo.next() == (False, False)
    with closing(serial.serial_for_url(served.port.url, timeout=TIMEOUT_S)) as again:
        again.write(b"hello")
        assert again.read(5) == b"hello"


def test_second_client_is_refused_at_once(served: Served, client: Any) -> None:
    with connect(served) as second:
        assert second.recv(100) == b""
    client.write(b"undisturbed")
    assert client.read(11) == b"undisturbed"
    assert served.echo.events.empty()


def test_unplugged(served: Served, client: Any) -> None:
    number = served.port.number
    served.unplug()
    assert served.echo.next() == (False, False)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, number), timeout=TIMEOUT_S)
    client._thread.join(TIMEOUT_S)
    with pytest.raises(serial.SerialException, match="connection failed"):
        client.read(1)


def test_port_in_use(served: Served) -> None:
    with pytest.raises(UserError, match=f"cannot listen on 127.0.0.1:{served.port.number}: .*in use"):
        served.run(Rfc2217Port().open(served.echo, served.port.number))


def test_port_that_is_not_open_has_no_number() -> None:
    port = Rfc2217Port()
    port.send(b"nobody")
    port.close()
    with pytest.raises(RuntimeError, match="not open"):
        _ = port.url


def test_options_are_agreed_on_once_and_others_refused(served: Served) -> None:
    with connect(served) as raw:
        offers = bytes([255, 251, 0, 255, 253, 0])
        assert read_until(raw, offers) == offers
        raw.sendall(bytes([255, 253, 0, 255, 251, 0]))  # agreed: no answer to that
        raw.sendall(bytes([255, 253, 24, 255, 251, 24]))  # terminal type
        raw.sendall(bytes([255, 251, COM_PORT, 255, 251, COM_PORT, 255, 252, COM_PORT]))
        answer = bytes([255, 252, 24, 255, 254, 24, 255, 253, COM_PORT, 255, 254, COM_PORT])
        assert read_until(raw, answer[-3:]) == answer


def ask(command: int, value: bytes) -> bytes:
    return bytes([255, 250, COM_PORT, command]) + value.replace(b"\xff", b"\xff\xff") + bytes([255, 240])


@pytest.mark.parametrize(
    ("command", "value", "answer"),
    [
        (0, b"", b"Pyralis virtual board"),
        (1, bytes(4), (115200).to_bytes(4, "big")),
        (1, b"\x00\xff", (115200).to_bytes(4, "big")),
        (1, b"\x00\x00\xff\xff", b"\x00\x00\xff\xff"),
        (2, b"\0", b"\x08"),
        (5, b"\x00", b"\x01"),
        (5, b"\x04", b"\x06"),
        (5, b"\x07", b"\x09"),
        (5, b"\x0a", b"\x0c"),
        (5, b"\x08", b"\x08"),
        (7, b"", b"\xb0"),
        (11, b"\xff", b"\xff"),
        (12, b"\x03", b"\x03"),
    ],
)
def test_com_port_commands(served: Served, command: int, value: bytes, answer: bytes) -> None:
    with connect(served) as raw:
        raw.sendall(ask(command, value))
        read_until(raw, ask(command + 100, answer))


def test_rude_client_harms_nobody(served: Served) -> None:
    with connect(served) as raw:
        raw.sendall(ask(5, b"") + ask(99, b"?") + bytes([255, 250, 255, 240, 255, 250, COM_PORT, 255, 240, 255, 241]))
        raw.sendall(bytes([255, 250, 24]) + bytes(10_000) + bytes([255, 240]) + b"still here")
        read_until(raw, b"still here")
    with connect(served) as raw:
        raw.sendall(b"and again")
        read_until(raw, b"and again")
