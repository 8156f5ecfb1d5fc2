"""The leash: no command outlives its owner, and none is killed before it could save."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from pyralis.deploy.children import Child
from pyralis.deploy.leash import GRACE_S

SAVES = textwrap.dedent("""
    import sys, time, pathlib
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        pathlib.Path(sys.argv[1]).write_text("saved")
""")


def start(*command: str, cwd: Path) -> Child:
    return Child(command, cwd=cwd, env=os.environ)


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pid: int, timeout_s: float = 4.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while is_alive(pid):
        assert time.monotonic() < deadline_s, f"process {pid} is still alive"
        time.sleep(0.005)


@pytest.mark.parametrize(("script", "status"), [("exit 0", 0), ("exit 7", 7), ("exit 75", 75), ("kill -9 $$", 137)])
def test_exit_status_is_passed_on(tmp_path: Path, script: str, status: int) -> None:
    with start("sh", "-c", script, cwd=tmp_path) as child:
        assert child.wait(5) == status


def test_output_is_read_to_its_end(tmp_path: Path) -> None:
    with start("sh", "-c", "echo one; echo two >&2; printf three", cwd=tmp_path) as child:
        child.wait(5)
        assert list(child.last_lines) == ["one", "two", "three"]


def test_log_has_a_time_in_front_of_each_line(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "child.log"
    with Child(["echo", "hello"], cwd=tmp_path, env=os.environ, log=log) as child:
        child.wait(5)
    time_of_line, _, text = log.read_text(encoding="utf-8").rstrip("\n").partition(" ")
    assert text == "hello"
    assert time_of_line.startswith("20")


def test_command_that_is_not_there(tmp_path: Path) -> None:
    with start("no-such-program", cwd=tmp_path) as child:
        assert child.wait(5) == 127
        assert child.last_lines[-1] == "cannot start no-such-program: No such file or directory"


def test_standard_input_is_empty(tmp_path: Path) -> None:
    with start("cat", cwd=tmp_path) as child:
        assert child.wait(5) == 0


def test_stop_lets_it_save(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    child = start(sys.executable, "-S", "-c", SAVES, str(saved), cwd=tmp_path)
    while not child.last_lines:
        time.sleep(0.005)
    assert child.stop() == 0
    assert saved.read_text() == "saved"


def test_stop_kills_what_does_not_listen(tmp_path: Path) -> None:
    child = start("sh", "-c", "trap '' INT; echo ready; while :; do sleep 60; done", cwd=tmp_path)
    while not child.last_lines:
        time.sleep(0.005)
    begun_s = time.monotonic()
    assert child.stop() == 137
    assert time.monotonic() - begun_s < GRACE_S + 0.5
    wait_until_gone(child.pid)


def test_grandchildren_go_with_it(tmp_path: Path) -> None:
    child = start("sh", "-c", "sleep 60 & echo $!; exit 3", cwd=tmp_path)
    # The grandchild holds the output open until it is swept away.
    assert child.wait(5) == 3
    wait_until_gone(int(child.last_lines[0]))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_owner_that_dies_takes_it_along(tmp_path: Path, number: signal.Signals) -> None:
    saved = tmp_path / "saved"
    owner = textwrap.dedent(f"""
        import os, time
        from pathlib import Path
        from pyralis.deploy.children import Child
        child = Child({[sys.executable, "-S", "-c", SAVES, str(saved)]!r}, cwd=Path("."), env=os.environ)
        while not child.last_lines:
            time.sleep(0.005)
        print(child.pid, flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.send_signal(number)
        process.wait()
    wait_until_gone(pid)
    assert saved.read_text() == "saved"
