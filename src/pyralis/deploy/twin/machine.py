"""Machine: what runs on a virtual board after a reset: ROM, bootloader, then MicroPython over the board's flash.

It knows nothing of serial lines: what it prints goes to a callback.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.esp.boards import Board
from pyralis.deploy.twin import rom
from pyralis.deploy.twin.boot import Boot, BootError, check_flash
from pyralis.deploy.twin.flash_chip import FlashChip
from pyralis.deploy.twin.interpreter import Ears, Interpreter, Program

# What the modules of a firmware take of the interpreter's heap, where a real firmware has them in flash.
FIRMWARE_HEAP_BYTES = 20 * 1024 + 512
_WORD_BYTES = {"wk": 2, "k": 1}  # a word of the PC's MicroPython is twice a board's
_ARCHITECTURES = {"xtensawin": 10, "rv32imc": 11}  # as .mpy files number them
_CAUSES = {rom.POWER_ON: 1, rom.SOFTWARE: 2, rom.WATCHDOG: 3}  # as machine.reset_cause() has them
_SOFT_RESET = 5
_SHORTEST_RUN_S = 0.25  # of a program, or of a look for one: who ends at once must not keep this machine busy
_LONE_NEWLINE = re.compile(rb"(?<!\r)\n")


@dataclass(frozen=True)
class Parts:
    """What a virtual board is made of, besides its flash."""

    board: Board
    mac: bytes
    interpreter: str
    modules: Path  # of the firmware, compiled for this machine
    native: Path  # native code for this machine by the hash of the board's: see build/native_code
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
        self._interpreter: Interpreter | None = None
        self._boot: Boot | None = None
        self._after_cr = False
        self._pause: asyncio.TimerHandle | None = None  # until the next start
        self._watchdog = Watchdog(self._loop, self._bite)
        self._started_s = 0.0

    @property
    def pid(self) -> int:
        """The interpreter's process, 0 where none runs."""
        return self._interpreter.pid if self._interpreter is not None else 0

    def start(self, cause: str = rom.POWER_ON) -> None:
        """Leave reset."""
        self.stop()
        self._started_s = time.monotonic()
        chip = self._parts.board.chip
        self._print(rom.banner(chip, cause))
        try:
            self._boot = check_flash(self._parts.board, self._flash.read)
        except BootError as error:
            failed = rom.ROM_FAILED if error.in_rom else rom.BOOTLOADER_FAILED
            self._print(str(error) if error.in_rom else f"{rom.loading(chip)}{error}")
            if cause not in rom.FAILED:  # told once, however often it tries
                self._on_event("boot fails")
            self._after_pause(lambda: self.start(failed))
            return
        self._print(rom.loading(chip))
        self._run(_CAUSES.get(cause, 1))

    def stop(self) -> None:
        """Enter reset: whatever runs ends in the middle of what it does."""
        self._watchdog.stop()
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._interpreter is not None:
            running, self._interpreter = self._interpreter, None
            running.stop()

    def write(self, data: bytes) -> None:
        """Input from the serial line; Ctrl-C interrupts."""
        if self._interpreter is not None:
            self._interpreter.write(data)

    # ---- MicroPython -------------------------------------------------------------------------------------------------

    def _run(self, cause: int, *, is_raw: bool = False) -> None:
        parts = self._parts
        self._started_s = time.monotonic()
        program = Program(parts.interpreter, parts.modules, heap_bytes(parts.board.heap), parts.arguments)
        ears = Ears(self._pass_on, self._obey, self._ended)
        self._interpreter = Interpreter(program, self._config(cause, is_raw), ears)
        self._on_event("runs")

    def _config(self, cause: int, is_raw: bool) -> dict[str, object]:
        """What the modules of the firmware are told."""
        parts = self._parts
        partitions = self._boot.partitions if self._boot is not None else []
        return {
            "flash": str(self._flash.path.absolute()),
            "partitions": [[one.type, one.subtype, one.offset, one.size_bytes, one.name] for one in partitions],
            "cause": cause,
            "raw": is_raw,
            "mac": list(parts.mac),
            "power_bytes": -1 if self._flash.cut_after_bytes is None else self._flash.cut_after_bytes,
            "wifi": parts.wifi,
            "native": str(parts.native),
            "architecture": _ARCHITECTURES[TARGETS[parts.board.name].march],
            "machine": f"Virtual board with {parts.board.chip.name}",
        }

    def _obey(self, text: str) -> None:
        """Do what the module machine tells."""
        word, _, number = text.partition(":")
        match word:
            case "fed":
                self._watchdog.feed()
            case "watchdog":
                self._watchdog.watch(int(number) / 1000)
            case "written":
                self._flash.cut_after_bytes = (self._flash.cut_after_bytes or 0) - int(number)
            case "reset":
                self.stop()
                self._on_event("resets")
                self._after_pause(lambda: self.start(rom.SOFTWARE))
            case "soft reset":
                self._end_interpreter()
                self._ended(crashed=False, is_raw=False)
            case "power lost":
                self.stop()
                self._flash.cut_after_bytes = None  # the next reset finds it on again
                self._on_event("power lost")

    def _end_interpreter(self) -> None:
        """End it; the watchdog stays awake, as on a chip."""
        if self._interpreter is not None:
            self._interpreter.stop()

    def _ended(self, crashed: bool, is_raw: bool) -> None:
        self._interpreter = None
        if crashed:  # the interpreter itself
            self.stop()
            self._print(rom.CRASH)
            self._on_event("crashes")
            self._after_pause(lambda: self.start(rom.SOFTWARE))
            return
        self._print("MPY: soft reboot\n")
        self._after_pause(lambda: self._run(_SOFT_RESET, is_raw=is_raw))

    def _after_pause(self, call: Callable[[], None]) -> None:
        left_s = self._started_s + _SHORTEST_RUN_S - time.monotonic()
        self._pause = self._loop.call_later(max(0.0, left_s), call)

    def _bite(self) -> None:
        self._print(rom.watchdog_bites(round(1000 * (time.monotonic() - self._started_s))))
        self.stop()
        self._on_event("watchdog bites")
        self._after_pause(lambda: self.start(rom.WATCHDOG))

    # ---- console -----------------------------------------------------------------------------------------------------

    def _print(self, text: str) -> None:
        self._pass_on(text.encode())

    def _pass_on(self, data: bytes) -> None:
        """As a UART's driver does it: each line ends with CR LF."""
        converted = _LONE_NEWLINE.sub(b"\r\n", data)
        if self._after_cr and data[:1] == b"\n":
            converted = converted[1:]
        self._after_cr = data[-1:] == b"\r"
        self._output(converted)


class Watchdog:
    """Bites whoever does not feed it in time, from the first time that it is told to watch."""

    def __init__(self, loop: asyncio.AbstractEventLoop, bite: Callable[[], None]) -> None:
        self._loop = loop
        self._bite = bite
        self._timer: asyncio.TimerHandle | None = None
        self._timeout_s = 0.0
        self._fed_s = 0.0

    def watch(self, timeout_s: float) -> None:
        """Bite when so much time has passed without food."""
        self.stop()
        self._timeout_s = timeout_s
        self.feed()
        self._look()

    def feed(self) -> None:
        """Wait for the whole time again."""
        self._fed_s = time.monotonic()

    def stop(self) -> None:
        """Sleep."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        left_s = self._fed_s + self._timeout_s - time.monotonic()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look)
        else:
            self._bite()


def heap_bytes(heap: str) -> int:
    """The size of a profile's heap on this machine, with what the firmware's modules need on top."""
    unit = heap.lstrip("0123456789")
    return int(heap.removesuffix(unit)) * 1024 * _WORD_BYTES[unit] + FIRMWARE_HEAP_BYTES
