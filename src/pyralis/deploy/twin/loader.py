"""The loader of a chip, seen from its serial line: bytes in, replies out, without any I/O.

What the commands do is in `commands.py`; here is how they are framed, refused, lost, and answered.
"""

import struct

from pyralis.deploy.twin import slip
from pyralis.deploy.twin.chips import ChipModel
from pyralis.deploy.twin.commands import Commands
from pyralis.deploy.twin.faults import Faults
from pyralis.deploy.twin.flash_chip import FlashChip, PowerCut
from pyralis.deploy.twin.protocol import SYNC, Answer, Output, Refusal, Refused, Request

_HEADER = struct.Struct("<BBHI")
_REQUEST = 0
_REPLY = 1
_ACKNOWLEDGEMENT_BYTES = 4


class Loader:
    """ROM loader of a chip, and its stub once a host has uploaded one.

    What the chip is to do when the replies are out stands in `request`; until `reset` it hears nothing more then.
    """

    def __init__(self, model: ChipModel, flash: FlashChip, faults: Faults | None = None) -> None:
        self.model = model
        self.flash = flash
        self.faults = faults or Faults()
        flash.cut_after_bytes = self.faults.power_cut_at_bytes
        self._line_baud = model.baud
        self.reset()

    def reset(self) -> None:
        """Back to the ROM, as after a reset of the chip."""
        self.model.reset()
        self._frames = slip.Decoder()
        self._commands = Commands(self.model, self.flash, self.faults)
        self._commands.line_baud = self._line_baud
        self._owed: Refusal | None = None  # what failed after its reply is told with the next one

    @property
    def is_stub(self) -> bool:
        """Whether the stub runs."""
        return self._commands.is_stub

    @property
    def request(self) -> Request | None:
        """What the chip is to do now, if anything."""
        return self._commands.request

    @property
    def baud(self) -> int:
        """The baud rate of the chip's UART."""
        return self.model.baud

    def line_baud(self, baud: int) -> None:
        """The host has set its side of the line to this baud rate."""
        self._line_baud = self._commands.line_baud = baud

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes of the line; returns the frames it answers with, as they go over the line."""
        replies: list[bytes] = []
        for frame in self._frames.feed(data):
            if self.request is not None:
                break
            try:
                self._take(frame, replies)
            except PowerCut:
                self._commands.request = Request.POWER_CUT
        return replies

    def _take(self, frame: bytes, replies: list[bytes]) -> None:
        if self._commands.is_reading:
            if len(frame) == _ACKNOWLEDGEMENT_BYTES:
                self._reply(self._commands.next_block(), replies)
                return
            self._commands.stop_reading()
        if len(frame) < _HEADER.size or frame[0] != _REQUEST:
            return
        _, op, size, check = _HEADER.unpack_from(frame)
        answered = False
        try:
            for answer in self._run(op, size, frame[_HEADER.size :], check):
                self._reply(answer if isinstance(answer, bytes) else self._encode(op, answer), replies)
                answered = True
        except Refused as refused:
            if answered:
                self._owed = refused.why
            else:
                self._reply(self._encode(op, Answer(), refused.why), replies)

    def _run(self, op: int, size: int, data: bytes, check: int) -> Output:
        if self._owed:
            owed, self._owed = self._owed, None
            raise Refused(owed)
        if size != len(data):
            raise Refused(Refusal.MALFORMED)
        return self._commands.run(op, data, check)

    def _encode(self, op: int, answer: Answer, refusal: Refusal | None = None) -> bytes:
        rom_code, stub_code = refusal.value if refusal else (0, 0)
        status = bytes((stub_code, 0)) if self.is_stub else bytes((refusal is not None, rom_code, 0, 0))
        return _HEADER.pack(_REPLY, op, len(answer.body) + len(status), answer.value) + answer.body + status

    def _reply(self, frame: bytes, replies: list[bytes]) -> None:
        if not self.faults.loses_reply():
            replies.append(slip.encode(frame))


def is_sync_reply(encoded: bytes) -> bool:
    """Whether a reply is one to SYNC, which a host repeats until it hears it."""
    return encoded.startswith(slip.END + bytes((_REPLY, SYNC)))
