"""Telnet: tells data from commands in a stream; knows no option and does no I/O."""

from collections.abc import Iterator
from dataclasses import dataclass

IAC = b"\xff"
DO_NOT, DO, WILL_NOT, WILL, BEGIN, END = 254, 253, 252, 251, 250, 240
_IAC = 255
_IAC_DOUBLED = IAC + IAC
_MAX_SUBOPTION_BYTES = 256


@dataclass(frozen=True)
class Negotiation:
    """Of these verbs one, and the option that it is about."""

    verb: int
    option: int


@dataclass(frozen=True)
class Suboption:
    """What stands between the begin and the end of a subnegotiation; cut off where it is too long."""

    data: bytes


def escape(data: bytes) -> bytes:
    """Data as they go over the line."""
    return data.replace(IAC, _IAC_DOUBLED)


class Parser:
    """Takes a stream apart, however it is cut into pieces."""

    def __init__(self) -> None:
        self._unfinished = b""  # begin of a command
        self._suboption: bytearray | None = None

    def feed(self, data: bytes) -> Iterator[bytes | Negotiation | Suboption]:
        """Data and commands, in their order."""
        data = self._unfinished + data
        self._unfinished = b""
        if self._suboption is None and IAC not in data.replace(_IAC_DOUBLED, b""):
            yield data.replace(_IAC_DOUBLED, IAC)  # bulk data: nothing is a command
            return
        at = 0
        while at < len(data):
            found = data.find(_IAC, at)
            if found != at:
                end = found if found >= 0 else len(data)
                yield from self._literal(data[at:end])
                at = end
                continue
            size = _command_bytes(data, at)
            if at + size > len(data):
                self._unfinished = data[at:]
                return
            yield from self._command(data[at : at + size])
            at += size

    def _literal(self, data: bytes) -> Iterator[bytes]:
        if self._suboption is None:
            yield data
        elif len(self._suboption) + len(data) <= _MAX_SUBOPTION_BYTES:
            self._suboption += data

    def _command(self, command: bytes) -> Iterator[bytes | Negotiation | Suboption]:
        code = command[1]
        if code == _IAC:
            yield from self._literal(IAC)
        elif code == BEGIN:
            self._suboption = bytearray()
        elif code == END and self._suboption is not None:
            suboption, self._suboption = bytes(self._suboption), None
            yield Suboption(suboption)
        elif WILL <= code <= DO_NOT:
            yield Negotiation(code, command[2])


def _command_bytes(data: bytes, at: int) -> int:
    """The size of the command that begins here."""
    return 3 if at + 1 < len(data) and WILL <= data[at + 1] <= DO_NOT else 2
