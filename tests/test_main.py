"""The runtime as a whole: what it starts with, how it ends, and what is there again after the next start."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from service import TIMEOUT_S, parse
from stage import catalogue

import pyralis
from pyralis.main import Runtime, main
from pyralis.pal.cpython import CPythonPlatform
from pyralis.pal.fake import FakePlatform
from pyralis.start import DEFAULTS, choose_platform, parse_options
from pyralis.wire import EXIT_REBOOT, READY_PREFIX, STATE_FILE

SOURCE = Path(pyralis.__file__).parents[1]
RIG: dict[str, object] = {
    "name": "Wall",
    "tree": [{"type": "Box", "children": [{"type": "Probe", "controls": {"speed": 42}}]}],
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def platform() -> FakePlatform:
    made = FakePlatform()
    made.types = catalogue()
    made.rig_value = RIG
    return made


def start(platform: FakePlatform, **options: str) -> Runtime:
    return Runtime(platform, {**DEFAULTS, **options})


def ids(runtime: Runtime) -> list[str]:
    return [module.id for module in runtime.manager.modules()]


# Options.


def test_options_have_defaults() -> None:
    assert parse_options([]) == DEFAULTS


def test_options_are_pairs_of_name_and_value() -> None:
    options = parse_options(["--port", "9000", "--name", "--odd"])
    assert (options["port"], options["name"], options["fps"]) == ("9000", "--odd", "60")
    assert DEFAULTS["port"] == "8080"


@pytest.mark.parametrize(
    "arguments", [["--prot", "1"], ["port", "1"], ["--port"], ["--port", "1", "--fps"], ["-port", "1"]]
)
def test_an_option_that_is_none_is_refused_with_those_there_are(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match="is not an option with a value; there are: --"):
        parse_options(arguments)


@pytest.mark.parametrize("arguments", [["--fps", "0"], ["--fps", "1001"], ["--port", "x"], ["--port", "65536"]])
def test_numbers_out_of_their_bounds_are_refused_with_the_bounds(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match=f"{arguments[0]} takes a whole number from . to [0-9]+, not '{arguments[1]}'"):
        parse_options(arguments)


def test_this_interpreter_gets_its_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    options = {**DEFAULTS, "root": str(tmp_path), "state": str(tmp_path)}
    assert isinstance(choose_platform(options), CPythonPlatform)


# What it starts with.


def test_the_first_start_takes_tree_and_name_from_the_rig(platform: FakePlatform) -> None:
    runtime = start(platform)
    assert (runtime.name, ids(runtime)) == ("Wall", ["box-1", "probe-2"])
    assert "[info] main: 2 modules from the rig file" in platform.lines


def test_a_name_can_be_given(platform: FakePlatform) -> None:
    assert start(platform, name="Other").name == "Other"


@pytest.mark.parametrize("rig", [{}, {"name": 5}, {"name": ""}, {"tree": None}, {"tree": {}}, [], "rig", None])
def test_a_rig_that_cannot_be_used_is_an_empty_tree_with_a_default_name(platform: FakePlatform, rig: Any) -> None:
    platform.rig_value = rig
    runtime = start(platform)
    assert (runtime.name, ids(runtime)) == ("Pyralis", [])


@pytest.mark.parametrize("error", [ValueError("line 1"), PermissionError("rig.json")])
def test_a_rig_that_cannot_be_read_is_told(platform: FakePlatform, error: Exception) -> None:
    def fail() -> dict[str, object]:
        raise error

    platform.rig = fail  # type: ignore[method-assign]
    assert ids(start(platform)) == []
    assert any("the rig file cannot be used" in line for line in platform.lines)


def test_what_was_changed_is_there_after_a_restart(platform: FakePlatform) -> None:
    runtime = start(platform)
    runtime.manager.add("Probe", "box-1", 0, "Left", {"label": "x"})
    runtime.manager.set_controls("probe-2", {"speed": 7})
    before = runtime.manager.snapshot()
    runtime.close()
    again = start(platform)
    assert again.manager.snapshot() == before
    assert "[info] main: 3 modules from the saved settings" in platform.lines


def test_an_emptied_tree_stays_empty_after_a_restart(platform: FakePlatform) -> None:
    runtime = start(platform)
    runtime.manager.delete("box-1")
    runtime.close()
    assert ids(start(platform)) == []


def test_nothing_is_written_where_nothing_changed(platform: FakePlatform) -> None:
    start(platform).close()
    assert platform.storage.writes == 0


def test_changes_are_saved_while_it_runs(platform: FakePlatform) -> None:
    runtime = start(platform)
    runtime.manager.rename("box-1", "Saved")
    for _ in range(120):
        platform.advance_ms(20)
        runtime.scheduler.tick()
    assert json.loads(platform.storage.files[STATE_FILE])["tree"][0]["name"] == "Saved"


def test_broken_settings_are_set_aside_and_the_rig_is_used(platform: FakePlatform) -> None:
    platform.storage.files[STATE_FILE] = b'{"tree": [{"type": "Bo'
    assert ids(start(platform)) == ["box-1", "probe-2"]
    assert list(platform.storage.files) == [STATE_FILE + ".broken"]


def test_settings_that_are_no_tree_do_not_stop_the_start(platform: FakePlatform) -> None:
    platform.storage.files[STATE_FILE] = b'{"tree": {"type": "Box"}}'
    assert ids(start(platform)) == []


def test_memory_is_reported_stage_by_stage_where_one_asks(platform: FakePlatform) -> None:
    platform.heap_limit_bytes = 102_400
    start(platform, **{"memory-report": "yes"})
    stages = [line for line in platform.lines if line.startswith("[MemBoot]")]
    assert [line.split(":")[0] for line in stages] == [
        f"[MemBoot] {stage}" for stage in ("import core", "core", "tree", "import server", "server")
    ]


# How it runs and ends.


def run(runtime: Runtime, scenario: Any) -> int:
    """Run until the scenario is through; returns the exit status."""

    async def both() -> int:
        async with asyncio.timeout(TIMEOUT_S):
            running = asyncio.create_task(runtime.run())
            await scenario()
            return await running

    return asyncio.run(both())


async def ask(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return parse(answer)


def test_it_says_where_it_serves_once_it_answers(platform: FakePlatform) -> None:
    port = free_port()
    runtime = start(platform, port=str(port))

    async def scenario() -> None:
        while f"{READY_PREFIX}http://127.0.0.1:{port}/" not in platform.lines:
            await asyncio.sleep(0)
        assert (await ask(port, b"GET /api/system HTTP/1.1\r\n\r\n"))[0] == 200
        runtime.stop(0)

    assert run(runtime, scenario) == 0


def test_code_that_only_a_start_needs_is_gone_once_it_serves(platform: FakePlatform) -> None:
    runtime = start(platform, port=str(free_port()))

    async def scenario() -> None:
        while not any(line.startswith(READY_PREFIX) for line in platform.lines):
            await asyncio.sleep(0)
        runtime.stop(0)

    run(runtime, scenario)
    assert platform.forgotten == ["pyralis.start", "pyralis.core.loading"]


def test_it_ticks_at_the_rate_that_was_asked_for(platform: FakePlatform) -> None:
    runtime = start(platform, port=str(free_port()), fps="50")

    async def scenario() -> None:
        while platform.now_us < 5_000_000:
            await asyncio.sleep(0)
        runtime.stop(0)

    run(runtime, scenario)
    assert 49 <= runtime.scheduler.timing.fps <= 51


def test_slow_ticks_leave_time_to_serve(platform: FakePlatform) -> None:
    runtime = start(platform, port=str(free_port()))
    pauses: list[int] = []
    sleep_ms = platform.sleep_ms

    async def measured(duration_ms: int) -> None:
        pauses.append(duration_ms)
        await sleep_ms(duration_ms)

    def work() -> None:
        platform.advance_ms(800)

    platform.sleep_ms = measured  # type: ignore[method-assign]
    runtime.manager.find("probe-2").loop = work  # type: ignore[method-assign]

    async def scenario() -> None:
        while len(pauses) < 20:
            await asyncio.sleep(0)
        runtime.stop(0)

    run(runtime, scenario)
    assert set(pauses[1:]) == {100}


def test_a_reboot_is_answered_and_asks_whoever_started_it_to_start_it_again(platform: FakePlatform) -> None:
    port = free_port()
    runtime = start(platform, port=str(port))
    answers: list[int] = []

    async def scenario() -> None:
        while len(platform.lines) < 2:
            await asyncio.sleep(0)
        answers.append((await ask(port, b"POST /api/reboot HTTP/1.1\r\n\r\n"))[0])

    assert run(runtime, scenario) == EXIT_REBOOT
    assert answers == [202]


def test_a_port_that_is_taken_ends_it_with_a_hint(platform: FakePlatform) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        runtime = start(platform, port=str(taken.getsockname()[1]))
        assert asyncio.run(runtime.run()) == 1
    assert "choose another one with --port" in platform.lines[-1]


def test_a_warning_about_kernels_is_logged_once(platform: FakePlatform) -> None:
    platform.start_compiling = lambda: "no numba"  # type: ignore[method-assign]
    runtime = start(platform, port=str(free_port()))

    async def scenario() -> None:
        runtime.stop(0)

    run(runtime, scenario)
    assert platform.lines.count("[warning] kernel: no numba") == 1


@pytest.mark.skipif(os.name != "posix", reason="signals of a POSIX system")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_ends_cleanly_and_saves_with_clients_connected(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    call = [
        sys.executable,
        "-m",
        "pyralis.main",
        "--root",
        str(tmp_path),
        "--state",
        str(tmp_path),
        "--port",
        str(port),
    ]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        while not (line := process.stdout.readline()).startswith(READY_PREFIX):
            assert line, process.communicate(timeout=TIMEOUT_S)
        with (
            socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as page,
            socket.create_connection(("127.0.0.1", port), TIMEOUT_S),
        ):
            lines = ["GET /ws HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x", "\r\n"]
            page.sendall("\r\n".join(lines).encode())
            assert page.recv(12) == b"HTTP/1.1 101"
            body = b'{"type": "DriverLayer", "name": "Saved"}'
            with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as client:
                client.sendall(b"POST /api/modules HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                assert client.recv(12) == b"HTTP/1.0 201"
            process.send_signal(number)
            _, errors = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert json.loads((tmp_path / STATE_FILE).read_text())["tree"][0]["name"] == "Saved"


def test_main_refuses_options_that_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="--prot"):
        main(["--prot", "1"])
