"""Leash: runs a command that ends when the process which started it ends, however that happens.

`python -I -S leash.py COMMAND…`. Standard input is the leash: a pipe of which only the owner holds the other end. When
it closes, because the owner wants the command to stop or because the owner is dead (SIGKILL included), the command gets
SIGINT, a moment to save what it has, and then SIGKILL with everything in its process group.

Why so: MicroPython cannot watch a pipe beside its event loop, PR_SET_PDEATHSIG is Linux's alone and follows the thread
that forked, and a handler in the owner does not survive SIGKILL. This costs some 10 ms, works for every command and on
every POSIX system, and stopping takes the very path that a dead owner takes, so it is tested whenever anything stops.
Signals of the terminal reach neither leash nor command, which have sessions of their own: the owner passes a Ctrl-C on,
once.

Imports next to nothing, because each start of a device waits for it.
"""

import os
import select
import signal
import sys

GRACE_S = 1.0
PID_FD_OPTION = "--pid-fd="  # where to write the command's process id
_NOT_STARTED = 127
_KILLED_BASE = 128


def main(arguments: list[str]) -> int:
    """Run a command; returns its exit status, 128 + N where signal N ended it."""
    pid_fd = -1
    if arguments[0].startswith(PID_FD_OPTION):
        pid_fd = int(arguments.pop(0)[len(PID_FD_OPTION) :])
        os.set_inheritable(pid_fd, False)
    woken_fd = _wake_on(signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    pid = os.fork()
    if pid == 0:
        _become(arguments)
    if pid_fd >= 0:
        os.write(pid_fd, str(pid).encode())
        os.close(pid_fd)
    _close_output()
    while True:
        ready, _, _ = select.select([0, woken_fd], [], [])
        status = _ended(pid)
        if status is None and (0 in ready or _asked_to_stop(woken_fd)):
            status = _stop(pid, woken_fd)
        if status is not None:
            _signal_group(pid, signal.SIGKILL)  # what the command left behind
            return status


def _wake_on(*numbers: int) -> int:
    """A descriptor that gets the number of each of these signals as a byte."""
    read_fd, write_fd = os.pipe()
    os.set_blocking(read_fd, False)
    os.set_blocking(write_fd, False)
    signal.set_wakeup_fd(write_fd)
    for number in numbers:
        signal.signal(number, lambda *_: None)
    return read_fd


def _become(arguments: list[str]) -> None:
    """In the child: turn into the command."""
    os.setpgid(0, 0)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        os.execvp(arguments[0], arguments)
    except OSError as error:
        os.write(2, f"cannot start {arguments[0]}: {error.strerror}\n".encode())
    os._exit(_NOT_STARTED)


def _close_output() -> None:
    """Leave the command alone with its output, so that whoever reads it sees its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


def _ended(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    if not found:
        return None
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else _KILLED_BASE - code


def _asked_to_stop(woken_fd: int) -> bool:
    try:
        numbers = os.read(woken_fd, 64)
    except BlockingIOError:
        return False
    return any(number != signal.SIGCHLD for number in numbers)


def _stop(pid: int, woken_fd: int) -> int:
    _signal(pid, signal.SIGINT)
    select.select([woken_fd], [], [], GRACE_S)  # SIGCHLD ends it early
    status = _ended(pid)
    if status is None:
        _signal_group(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else _KILLED_BASE - status


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
