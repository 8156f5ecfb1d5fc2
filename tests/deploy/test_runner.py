"""The runner: real runtimes on both interpreters, and scripts for what runtimes should not do."""

from __future__ import annotations

import os
import socket
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.client import get_json
from pyralis.deploy.errors import UserError
from pyralis.deploy.identity import identify
from pyralis.deploy.interpreters import SETTING, Launch, Options, find_micropython, on_cpython, on_micropython
from pyralis.deploy.runner import Runner, check_port, free_ports
from pyralis.wire import EXIT_REBOOT, READY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Step

REBOOTS = f"import sys; print('{READY_PREFIX}http://127.0.0.1:1/', flush=True); sys.exit({EXIT_REBOOT})"


def script(tmp_path: Path, text: str) -> Launch:
    return Launch("a script", [sys.executable, "-S", "-c", text], tmp_path, dict(os.environ))


def post(url: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, b"{}", method="POST"), timeout=5) as response:
        response.read()


@pytest.fixture(params=["cpython", "micropython"])
def launch(request: pytest.FixtureRequest, rig: Rig, step: Step) -> Launch:
    options = Options(rig.private / "state", port=free_ports(1)[0], instance="token", name="Name")
    if request.param == "cpython":
        return on_cpython(rig, identify(rig), options)
    request.getfixturevalue("micropython")
    build(rig, TARGETS["pc"], step)
    return on_micropython(rig, options)


def test_runtime_serves_reboots_and_stops(launch: Launch, rig: Rig) -> None:
    with Runner(launch, rig.logs / "device.log") as runner:
        url = runner.start()
        before = get_json(url, "/api/system")
        assert (before["instance"], before["name"], before["platform"]) == ("token", "Name", launch.interpreter)
        assert before["build"]["id"] == identify(rig).id
        post(f"{url}/api/reboot")
        while runner.reboots == 0 or not (after := _system_or_none(url)):
            pass
        assert after["boot_id"] != before["boot_id"]
        assert runner.exit_status is None
    assert runner.exit_status == 0
    assert "Pyralis serving" in (rig.logs / "device.log").read_text(encoding="utf-8")


def _system_or_none(url: str) -> dict[str, str] | None:
    try:
        found: dict[str, str] = get_json(url, "/api/system")
    except UserError:
        return None
    return found


def test_runtime_that_dies_shows_its_last_lines(tmp_path: Path) -> None:
    launch = script(tmp_path, "print('the reason'); raise SystemExit(3)")
    with Runner(launch, tmp_path / "log") as runner, pytest.raises(UserError) as raised:
        runner.start()
    assert raised.value.what == "the runtime on a script ended with status 3"
    assert raised.value.details == ["the reason"]
    assert raised.value.log == tmp_path / "log"


def test_runtime_that_never_serves(tmp_path: Path) -> None:
    launch = script(tmp_path, "import time; print('thinking', flush=True); time.sleep(60)")
    with Runner(launch) as runner, pytest.raises(UserError, match=r"does not serve after 0\.3 s"):
        runner.start(timeout_s=0.3)


def test_runtime_that_only_reboots_is_given_up(tmp_path: Path) -> None:
    with Runner(script(tmp_path, REBOOTS)) as runner:
        runner.begin()
        assert runner.wait(10) == EXIT_REBOOT
    assert runner.reboots == 5


def test_lines_are_passed_on(tmp_path: Path) -> None:
    lines: list[str] = []
    with Runner(script(tmp_path, "print('one'); print('two')"), on_line=lines.append) as runner:
        runner.begin()
        runner.wait(10)
    assert lines == ["one", "two"]


def test_stop_before_start(tmp_path: Path) -> None:
    assert Runner(script(tmp_path, "")).stop() is None


def test_ports_are_free_and_differ() -> None:
    ports = free_ports(8)
    assert len(set(ports)) == 8
    for port in ports:
        check_port("127.0.0.1", port)


def test_port_in_use_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(UserError) as raised:
            check_port("127.0.0.1", port)
    assert f"127.0.0.1:{port}" in raised.value.what
    assert "--port" in raised.value.todo


def test_setting_that_names_no_micropython(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "/no/such/micropython")
    with pytest.raises(UserError, match="PYRALIS_MICROPYTHON says '/no/such/micropython'"):
        find_micropython()


def test_rig_may_name_its_micropython(rig: Rig, write_rig: Callable[..., None]) -> None:
    write_rig(micropython="./no-such")
    with pytest.raises(UserError, match=r"'micropython' in rig\.json says '\./no-such'"):
        find_micropython(rig)


def test_heap_reaches_micropython(rig: Rig, micropython: str) -> None:
    launch = on_micropython(rig, Options(rig.private / "state"), "128wk")
    assert launch.command[:3] == [micropython, "-X", "heapsize=128wk"]
