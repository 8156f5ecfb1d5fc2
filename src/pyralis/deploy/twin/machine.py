"""Machine: what runs on a virtual board after a reset: ROM, bootloader, then MicroPython over the board's flash.

It owns the interpreter's process, its console and its watchdog. It knows nothing of serial lines: what it prints goes
to a callback.
"""

import asyncio
import fcntl
import json
import os
import pty
import re
import subprocess
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pyralis.deploy.esp.boards import Board
from pyralis.deploy.twin import rom
from pyralis.deploy.twin.boot import BootError, check_flash
from pyralis.deploy.twin.flash_chip import FlashChip

# What the modules of a firmware take of the interpreter's heap, where a real firmware has them in flash.
FIRMWARE_HEAP_BYTES = 16 * 1024
_WORD_BYTES = {"wk": 2, "k": 1}  # a word of the PC's MicroPython is twice a board's
_LOOP_S = 0.5  # between two attempts of a chip that finds nothing to start
_CAUSES = {rom.POWER_ON: 1, rom.SOFTWARE: 2, rom.WATCHDOG: 3}  # as machine.reset_cause() has them
_SOFT_RESET = 5
_READ_BYTES = 65536
_LONE_NEWLINE = re.compile(rb"(?<!\r)\n")


@dataclass(frozen=True)
class Parts:
    """What a virtual board is made of, besides its flash."""

    board: Board
    mac: bytes
    interpreter: str
    modules: Path  # of the firmware, compiled for this machine
    native: Path  # native code for this machine by the hash of the board's: see build/native
    arguments: list[str] = field(default_factory=list)  # of the program in flash
    wifi: list[str] | None = None  # [ssid, password] of the one network in range; None: all can be joined


