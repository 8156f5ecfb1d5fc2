"""A serial port by RFC 2217 on this machine: data, baud rate, DTR and RTS through one TCP connection.

One client at a time, as a serial port has it. It knows nothing of what is at the other end of the line.
"""

import asyncio
import os
import struct
from typing import Protocol

from pyralis.deploy.errors import UserError
from pyralis.deploy.twin import telnet
from pyralis.deploy.twin.telnet import DO, DO_NOT, WILL, WILL_NOT, Negotiation

HOST = "127.0.0.1"
_BINARY, _ECHO, _SUPPRESS_GO_AHEAD, _COM_PORT = 0, 1, 3, 44
_OURS = {_BINARY, _ECHO, _SUPPRESS_GO_AHEAD, _COM_PORT}  # echo is ours so that the client makes none of its own
_THEIRS = {_BINARY, _SUPPRESS_GO_AHEAD, _COM_PORT}

_SIGNATURE, _SET_BAUD, _SET_DATA_SIZE, _SET_PARITY, _SET_STOP_SIZE, _SET_CONTROL = range(6)
_NOTIFY_MODEM_STATE = 7
_SET_LINE_STATE_MASK, _SET_MODEM_STATE_MASK, _PURGE = 10, 11, 12
_ANSWER = 100  # added to a command, it is the answer to it
_ASK_DTR, _DTR_ON, _DTR_OFF, _ASK_RTS, _RTS_ON, _RTS_OFF = range(7, 13)
_CONTROL_DEFAULTS = {0: 1, 4: 6, 13: 14}  # asked for: no flow control, no break, no flow control inbound
_MODEM_STATE = bytes([0xB0])  # carrier, data set ready and clear to send
_DEFAULT_BAUD = 115200
_MAX_PENDING_BYTES = 1024 * 1024  # a client that does not read loses the rest


class Listener(Protocol):
    """What is at the other end of the line."""

    def receive(self, data: bytes) -> None:
        """Bytes from the client."""

    def line_baud(self, baud: int) -> None:
        """The client has set the speed."""

    def lines(self, dtr: bool, rts: bool) -> None:
        """The client has moved its lines."""


