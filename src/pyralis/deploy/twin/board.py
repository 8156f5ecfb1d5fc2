"""The board around the chip: power, reset and boot lines, and who hears what arrives on the serial line.

Modes are a state machine: off, held in reset, undecided (out of reset, and the line of IO0 may still follow), loader
or program. It knows no port and no process: bytes go out through a callback, time is handed in.
"""

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from pyralis.deploy.twin import rom
from pyralis.deploy.twin.delay_line import Clock, DelayLine, Timer
from pyralis.deploy.twin.loader import Loader, is_sync_reply
from pyralis.deploy.twin.protocol import SYNC_FRAME, Request

# EN and IO0 move in messages of their own, and a busy host takes its time between the two.
BOOT_DECISION_S = 1.0
_BITS_A_BYTE = 10
_NOISE_BYTES = 200
_NOISE_INTERVAL_S = 0.05


class Machine(Protocol):
    """What runs the program in flash; what it prints goes to the callback that it was made with."""

    def start(self, cause: str) -> None:
        """Leave reset, for a cause as `rom` names them."""

    def stop(self) -> None:
        """Enter reset: whatever runs ends at once."""

    def write(self, data: bytes) -> None:
        """Input from the serial line."""


class Mode(Enum):
    """What the board is doing."""

    OFF = "off"
    HELD = "held in reset"
    UNDECIDED = "out of reset"
    DOWNLOAD = "download"
    RUNNING = "running"
    UNPLUGGED = "unplugged"


