"""The process of a virtual board: who can reach it, what a user's tools do with it, and that nothing of it is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from virtual_boards import program, wait_until_nothing_mentions

from pyralis.deploy.claims import hold
from pyralis.deploy.errors import UserError
from pyralis.deploy.live.serial_line import SerialLine
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.twin.host import Settings, Twin
from pyralis.deploy.twin.plugs import find_plug, plug_file, twin_folder

NAME = "wall 1"
TIMEOUT_S = 20
# Tells where its server would listen, and then waits to be stopped.
TELLS = "import sys, time\nprint('told', sys.argv[1:])\nwhile True:\n    time.sleep(1)\n"


@pytest.fixture
def plugged(rig: Rig) -> Iterator[Twin]:
    """A board that runs TELLS."""
    program(rig, NAME, TELLS)
    with Twin(rig, Settings(NAME, "esp32dev")) as twin:
        twin.wait()
        yield twin
    wait_until_nothing_mentions(str(rig.root))


@pytest.fixture
def listen(plugged: Twin, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Reset it by its serial line, and wait for what it tells."""
    assert plugged.plug is not None
    heard: list[str] = []
    line = SerialLine(plugged.plug.serial, tmp_path / "serial.log", heard.append)

    def next_told() -> str:
        with line.held_in_reset():
            heard.clear()
        return wait_for(lambda: next((text for text in heard if text.startswith("told ")), ""))

    yield next_told
    line.close()


def wait_for(look: Callable[[], str]) -> str:
    deadline_s = time.monotonic() + TIMEOUT_S
    while not (found := look()):
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    return found


def interpreter_of(twin: Twin) -> int:
    """The process of its MicroPython."""
    assert twin.plug is not None
    children = Path(f"/proc/{twin.plug.pid}/task/{twin.plug.pid}/children")
    return int(wait_for(children.read_text))


def is_gone(pid: int) -> str:
    """Something where no such process runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return "no such process"
    return state if state == "Z" else ""


def test_its_program_has_a_port_of_its_own(plugged: Twin, listen: Callable[[], str]) -> None:
    told = listen()
    host, port = "127.0.0.1", int(told.rpartition("'--port', '")[2].rstrip("']"))
    assert told == f"told ['--host', '{host}', '--port', '{port}']"
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((host, port))
    assert listen() == told


@pytest.mark.parametrize("kind", ["pty", "serial"])
def test_mpremote(plugged: Twin, tmp_path: Path, kind: str) -> None:
    """It stops the program, runs code, and copies files, as over the serial line of any board."""
    interpreter_of(plugged)
    content = os.urandom(3000)
    there, back = tmp_path / "there.bin", tmp_path / "back.bin"
    there.write_bytes(content)
    port = getattr(plugged.plug, kind)
    words = ["exec", "print(6 * 7)", "+", "cp", str(there), ":there.bin", "+", "ls", "+", "cp", ":there.bin", str(back)]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mpremote", "connect", port, *words],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["42"]
    assert ["3000", "there.bin"] in lines
    assert back.read_bytes() == content


def test_it_runs_once(plugged: Twin, rig: Rig) -> None:
    assert find_plug(rig, NAME) == plugged.plug
    assert plugged.plug is not None
    log = plugged.log.read_bytes()
    with pytest.raises(UserError) as raised, Twin(rig, Settings(NAME, "esp32dev")):
        pass
    where = f"at {plugged.plug.serial}, by process {plugged.plug.pid}"
    assert raised.value.what == f"the virtual board '{NAME}' is plugged in already {where}"
    assert plugged.log.read_bytes() == log
    assert is_gone(plugged.plug.pid) == ""


def test_it_ends_where_another_process_was_faster(rig: Rig) -> None:
    words = {
        "id": NAME,
        "platform": "esp32dev",
        "faults": [],
        "port": 0,
        "folder": str(twin_folder(rig, NAME)),
        "mac": "02:00:00:00:00:01",
        "interpreter": "never used",
        "modules": "",
        "native": "",
    }
    with hold(plug_file(twin_folder(rig, NAME)), {}):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "pyralis.deploy.twin.process", json.dumps(words)],
            env=package_environment(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "")
    event = json.loads(done.stdout)
    assert (event["event"], event["error"]) == ("error", f"the virtual board '{NAME}' is plugged in already")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_with_it_ends_its_interpreter(plugged: Twin, rig: Rig, number: signal.Signals) -> None:
    interpreter = interpreter_of(plugged)
    assert plugged.plug is not None
    os.kill(plugged.plug.pid, number)
    wait_for(lambda: is_gone(plugged.plug.pid if plugged.plug else 0))
    wait_for(lambda: is_gone(interpreter))
    plugged.wait_for_end()
    assert find_plug(rig, NAME) is None


def test_it_ends_with_whoever_has_plugged_it_in(rig: Rig) -> None:
    program(rig, NAME, TELLS)
    text = (
        "import sys; from pathlib import Path; from pyralis.deploy.rig import Rig; "
        "from pyralis.deploy.twin.host import Settings, Twin\n"
        f"twin = Twin(Rig(Path(sys.argv[1])), Settings({NAME!r}, 'esp32dev')); twin.begin()\n"
        "print(twin.wait().pid, flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", text, str(rig.root)],
        env=package_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdin is not None
    pid = int(owner.stdout.readline())
    interpreter = int(wait_for(Path(f"/proc/{pid}/task/{pid}/children").read_text))
    owner.kill()
    owner.wait()
    owner.stdout.close()
    owner.stdin.close()
    wait_for(lambda: is_gone(pid))
    wait_for(lambda: is_gone(interpreter))
    wait_until_nothing_mentions(str(rig.root))