class Rfc2217Port:
    """The server; sends to whoever is connected."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._client: _Client | None = None

    async def open(self, listener: Listener, port: int = 0) -> None:
        """Listen on a TCP port, 0 for any; UserError where it is in use."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Client(self, listener), HOST, port, backlog=8)
        except OSError as error:
            raise UserError(
                f"cannot listen on {HOST}:{port}: {os.strerror(error.errno or 0)}",
                whose="another program's, which uses this port",
                todo="end it, or take another port",
            ) from None

    @property
    def number(self) -> int:
        """The TCP port."""
        if self._server is None:
            raise RuntimeError("the port is not open")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """The port as pyserial takes it."""
        return f"rfc2217://{HOST}:{self.number}"

    def send(self, data: bytes) -> None:
        """Bytes for the client; lost where there is none."""
        if self._client is not None:
            self._client.send(data)

    def close(self) -> None:
        """Hang up, and listen no longer."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._client is not None:
            self._client.hang_up()

    def claim(self, client: "_Client") -> bool:
        """A client has come; whether the port was free for it."""
        if self._client is not None:
            return False
        self._client = client
        return True

    def release(self, client: "_Client") -> None:
        """A client has gone."""
        if self._client is client:
            self._client = None


class _Client(asyncio.Protocol):
    """One connection: negotiates, and keeps what was negotiated."""

    def __init__(self, port: Rfc2217Port, listener: Listener) -> None:
        self._port = port
        self._listener = listener
        self._parser = telnet.Parser()
        self._transport: asyncio.Transport | None = None
        self._ours = {_BINARY}  # offered or agreed
        self._theirs = {_BINARY}
        self._dtr = self._rts = False
        self._settings = {
            _SET_BAUD: struct.pack(">I", _DEFAULT_BAUD),
            _SET_DATA_SIZE: b"\x08",
            _SET_PARITY: b"\x01",
            _SET_STOP_SIZE: b"\x01",
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        if not isinstance(transport, asyncio.Transport) or not self._port.claim(self):
            transport.close()
            return
        self._transport = transport
        self._negotiate(WILL, _BINARY)
        self._negotiate(DO, _BINARY)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone: as with a real port, both lines fall at once."""
        if self._transport is not None:
            self._transport = None
            self._port.release(self)
            self._listener.lines(False, False)

    def data_received(self, data: bytes) -> None:
        """Bytes from the client."""
        if self._transport is None:
            return
        for part in self._parser.feed(data):
            if isinstance(part, bytes):
                self._listener.receive(part)
            elif isinstance(part, Negotiation):
                self._negotiated(part)
            elif part.data[:1] == bytes([_COM_PORT]) and len(part.data) > 1:
                self._com_port(part.data[1], part.data[2:])

    def send(self, data: bytes) -> None:
        """Bytes for the client."""
        if self._transport is not None and self._transport.get_write_buffer_size() < _MAX_PENDING_BYTES:
            self._transport.write(telnet.escape(data))

    def hang_up(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _negotiate(self, verb: int, option: int) -> None:
        self._write(bytes([255, verb, option]))

    def _negotiated(self, asked: Negotiation) -> None:
        """Agree once to what is known, refuse the rest."""
        ours = asked.verb in (DO, DO_NOT)
        agreed, known, yes, no = (self._ours, _OURS, WILL, WILL_NOT) if ours else (self._theirs, _THEIRS, DO, DO_NOT)
        wanted = asked.verb in (DO, WILL)
        if wanted and asked.option not in agreed:
            self._negotiate(yes if asked.option in known else no, asked.option)
            if asked.option in known:
                agreed.add(asked.option)
                if asked.option == _COM_PORT and ours:
                    self._answer(_NOTIFY_MODEM_STATE, _MODEM_STATE)
        elif not wanted and asked.option in agreed:
            agreed.discard(asked.option)
            self._negotiate(no, asked.option)

    def _com_port(self, command: int, value: bytes) -> None:
        if command in self._settings:
            self._set(command, value)
        elif command == _SET_CONTROL and value:
            self._answer(command, bytes([self._control(value[0])]))
        elif command == _NOTIFY_MODEM_STATE:
            self._answer(command, _MODEM_STATE)
        elif command == _SIGNATURE:
            self._answer(command, value or b"Pyralis virtual board")
        elif command in (_SET_LINE_STATE_MASK, _SET_MODEM_STATE_MASK, _PURGE):
            self._answer(command, value)  # nothing is kept back here that could be thrown away

    def _set(self, command: int, value: bytes) -> None:
        """Take a setting, and tell what it is now; all zeros ask for it."""
        if len(value) == len(self._settings[command]) and any(value):
            self._settings[command] = value
            if command == _SET_BAUD:
                self._listener.line_baud(int.from_bytes(value, "big"))
        self._answer(command, self._settings[command])

    def _control(self, value: int) -> int:
        """Do what a SET_CONTROL says; returns what holds now."""
        if value in (_DTR_ON, _DTR_OFF):
            self._dtr = value == _DTR_ON
        elif value in (_RTS_ON, _RTS_OFF):
            self._rts = value == _RTS_ON
        else:
            asked = {_ASK_DTR: _DTR_ON if self._dtr else _DTR_OFF, _ASK_RTS: _RTS_ON if self._rts else _RTS_OFF}
            return (_CONTROL_DEFAULTS | asked).get(value, value)
        self._listener.lines(self._dtr, self._rts)
        return value

    def _answer(self, command: int, value: bytes) -> None:
        head = bytes([255, telnet.BEGIN, _COM_PORT, command + _ANSWER])
        self._write(head + telnet.escape(value) + bytes([255, telnet.END]))

    def _write(self, data: bytes) -> None:
        if self._transport is not None and self._transport.get_write_buffer_size() < _MAX_PENDING_BYTES:
            self._transport.write(data)
