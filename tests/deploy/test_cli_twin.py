"""`pyralis twin`: where its boards are, what happens to them, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import pytest
from virtual_boards import entry, flash_file, plugged_in, program, wait_until_nothing_mentions

from pyralis.deploy import cli
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.runner import free_ports
from pyralis.deploy.twin.faults import FAULTS
from pyralis.deploy.twin.host import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT_S = 20
LOOPS = "import time\nwhile True:\n    time.sleep(1)\n"


@pytest.fixture
def inside(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A rig that is the working directory."""
    monkeypatch.chdir(rig.root)
    return rig


@contextmanager
def twin(rig: Rig, *arguments: str, output: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """The command, as from a shell; nothing of it may be left afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pyralis", "twin", *arguments],
        cwd=rig.root,
        env=package_environment(),
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell that runs the tests in the background has SIGINT ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    try:
        yield process
        wait_until_nothing_mentions(str(rig.root))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What it prints, up to the line with this text."""
    output: IO[str] | None = process.stdout
    assert output is not None
    lines: list[str] = []
    for line in output:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"{text!r} did not come: {lines}")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The error of the command, which must not have started anything."""
    assert cli.main(["twin", *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


# ---- what it shows ---------------------------------------------------------------------------------------------------


def test_table_then_events(inside: Rig) -> None:
    program(inside, "twin-esp32c3-2", LOOPS, "esp32c3")
    with twin(inside, "--platform", "esp32c3", "--count", "11", "--fault", "twin-esp32c3-3=no-boot") as process:
        printed = read_until(process, "runs")
        head, *rows = printed.splitlines()
        assert head.split() == ["board", "platform", "serial", "pty", "flash"]
        table = rows[:11]
        for number, row in enumerate(table):
            name, platform, serial, terminal, flash = row.split()
            assert (name, platform) == (f"twin-esp32c3-{number + 1}", "esp32c3")
            assert re.fullmatch(r"rfc2217://127\.0\.0\.1:\d+", serial)
            assert terminal.startswith("/dev/pts/")
            assert flash == f".pyralis/twins/{name}/flash.bin"
            assert [row.index(text) for text in (serial, terminal)] == [head.index("serial"), head.index("pty")]
        assert len({row.split()[2] for row in table}) == 11
        assert rows[11] == "Ctrl-C unplugs them"
        assert re.fullmatch(r"\d\d:\d\d:\d\d  twin-esp32c3-2   runs", rows[-1])
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=TIMEOUT_S)[0].splitlines()
        told = [*rows[12:], *rest]
        assert told.pop() == "unplugged"
        assert not any("twin-esp32c3-3 " in line for line in told)
        assert process.returncode == 130
    assert flash_file(inside, "twin-esp32c3-1").stat().st_size == 4 * 1024 * 1024


def test_json_lines_and_ports_of_listed_boards(
    inside: Rig, write_devices: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    write_devices(entry("wall-1"), entry("wall-2", "esp32s3"), entry("hall", serial="/dev/ttyUSB9"))
    port = free_ports(1)[0]
    with twin(inside, "--group", "wall", "--port", str(port), "--json") as process:
        events: list[dict[str, Any]] = []
        while len(events) < 4:
            assert process.stdout is not None
            events.append(json.loads(process.stdout.readline()))
        serials = {event["board"]: event["serial"] for event in events if event["event"] == "plugged in"}
        assert serials == {name: f"rfc2217://127.0.0.1:{port + step}" for step, name in enumerate(("wall-1", "wall-2"))}
        assert sorted(event["event"] for event in events) == ["boot fails", "boot fails", "plugged in", "plugged in"]
        assert f"'wall-1' is plugged in already at {serials['wall-1']}, by process" in refused(
            capsys, "--group", "wall"
        )
        process.terminate()
        assert process.communicate(timeout=TIMEOUT_S)[0] == ""
        assert process.returncode == 143


def test_colours_are_for_terminals(inside: Rig) -> None:
    master, slave = pty.openpty()
    printed = b""
    with twin(inside, "--platform", "esp32dev", output=slave) as process:
        os.close(slave)
        while b"flash it" not in printed:
            printed += os.read(master, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_S) == 130
    os.close(master)
    assert b"\x1b[1mboard" in printed
    assert b"\x1b[33mfinds nothing to start: flash it\x1b[0m" in printed


# ---- how it ends -----------------------------------------------------------------------------------------------------


def test_when_it_is_killed_its_boards_end(inside: Rig) -> None:
    program(inside, "twin-esp32dev-1", LOOPS)
    with twin(inside, "--platform", "esp32dev", "--count", "2") as process:
        read_until(process, "runs")
        process.kill()
        process.wait(TIMEOUT_S)


def test_boards_that_end_are_told(inside: Rig) -> None:
    with twin(inside, "--platform", "esp32dev", "--count", "2", "--json") as process:
        pids: dict[str, int] = {}
        while len(pids) < 2:
            assert process.stdout is not None
            event = json.loads(process.stdout.readline())
            if event["event"] == "plugged in":
                pids[event["board"]] = event["pid"]
        os.kill(pids["twin-esp32dev-1"], signal.SIGKILL)
        read_until(process, '{"board": "twin-esp32dev-1", "event": "ended"}')
        os.kill(pids["twin-esp32dev-2"], signal.SIGKILL)
        error = json.loads(process.communicate(timeout=TIMEOUT_S)[0].splitlines()[-1])
        assert (error["event"], error["error"]) == ("error", "all virtual boards have ended")
        assert process.returncode == 1


# ---- what it refuses -------------------------------------------------------------------------------------------------


def test_unknown_fault_lists_all(inside: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(capsys, "--platform", "esp32dev", "--fault", "explodes")
    assert "there is no fault 'explodes'" in error
    assert all(kind.usage in error for kind in FAULTS)


def test_fault_of_an_unknown_board(inside: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(capsys, "--platform", "esp32dev", "--count", "2", "--fault", "wall-1=noise")
    assert "there is no board 'wall-1' here" in error
    assert "choose one of twin-esp32dev-1, twin-esp32dev-2" in error


def test_port_in_use(inside: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    with plugged_in(inside, Settings("first", "esp32dev")) as [serial]:
        port = serial.rpartition(":")[2]
        error = refused(capsys, "--platform", "esp32dev", "--port", port)
        assert f"cannot listen on 127.0.0.1:{port}: " in error
        assert "to do: end it, or take another port" in error
    wait_until_nothing_mentions(str(inside.root))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no virtual board is among the selected devices"),
        (["--device", "pc-cpython"], "no virtual board is among the selected devices"),
        (["--group", "roof"], "no device matches: group roof"),
        (["--platform", "cpython"], "there is no virtual board of platform 'cpython'"),
        (["--count", "2"], "--count is for boards of their own"),
        (["--platform", "esp32dev", "--count", "9", "--port", "65530"], "--port 65530 leaves no room for 9 boards"),
    ],
)
def test_options_that_do_not_go_together(
    inside: Rig, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    error = refused(capsys, *arguments)
    assert words in error
    assert "to do: " in error


@pytest.mark.parametrize("arguments", [["--count", "0"], ["--count", "65"], ["--count", "x"], ["--port", "65536"]])
def test_numbers_out_of_range(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["twin", "--platform", "esp32dev", *arguments])
    assert raised.value.code == 2
    assert "is not a " in capsys.readouterr().err


def test_flash_of_another_board(inside: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    flash_file(inside, "twin-esp32s3-1").parent.mkdir(parents=True)
    flash_file(inside, "twin-esp32s3-1").write_bytes(b"\xff" * 1024)
    assert "has 1024 bytes, this board has 8388608 bytes of flash" in refused(capsys, "--platform", "esp32s3")


def test_without_a_rig(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
                       capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path_factory.mktemp("no rig"))
    assert "there is no rig in" in refused(capsys, "--platform", "esp32dev")
