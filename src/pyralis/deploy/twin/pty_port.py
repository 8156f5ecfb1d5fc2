"""A serial port as a pseudo terminal: data and baud rate, but neither DTR nor RTS.

It knows nothing of what is at the other end of the line.
"""

import asyncio
import os
import re
import select
import termios
import tty
from typing import Protocol

_OPEN_CHECK_S = 0.05  # nothing tells the master that somebody opens the slave
_READ_BYTES = 65536
_MAX_PENDING_BYTES = 1024 * 1024  # a client that does not read loses the rest
_OUTPUT_SPEED = 5
_SPEEDS = {getattr(termios, name): int(name[1:]) for name in dir(termios) if re.fullmatch(r"B[1-9]\d*", name)}


class Listener(Protocol):
    """What is at the other end of the line."""

    def receive(self, data: bytes) -> None:
        """Bytes from the client."""

    def line_baud(self, baud: int) -> None:
        """The client has set the speed."""

    def port_closed(self) -> None:
        """The client has closed the port."""


class PtyPort:
    """The master of a pseudo terminal; sends to whoever has its slave open."""

    def __init__(self) -> None:
        self.path = ""  # of the slave
        self._master = -1
        self._is_open = False  # by a client
        self._pending = bytearray()
        self._speed = 0
        self._timer: asyncio.TimerHandle | None = None

    def open(self, listener: Listener) -> None:
        """Make the terminal."""
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        self._look_for_client(listener)

    def send(self, data: bytes) -> None:
        """Bytes for the client; lost where there is none."""
        if not self._is_open or len(self._pending) + len(data) > _MAX_PENDING_BYTES:
            return
        self._pending += data
        self._write()

    def close(self) -> None:
        """Let it be gone."""
        if self._timer is not None:
            self._timer.cancel()
        if self._is_open:
            self._stop_reading()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _look_for_client(self, listener: Listener) -> None:
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        events = poll.poll(0)
        state = events[0][1] if events else 0
        loop = asyncio.get_running_loop()
        if state & select.POLLIN or not state & select.POLLHUP:
            self._is_open = True
            self._timer = None
            loop.add_reader(self._master, self._read, listener)
        else:
            self._timer = loop.call_later(_OPEN_CHECK_S, self._look_for_client, listener)

    def _read(self, listener: Listener) -> None:
        try:
            data = os.read(self._master, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # so Linux says that nobody has the slave open
            data = b""
        if not data:
            self._stop_reading()
            listener.port_closed()
            self._look_for_client(listener)
            return
        speed = termios.tcgetattr(self._master)[_OUTPUT_SPEED]
        if speed != self._speed:
            self._speed = speed
            if speed in _SPEEDS:
                listener.line_baud(_SPEEDS[speed])
        listener.receive(data)

    def _stop_reading(self) -> None:
        self._is_open = False
        self._pending.clear()
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)

    def _write(self) -> None:
        """Write what the terminal takes; the rest when it takes more."""
        try:
            written = os.write(self._master, self._pending)
        except BlockingIOError:
            written = 0
        except OSError:  # nobody is there any more
            written = len(self._pending)
        del self._pending[:written]
        loop = asyncio.get_running_loop()
        if self._pending:
            loop.add_writer(self._master, self._write)
        else:
            loop.remove_writer(self._master)