class Board:
    """A board with its loader and its machine, off at first."""

    def __init__(
        self,
        loader: Loader,
        make_machine: Callable[[Callable[[bytes], None]], Machine],
        clock: Clock,
        send: Callable[[bytes], None],
        unplug: Callable[[], None],
    ) -> None:
        self.mode = Mode.OFF
        self._loader = loader
        self._faults = loader.faults
        self._machine = make_machine(self._console)
        self._clock = clock
        self._unplug = unplug
        self._outgoing = DelayLine(clock, send)
        self._incoming = DelayLine(clock, self._arrived)
        self._timer: Timer | None = None
        self._is_enabled = True  # EN is high
        self._boots_loader = False  # IO0 is low
        self._line_baud = loader.baud
        self._downloaded_bytes = 0

    def power_on(self) -> None:
        """Plug it in."""
        if self.mode is Mode.OFF:
            self._leave_reset(decided=True)

    def power_off(self) -> None:
        """Cut its power; its port stays."""
        if self.mode is not Mode.UNPLUGGED:
            self._enter(Mode.OFF)

    def reset(self) -> None:
        """Pulse EN."""
        if self.mode not in (Mode.OFF, Mode.UNPLUGGED):
            self._enter(Mode.HELD)
            self._leave_reset(decided=True)

    def enter_download(self) -> bool:
        """Reset into download mode without a word of the ROM, for hosts that cannot move the lines."""
        if self.mode in (Mode.OFF, Mode.UNPLUGGED) or self._faults.stuck_in_boot:
            return False
        if self.mode is not Mode.DOWNLOAD:
            self._enter(Mode.DOWNLOAD)
        return True

    def lines(self, dtr: bool, rts: bool) -> None:
        """The host has moved its lines; two transistors make EN and IO0 of them."""
        self._is_enabled = not (rts and not dtr)
        self._boots_loader = dtr and not rts and not self._faults.stuck_in_boot
        if self.mode in (Mode.OFF, Mode.UNPLUGGED):
            return
        if not self._is_enabled:
            if self.mode is not Mode.HELD:
                self._enter(Mode.HELD)
        elif self.mode in (Mode.HELD, Mode.UNDECIDED):
            # Both lines released: nothing follows. Both set: the host is on its way from one to the other.
            self._leave_reset(decided=not (dtr and rts))

    def line_baud(self, baud: int) -> None:
        """The host has set its side of the serial line to this speed."""
        self._line_baud = baud
        self._loader.line_baud(baud)

    def receive(self, data: bytes) -> None:
        """Bytes from the host."""
        if self._faults.slow_line:
            self._incoming.put(data, lasts_s=self._duration_s(data))
        else:
            self._arrived(data)

    # ---- modes -------------------------------------------------------------------------------------------------------

    def _enter(self, mode: Mode) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._machine.stop()
        self._loader.reset()
        self._incoming.clear()
        self.mode = mode

    def _leave_reset(self, *, decided: bool, cause: str = rom.POWER_ON) -> None:
        if not self._is_enabled:
            self._enter(Mode.HELD)
        elif self._boots_loader:
            self._download(cause)
        elif decided:
            self._run(cause)
        elif self.mode is not Mode.UNDECIDED:
            self._enter(Mode.UNDECIDED)
            self._timer = self._clock.call_later(BOOT_DECISION_S, lambda: self._leave_reset(decided=True))

    def _download(self, cause: str) -> None:
        self._enter(Mode.DOWNLOAD)
        self._send(self._loader.model.download_banner(cause))

    def _run(self, cause: str) -> None:
        self._enter(Mode.RUNNING)
        if self._faults.noise:
            self._make_noise()
        elif not self._faults.no_boot:
            self._machine.start(cause)

    def _make_noise(self) -> None:
        self._send(self._faults.dice.randbytes(_NOISE_BYTES))
        self._timer = self._clock.call_later(_NOISE_INTERVAL_S, self._make_noise)

    # ---- bytes -------------------------------------------------------------------------------------------------------

    def _arrived(self, data: bytes) -> None:
        data = self._faults.garbled(data, self._line_baud)
        if self.mode is Mode.RUNNING:
            self._machine.write(data)
        elif self.mode is Mode.DOWNLOAD and not self._tears_off(data):
            for reply in self._loader.feed(data):
                self._send(reply, late_s=0.0 if is_sync_reply(reply) else self._faults.late_reply_s)
            self._obey(self._loader.request)

    def _tears_off(self, data: bytes) -> bool:
        """Whether this is where somebody pulls the plug."""
        self._downloaded_bytes += len(data)
        limit = self._faults.unplug_at_bytes
        if limit is None or self._downloaded_bytes < limit:
            return False
        self._loader.feed(data[: len(data) - (self._downloaded_bytes - limit)])
        self._enter(Mode.UNPLUGGED)
        self._outgoing.clear()
        self._unplug()
        return True

    def _obey(self, request: Request | None) -> None:
        match request:
            case Request.RUN:
                self._run(rom.SOFTWARE)
            case Request.DOWNLOAD:
                self._download(rom.SOFTWARE)
            case Request.WATCHDOG:
                self._leave_reset(decided=True, cause=rom.WATCHDOG)
            case Request.POWER_CUT:
                self._enter(Mode.OFF)

    def _console(self, data: bytes) -> None:
        """What the machine prints."""
        if self.mode is Mode.RUNNING:
            self._send(data)

    def _send(self, data: bytes, late_s: float = 0.0) -> None:
        data = self._faults.garbled(data, self._line_baud)
        self._outgoing.put(data, late_s=late_s, lasts_s=self._duration_s(data) if self._faults.slow_line else 0.0)

    def _duration_s(self, data: bytes) -> float:
        return len(data) * _BITS_A_BYTE / self._line_baud


class BareLine:
    """A serial line that carries no DTR and RTS, such as a pseudo terminal, between a board and its port.

    A SYNC of a loader's host means 'enter download mode', and a port that is closed after that means 'reset'.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._last = b""
        self._has_entered = False

    def receive(self, data: bytes) -> None:
        """Bytes from the host."""
        if self._board.mode is not Mode.DOWNLOAD:
            seen = self._last + data
            start = seen.find(SYNC_FRAME)
            if start >= 0 and self._board.enter_download():
                self._has_entered = True
                self._last = b""
                data = seen[start:]
            else:
                self._last = seen[1 - len(SYNC_FRAME) :]
        self._board.receive(data)

    def line_baud(self, baud: int) -> None:
        """The host has set its side of the line to this speed."""
        self._board.line_baud(baud)

    def port_closed(self) -> None:
        """The host has let go of the port."""
        self._last = b""
        if self._has_entered and self._board.mode is Mode.DOWNLOAD:
            self._board.reset()
        self._has_entered = False
