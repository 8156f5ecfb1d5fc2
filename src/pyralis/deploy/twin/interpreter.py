"""Interpreter: one run of MicroPython on a virtual board: its process, its console, and what it tells on the side.

It knows nothing of resets and flash: whoever starts it decides what follows on its words and on its end.
"""

import asyncio
import json
import os
import signal
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_READ_BYTES = 65536
_LOCAL_MODES = 3  # in the settings of a terminal
_INTERRUPT = b"\x03"
_PATIENCE_S = 0.5  # with a program that never sleeps
_LOOK_S = 0.001
_RAW_REPL = b"\x01"
_END_OF_RAW_REPL = b"OK\r\n"  # the last that it prints when a host ends it there with Ctrl-D


@dataclass(frozen=True)
class Program:
    """What is run, and with how much memory."""

    path: str
    modules: Path  # of the firmware; `_boot` is the first of them
    heap_bytes: int
    arguments: Sequence[str]  # of the program in flash


@dataclass(frozen=True)
class Ears:
    """Who hears what happens in a run."""

    output: Callable[[bytes], None]
    word: Callable[[str], None]  # of the firmware's module machine
    end: Callable[[bool, bool], None]  # whether it crashed, and whether a host held its raw REPL


class Interpreter:
    """A run, from its start until it ends or is stopped; after `stop` nothing is heard of it."""

    def __init__(self, program: Program, config: Mapping[str, object], ears: Ears) -> None:
        self._ears = ears
        self._loop = asyncio.get_running_loop()
        self._words = b""
        self._last = b""
        self._is_over = False
        self._console, slave = os.openpty()
        self._control, told = os.pipe()
        _make_serial(slave)
        os.set_blocking(self._console, False)
        os.set_blocking(self._control, False)
        own = {**config, "console": os.ttyname(slave), "control": told}
        heap = f"heapsize={program.heap_bytes}"
        self._child = subprocess.Popen(
            [program.path, "-X", heap, "-i", "-c", "import _boot", *program.arguments],
            env={**os.environ, "MICROPYPATH": f".frozen:{program.modules}", "PYRALIS_TWIN": json.dumps(own)},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=(told,),
            start_new_session=True,
        )
        os.close(slave)
        os.close(told)
        if config["raw"]:
            self.write(_RAW_REPL)
        self._loop.add_reader(self._console, self._read_console)
        self._loop.add_reader(self._control, self._read_control)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._child.pid

    def stop(self) -> None:
        """End it in the middle of what it does."""
        self._child.kill()
        self._let_go()

    def write(self, data: bytes) -> None:
        """Input of its console; Ctrl-C interrupts."""
        if _INTERRUPT in data and self._runs_code():
            data = data.replace(_INTERRUPT, b"")
            self._interrupt(self._loop.time() + _PATIENCE_S)
        try:
            os.write(self._console, data)
        except BlockingIOError:
            return  # nobody reads: a UART loses bytes, too

    def _runs_code(self) -> bool:
        """Whether it runs a program, in which Ctrl-C is an interrupt, and does not wait at its prompt."""
        return bool(termios.tcgetattr(self._console)[_LOCAL_MODES] & termios.ISIG)

    def _interrupt(self, deadline_s: float) -> None:
        """Interrupt it once it waits for something: in the middle of a collection, that would break its heap.

        A board is interrupted between two instructions of its program, never there.
        """
        if self._is_over:
            return
        pid = self._child.pid
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        is_at_prompt = not self._runs_code()
        is_time = not is_at_prompt and (_is_in_the_system(pid) or self._loop.time() > deadline_s)
        if is_time:
            os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGCONT)
        if is_at_prompt:
            self.write(_INTERRUPT)
        elif not is_time:
            self._loop.call_later(_LOOK_S, self._interrupt, deadline_s)

    def _let_go(self) -> int:
        status = self._child.wait()
        while self._hear():
            pass  # what it had still printed
        for fd in (self._console, self._control):
            self._loop.remove_reader(fd)
            os.close(fd)
        self._is_over = True
        return status

    def _read_console(self) -> None:
        if not self._hear():
            crashed = self._let_go() < 0
            self._ears.end(crashed, self._last == _END_OF_RAW_REPL)

    def _hear(self) -> bool:
        """Pass on what it has printed; False where nobody holds the other end any more."""
        try:
            data = os.read(self._console, _READ_BYTES)
        except OSError:
            return False
        self._last = (self._last + data)[-len(_END_OF_RAW_REPL) :]
        self._ears.output(data)
        return True

    def _read_control(self) -> None:
        try:
            data = os.read(self._control, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._control)
            return
        *lines, self._words = (self._words + data).split(b"\n")
        for line in lines:
            if not self._is_over:
                self._ears.word(line.decode("ascii", "replace"))


def _is_in_the_system(pid: int) -> bool:
    """Whether a process was stopped in a call of the system; where that cannot be known, it was."""
    try:
        return not Path(f"/proc/{pid}/syscall").read_text(encoding="ascii").startswith("-1")
    except OSError:
        return True


def _make_serial(slave: int) -> None:
    """No echo, no line editing, no newline games. Signals are on, which the prompt changes, and no key sends one."""
    settings = termios.tcgetattr(slave)
    settings[0] = settings[1] = 0
    settings[_LOCAL_MODES] = termios.ISIG
    settings[6][termios.VMIN], settings[6][termios.VTIME] = 1, 0
    for key in (termios.VINTR, termios.VQUIT, termios.VSUSP):
        settings[6][key] = b"\x00"
    termios.tcsetattr(slave, termios.TCSANOW, settings)
