"""The command: help with examples, exit statuses, and errors that people understand."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pyralis import __version__
from pyralis.deploy import cli
from pyralis.deploy.client import get_json
from pyralis.deploy.devices import load
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.runner import free_ports
from pyralis.wire import READY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = [command.name for command in cli.COMMANDS]
SLOW = {"rich", "jsonschema", "pytest", "httpx", "numba", "asyncio", "microdot", "concurrent.futures", "pyralis.main"}


def pyralis(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pyralis", *arguments],
        cwd=cwd,
        env=package_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name != "bench"])
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main([name, "--help"])
    text = capsys.readouterr().out
    assert raised.value.code == 0
    assert re.search(rf"examples?:\n  pyralis {name}", text)
    assert "--json" in text


def test_help_lists_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    text = capsys.readouterr().out
    for command in cli.COMMANDS:
        assert re.search(rf"^  {command.name} +{re.escape(command.summary[:20])}", text, re.MULTILINE)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"pyralis {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["build", "--target", "esp8266"], ["run", "--port", "x"], ["run", "--heap", "big"], ["build", "-z"]],
)
def test_wrong_arguments_are_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    assert raised.value.code == 2
    assert "usage: pyralis" in capsys.readouterr().err


def test_error_is_told_without_a_traceback(tmp_path: Path) -> None:
    done = pyralis("build", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    first, whose, todo = done.stderr.splitlines()
    assert first == f"✗ there is no rig in {tmp_path} or above it"
    assert whose.startswith("  whose: ")
    assert "pyralis new DIR" in todo


def test_error_for_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["build", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)
    assert error["event"] == "error"
    assert set(error) == {"event", "error", "whose", "todo"}


def test_run_imports_nothing_slow() -> None:
    text = f"import sys; from pyralis.deploy import cli; cli.make_parser('run'); print({SLOW!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", text], env=package_environment(), capture_output=True, text=True)  # noqa: PLW1510
    assert done.stdout == "set()\n", done.stderr


# In a rig.


@pytest.fixture
def inside(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A rig that is the working directory."""
    monkeypatch.chdir(rig.root)
    return rig


def test_devices_as_table_and_as_json(inside: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["devices", "--platform", "cpython"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["id", "type", "platform"]
    assert row.split()[:5] == ["pc-cpython", "pc", "cpython", "pc", "yes"]
    assert cli.main(["devices", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [device.to_json() for device in load(inside)]


def test_filter_that_matches_nothing(inside: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["livetest", "--group", "wall"]) == 1
    error = capsys.readouterr().err
    assert "no device matches: group wall, test True" in error
    assert "group: pc" in error


def test_new_and_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "wall"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "next: cd wall && pyralis run",
        "then change modules/sparkle.py and save: the lights follow",
    ]
    assert cli.main(["new", "wall", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "wall is there already and is not empty"


def test_rig_can_be_named(inside: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.chdir(tmp_path)
    assert cli.main(["summarise", "--rig", str(inside.root)]) == 0
    assert "5 pages, 0 devices" in capsys.readouterr().out
    assert inside.status.is_dir()


def test_log_without_a_runtime(inside: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["log"]) == 1
    assert "no runtime of this rig runs here" in capsys.readouterr().err
    assert cli.main(["log", "--device", "pc-cpython"]) == 1
    assert "'pc-cpython' has no address" in capsys.readouterr().err
    assert cli.main(["log", "--url", f"http://127.0.0.1:{free_ports(1)[0]}"]) == 1
    assert "does not answer" in capsys.readouterr().err
    assert cli.main(["log", "--url", "wall"]) == 1
    assert "'wall' is not an address of a device" in capsys.readouterr().err


def _default_sigint() -> None:
    # A shell that runs the tests in the background has SIGINT ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def start_run(rig: Rig, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pyralis", "run", "--port", str(free_ports(1)[0]), *arguments],
        cwd=rig.modules,
        env=package_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_default_sigint,  # noqa: PLW1509
    )


def wait_until_serving(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if READY_PREFIX in line:
            return line.partition(READY_PREFIX)[2].split()[0]
    raise AssertionError("".join(said))


@pytest.mark.parametrize("interpreter", ["cpython", "micropython"])
def test_run_serves_is_alone_and_ends_with_ctrl_c(
    inside: Rig, interpreter: str, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    arguments = ["--name", "Wall"]
    if interpreter == "micropython":
        request.getfixturevalue("micropython")
        arguments += ["--micropython", "--heap", "300k"]
    with start_run(inside, *arguments) as process:
        url = wait_until_serving(process)
        system = get_json(url, "/api/system")
        assert (system["name"], system["platform"]) == ("Wall", interpreter)

        assert cli.main(["log", "--json"]) == 0
        assert json.loads(capsys.readouterr().out.splitlines()[0])["source"] == "main"
        assert cli.main(["log", "--device", f"pc-{interpreter}", "--since", "1"]) == 0
        assert "main: 6 modules from the rig file" in capsys.readouterr().out

        again = ["run", "--port", str(free_ports(1)[0])] + (["--micropython"] if interpreter == "micropython" else [])
        assert cli.main(again) == 1
        assert f"this rig runs on {interpreter} already at {url.rstrip('/')}" in capsys.readouterr().err

        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130
        assert process.stdout is not None
        assert "stopped, state saved" in process.stdout.read()
    with pytest.raises(UserError):
        get_json(url, "/api/system")


def test_first_answer_comes_soon(inside: Rig) -> None:
    begun_s = time.perf_counter()
    with start_run(inside) as process:
        get_json(wait_until_serving(process), "/api/system")
        # 0.2 s on an idle machine (`pyralis bench` measures it); this catches what is badly slow on a busy one, too.
        assert time.perf_counter() - begun_s < 2
        process.terminate()
        assert process.wait(5) == 143


def test_port_in_use(inside: Rig, micropython: str, capsys: pytest.CaptureFixture[str]) -> None:
    with start_run(inside, "--micropython") as process:
        port = wait_until_serving(process).rstrip("/").rpartition(":")[2]
        assert cli.main(["run", "--port", port]) == 1
        assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
        process.send_signal(signal.SIGINT)


def test_rig_file_is_checked_before_the_start(
    inside: Rig, write_rig: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    write_rig(tree=[{"typ": "DriverLayer"}])
    assert cli.main(["run", "--port", "0"]) == 1
    assert "rig.json: tree[0]: unknown field 'typ'" in capsys.readouterr().err


def test_reset_forgets_the_state(inside: Rig, micropython: str) -> None:
    state = inside.private / "state" / "micropython" / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"tree": []}), encoding="utf-8")
    with start_run(inside, "--micropython", "--reset") as process:
        assert get_json(wait_until_serving(process), "/api/system")["modules"] == 6
        process.send_signal(signal.SIGINT)


def test_reader_that_leaves_ends_the_run(inside: Rig, micropython: str) -> None:
    with start_run(inside, "--micropython") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(5) in (0, 1)


def test_json_lines_of_run(inside: Rig, micropython: str) -> None:
    with start_run(inside, "--micropython", "--json") as process:
        assert process.stdout is not None
        events = []
        for line in process.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "serving":
                process.send_signal(signal.SIGINT)
    assert events[-1]["event"] in ("serving", "line")
    assert any(event.get("url", "").startswith("http://127.0.0.1:") for event in events)


def test_a_package_of_the_extra_that_is_missing_is_named_with_what_to_install(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    assert cli.main(["devices", "--rig", str(rig.root)]) == 1
    said = capsys.readouterr().err
    assert "jsonschema" in said
    assert "pyralis[deploy]" in said
    assert "Traceback" not in said