class Machine:
    """The chip's processor, from reset to reset."""

    def __init__(
        self,
        parts: Parts,
        flash: FlashChip,
        output: Callable[[bytes], None],
        on_event: Callable[[str], None],
    ) -> None:
        self._parts = parts
        self._flash = flash
        self._output = output
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._child: subprocess.Popen[bytes] | None = None
        self._console_fd = -1
        self._control_fd = -1
        self._partial = b""
        self._after_cr = False
        self._timer: asyncio.TimerHandle | None = None
        self._watchdog_s = 0.0
        self._fed_s = 0.0
        self._started_s = 0.0
        self._table: list[list[object]] = []  # of partitions, as the firmware's module esp32 takes it

    @property
    def pid(self) -> int:
        """The interpreter's process, 0 where none runs."""
        return self._child.pid if self._child is not None else 0

    def start(self, cause: str = rom.POWER_ON) -> None:
        """Leave reset."""
        self.stop()
        chip = self._parts.board.chip
        self._print(rom.banner(chip, cause))
        try:
            boot = check_flash(self._parts.board, self._flash.read)
        except BootError as error:
            self._print(str(error))
            if cause != rom.NO_BOOT:  # told once, however often it tries
                self._on_event("boot fails")
            self._timer = self._loop.call_later(_LOOP_S, self.start, rom.NO_BOOT)
            return
        self._print(rom.loading(chip))
        self._table = [[one.type, one.subtype, one.offset, one.size_bytes, one.name] for one in boot.partitions]
        self._run(_CAUSES.get(cause, 1))

    def stop(self) -> None:
        """Enter reset: whatever runs ends in the middle of what it does."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._watchdog_s = 0.0
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        self._child = None
        for fd in (self._console_fd, self._control_fd):
            self._loop.remove_reader(fd)
            os.close(fd)

    def write(self, data: bytes) -> None:
        """Input from the serial line; Ctrl-C interrupts."""
        if self._child is not None:
            try:
                os.write(self._console_fd, data)
            except BlockingIOError:
                return  # nobody reads: a UART loses bytes, too

    def _run(self, cause: int) -> None:
        parts = self._parts
        master, slave = pty.openpty()
        control, child_control = os.pipe()
        _make_serial(slave)
        os.set_blocking(master, False)
        os.set_blocking(control, False)
        self._child = subprocess.Popen(
            [
                *(parts.interpreter, "-X", f"heapsize={heap_bytes(parts.board.heap)}", "-i", "-m", "_boot"),
                *parts.arguments,
            ],
            env={
                **os.environ,
                "MICROPYPATH": f".frozen:{parts.modules}",
                "PYRALIS_TWIN": json.dumps(self._config(cause, child_control)),
            },
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=(child_control,),
            start_new_session=True,
            # Its own terminal: Ctrl-C reaches it as a signal, and it ends with this process however that ends.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # there are no threads here
        )
        os.close(slave)
        os.close(child_control)
        self._console_fd, self._control_fd, self._partial = master, control, b""
        self._started_s = time.monotonic()
        self._loop.add_reader(master, self._read_console)
        self._loop.add_reader(control, self._read_control)
        self._on_event("runs")

    def _config(self, cause: int, control_fd: int) -> dict[str, object]:
        parts = self._parts
        return {
            "flash": str(self._flash.path.absolute()),
            "partitions": self._table,
            "control": control_fd,
            "cause": cause,
            "mac": list(parts.mac),
            "power_bytes": -1 if self._flash.cut_after_bytes is None else self._flash.cut_after_bytes,
            "wifi": parts.wifi,
            "native": str(parts.native),
            "machine": f"Virtual board with {parts.board.chip.name}",
        }

    def _read_console(self) -> None:
        try:
            data = os.read(self._console_fd, _READ_BYTES)
        except OSError:  # nobody holds the other end any more
            data = b""
        if data:
            self._pass_on(data)
            return
        child = self._child
        crashed = child is not None and child.wait() != 0
        self.stop()
        if crashed:  # the interpreter itself: what a chip prints then begins with "Guru Meditation Error"
            self._print("\nGuru Meditation Error: the interpreter crashed\n\nRebooting...\n")
            self._on_event("crashes")
            self._timer = self._loop.call_later(_LOOP_S, self.start, rom.WATCHDOG)
            return
        self._print("MPY: soft reboot\n")
        self._run(_SOFT_RESET)

    def _read_control(self) -> None:
        try:
            data = os.read(self._control_fd, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._control_fd)
            return
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            word, _, number = line.decode("ascii", "replace").partition(" ")
            if word == "fed":
                self._fed_s = time.monotonic()
            elif word == "watchdog":
                self._watch(int(number) / 1000)
            elif word == "reset":
                self._on_event("resets")
                self.start(rom.SOFTWARE)
                return
            elif word == "power":
                self.stop()
                self._flash.cut_after_bytes = None  # the next reset finds it on again
                self._on_event("power lost")
                return

    def _watch(self, timeout_s: float) -> None:
        self._watchdog_s, self._fed_s = timeout_s, time.monotonic()
        self._look_at_watchdog()

    def _look_at_watchdog(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        left_s = self._fed_s + self._watchdog_s - time.monotonic()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look_at_watchdog)
            return
        self._print(rom.watchdog_bites(round(1000 * (time.monotonic() - self._started_s))))
        self._on_event("watchdog bites")
        self.start(rom.WATCHDOG)

    def _print(self, text: str) -> None:
        self._pass_on(text.encode())

    def _pass_on(self, data: bytes) -> None:
        """As a UART's driver does it: each line ends with CR LF."""
        converted = _LONE_NEWLINE.sub(b"\r\n", data)
        if self._after_cr and data[:1] == b"\n":
            converted = converted[1:]
        self._after_cr = data[-1:] == b"\r"
        self._output(converted)


def heap_bytes(heap: str) -> int:
    """The size of a profile's heap on this machine, with what the firmware's modules need on top."""
    unit = heap.lstrip("0123456789")
    return int(heap.removesuffix(unit)) * 1024 * _WORD_BYTES[unit] + FIRMWARE_HEAP_BYTES


def _make_serial(slave: int) -> None:
    """No echo, no line editing, no newline games; Ctrl-C stays a signal."""
    settings = termios.tcgetattr(slave)
    settings[0] = settings[1] = 0
    settings[3] = termios.ISIG
    settings[6][termios.VMIN], settings[6][termios.VTIME] = 1, 0
    for key in (termios.VQUIT, termios.VSUSP):
        settings[6][key] = b"\x00"
    termios.tcsetattr(slave, termios.TCSANOW, settings)
