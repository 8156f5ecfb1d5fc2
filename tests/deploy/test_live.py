"""The live test runner: real devices, virtual boards too, with a suite of two tests so that it stays fast."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from virtual_boards import board, entry, flash, plugged_in, put_image

from pyralis.deploy.device_claim import own
from pyralis.deploy.devices import Filters, load, select
from pyralis.deploy.flash import record
from pyralis.deploy.identity import identify
from pyralis.deploy.live import run
from pyralis.deploy.live.context import Context, from_environment
from pyralis.deploy.live.run import LiveRun
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.twin.host import Settings, Twins, mac_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyralis.deploy.steps import Step

pytestmark = pytest.mark.usefixtures("impatient")

PC_CPYTHON = {"id": "pc-cpython", "type": "pc", "platform": "cpython", "group": "pc", "test": True}
PC_MICROPYTHON = {**PC_CPYTHON, "id": "pc-micropython", "platform": "micropython", "heap": "256k"}
# Without httpx, which alone takes longer to import than these tests to run; conftest.py of the real suite has more.
SUITE = """
    import json, time, urllib.request
    from pyralis.deploy.live.context import from_environment

    DEVICE = from_environment()

    def system():
        while True:
            try:
                with urllib.request.urlopen(DEVICE.url + "/api/system", timeout=5) as answer:
                    return json.load(answer)
            except OSError:
                time.sleep(0.01)

    def test_is_the_right_one():
        assert system()["instance"] == DEVICE.instance
        assert system()["build"]["id"] == DEVICE.build_id

    def test_name():
        assert system()["platform"] != "{bad}", "this device is bad"
"""


@pytest.fixture
def write_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Have the runner use a suite of its own."""

    def write(text: str = SUITE, bad: str = "") -> Path:
        folder = tmp_path / "suite"
        folder.mkdir(exist_ok=True)
        (folder / "test_small.py").write_text(textwrap.dedent(text).replace("{bad}", bad), encoding="utf-8")
        monkeypatch.setenv(run.SUITE_SETTING, str(folder))
        return folder

    return write


def live(rig: Rig, step: Step, *arguments: str, **filters: Any) -> None:
    devices = select(load(rig), Filters(**filters))
    with Twins(rig, devices) as twins, step:
        LiveRun(rig, devices, step, arguments, twins.serial).run()


def written(rig: Rig, name: str) -> Any:
    return json.loads((rig.live / f"live-results-{name}.json").read_text(encoding="utf-8"))


def test_both_interpreters_pass(rig: Rig, step: Step, write_suite: Callable[..., Path], micropython: str) -> None:
    write_suite()
    live(rig, step)
    assert step.result.status == "passed", step.result.to_json()
    assert step.result.summary == "4 of 4 passed on 2 devices"
    (device,) = written(rig, "pc-micropython")["devices"]
    assert {"type", "platform", "chip", "implementation", "build_id", "fps", "heap_free_kb", "image_sha256"} < set(
        device
    )
    assert [(test["name"], test["status"]) for test in device["tests"]] == [
        ("is the right one", "passed"),
        ("name", "passed"),
    ]
    assert [one["current"] for one in written(rig, "all")["devices"]] == [True, True]
    assert written(rig, "all-last-good") == written(rig, "all")
    assert (rig.live / "live-results.xml").read_text(encoding="utf-8").count("<testsuite ") == 2
    assert "Pyralis serving" in (rig.logs / "live-pc-cpython.log").read_text(encoding="utf-8")


def test_failure_on_one_device(
    rig: Rig, step: Step, write_suite: Callable[..., Path], write_devices: Callable[..., None], micropython: str
) -> None:
    write_suite(bad="micropython")
    write_devices(PC_CPYTHON, PC_MICROPYTHON)
    old = rig.private / "live" / "pc-micropython" / "state.json"
    old.parent.mkdir(parents=True)
    old.write_text("from an earlier run", encoding="utf-8")
    live(rig, step)
    assert not old.exists() or old.read_text(encoding="utf-8") != "from an earlier run"
    assert step.result.reason == "3 of 4 passed on 2 devices; not all passed on pc-micropython"
    good, bad = step.result.steps
    assert (good.status, bad.status) == ("passed", "failed")
    (failure,) = bad.failures
    assert (failure.name, failure.device, failure.reason) == ("name", "pc-micropython", "this device is bad")
    test = written(rig, "pc-micropython")["devices"][0]["tests"][1]
    assert test["reason"] == "this device is bad"
    assert test["assertions"] == ["assert 'micropython' != 'micropython'"]
    assert not (rig.live / "live-results-all-last-good.json").exists()


def test_device_that_does_not_start(
    rig: Rig, step: Step, write_suite: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, micropython: str
) -> None:
    write_suite()
    stub = rig.root / "micropython"
    stub.write_text("#!/bin/sh\necho out of order; exit 5\n", encoding="utf-8")
    stub.chmod(0o755)
    monkeypatch.setenv("PYRALIS_MICROPYTHON", str(stub))
    live(rig, step, platform="micropython")
    assert not step.result.ok
    (test,) = written(rig, "pc-micropython")["devices"][0]["tests"]
    assert (test["name"], test["status"]) == ("the device starts and serves", "error")
    assert test["reason"] == "the runtime on micropython ended with status 5"
    assert test["assertions"] == ["out of order"]


def test_suite_that_stops_itself(
    rig: Rig, step: Step, write_suite: Callable[..., Path], write_devices: Callable[..., None], micropython: str
) -> None:
    write_suite("import pytest\ndef test_one(): pytest.exit('this is another build', 3)")
    write_devices(PC_MICROPYTHON)
    live(rig, step)
    (test,) = written(rig, "pc-micropython")["devices"][0]["tests"]
    assert (test["name"], test["reason"]) == ("the suite runs to its end", "this is another build")


# Boards.

FLAKY = """
    import os, pathlib

    def test_works(): pass

    def test_flaky():
        seen = pathlib.Path("seen")
        first = not seen.exists()
        seen.touch()
        assert not first, "not yet"

    def test_broken():
        assert False, "a lamp is missing"
"""


def test_board_is_tested_and_its_serial_line_recorded_beside_the_results(
    rig: Rig, step: Step, write_suite: Callable[..., Path], write_devices: Callable[..., None], micropython: str
) -> None:
    write_suite()
    write_devices(entry("wall-1", "esp32c3"))
    assert flash(rig, load(rig)).ok
    live(rig, step)
    assert step.result.status == "passed", step.result.to_json()
    (device,) = written(rig, "wall-1")["devices"]
    known = record.load(rig, "wall-1")
    assert known is not None
    assert (device["image_sha256"], device["build_id"]) == (known.image_sha256[:16], known.build_id)
    assert (device["firmware"], device["group"], device["platform"]) == (known.firmware, "wall", "esp32c3")
    assert device["board_id"] == mac_of("wall-1")
    assert [stage["stage"] for stage in device["memory"]] == [
        *("import core", "core", "tree", "import server", "server", "serving", "live")
    ]
    assert [test["status"] for test in device["tests"]] == ["passed", "passed"]
    assert device["serial_log"] == "live/serial-wall-1.log"
    lines = (rig.root / device["serial_log"]).read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 ", line) for line in lines)
    assert sum("Pyralis serving http://" in line for line in lines) >= 2  # after its reset, and after the tests
    assert step.result.steps[0].facts["serial_log"] == device["serial_log"]


# A test that leaves the board with more, and restarts it.
GROWING = """
    import json, time, urllib.request
    from pyralis.deploy.live.context import from_environment

    URL = from_environment().url

    def ask(path, value=None):
        body = None if value is None else json.dumps(value).encode()
        with urllib.request.urlopen(urllib.request.Request(URL + path, body), timeout=5) as answer:
            return json.load(answer)

    def test_it_restarts_with_more():
        boot_id = ask("/api/system")["boot_id"]
        driver = ask("/api/modules", {"type": "DriverLayer"})["id"]
        ask("/api/modules", {"type": "Grid", "parent": driver, "controls": {"width": 64, "height": 32}})
        ask("/api/reboot", {})
        while True:
            try:
                if ask("/api/system")["boot_id"] != boot_id:
                    return
            except OSError:
                time.sleep(0.01)
"""


def test_memory_is_that_of_the_start_before_the_tests(
    rig: Rig, step: Step, write_suite: Callable[..., Path], write_devices: Callable[..., None], micropython: str
) -> None:
    write_suite(GROWING)
    write_devices(entry("wall-1"))
    assert flash(rig, load(rig)).ok
    live(rig, step)
    assert step.result.status == "passed", step.result.to_json()
    (device,) = written(rig, "wall-1")["devices"]
    (told_kb,) = [stage["free_kb"] for stage in device["memory"] if stage["stage"] == "tree"]
    log = (rig.root / device["serial_log"]).read_text(encoding="utf-8")
    each_kb = [int(free) for free in re.findall(r"\[MemBoot\] tree: \S+ = (\d+)KB", log)]
    assert told_kb == each_kb[0]
    assert each_kb[-1] < each_kb[0]


def test_board_that_does_not_start_holds_up_no_other_and_its_log_is_kept(
    rig: Rig, step: Step, write_suite: Callable[..., Path], write_devices: Callable[..., None], micropython: str
) -> None:
    write_suite(FLAKY)
    write_devices(entry("wall-1"), entry("wall-2"))
    put_image(rig, board("wall-2"))
    quarantined = {"device": "wall-2", "test": "broken", "reason": "a lamp is missing", "since": "2026-11-01"}
    (rig.root / "quarantine.json").write_text(json.dumps([quarantined]), encoding="utf-8")
    live(rig, step)
    assert step.result.reason == (
        "1 of 4 passed on 2 devices, 1 unstable, 1 failed in quarantine; not all passed on wall-1"
    )
    (bad,) = written(rig, "wall-1")["devices"]
    (test,) = bad["tests"]
    assert (test["name"], test["status"]) == ("the device starts and serves", "error")
    assert test["reason"] == "'wall-1' does not serve: its flash is empty or broken"
    assert "invalid header: 0xffffffff" in (rig.root / bad["serial_log"]).read_text(encoding="utf-8")
    (good,) = written(rig, "wall-2")["devices"]
    tests = {test["name"]: test for test in good["tests"]}
    assert {name: test["status"] for name, test in tests.items()} == {
        "works": "passed",
        "flaky": "unstable",
        "broken": "failed",
    }
    assert tests["flaky"]["reason"] == "not yet"
    assert tests["broken"]["quarantined"] == "a lamp is missing (since 2026-11-01)"
    assert "image_sha256" not in good  # nobody knows what was flashed to it
    assert not (rig.live / "live-results-all-last-good.json").exists()


def test_board_with_another_build_is_refused(
    rig: Rig,
    step: Step,
    write_suite: Callable[..., Path],
    write_rig: Callable[..., None],
    write_devices: Callable[..., None],
    micropython: str,
) -> None:
    write_suite()
    write_devices(entry("wall-1"))
    old = identify(rig).id
    put_image(rig, board("wall-1"))
    write_rig(name="changed", tree=[])
    live(rig, step)
    (failure,) = step.result.steps[0].failures
    assert failure.name == "the device starts and serves"
    assert failure.reason == f"'wall-1' runs another build: '{old}', and '{identify(rig).id}' is to be tested"
    assert failure.assertions[-1].startswith("to do: flash it: `pyralis flash --device wall-1`")


def test_board_in_use_is_left_alone(
    rig: Rig, step: Step, write_suite: Callable[..., Path], write_devices: Callable[..., None], micropython: str
) -> None:
    write_suite()
    write_devices(entry("wall-1"))
    with own(rig, board("wall-1")):
        live(rig, step)
    (test,) = written(rig, "wall-1")["devices"][0]["tests"]
    assert test["name"] == "the device starts and serves"
    assert test["reason"].startswith(f"'wall-1' is in use by process {os.getpid()}: ")
    assert not (rig.live / "serial-wall-1.log").exists()


def test_who_waits_for_a_board_can_interrupt(
    rig: Rig, write_suite: Callable[..., Path], write_devices: Callable[..., None], micropython: str
) -> None:
    write_suite()
    write_devices(entry("wall-1"))
    with plugged_in(rig, Settings("wall-1", "esp32dev", ("noise",))), livetest(rig) as process:
        log = rig.logs / "live-wall-1.log"
        while not (log.is_file() and log.stat().st_size):  # its serial line is open
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert not rig.live.exists()


@contextmanager
def livetest(rig: Rig) -> Iterator[subprocess.Popen[str]]:
    """The command as a process."""
    # Python ignores SIGINT where the shell that started the tests runs them in the background.
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "pyralis", "livetest", "--json"],
        cwd=rig.root,
        env=package_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,  # noqa: PLW1509
    ) as process:
        yield process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_aborted_run_leaves_results_and_no_process(
    rig: Rig,
    write_suite: Callable[..., Path],
    write_devices: Callable[..., None],
    number: signal.Signals,
    micropython: str,
) -> None:
    begun = rig.root / "begun"
    write_suite(f"""
        import os, pathlib, time
        def test_slow():
            pathlib.Path({str(begun)!r}).write_text(str(os.getpid()))
            time.sleep(60)
    """)
    write_devices(PC_MICROPYTHON)
    rig.live.mkdir()
    for name in ("live-results-pc-micropython.json", "live-results-all.json", "live-results.xml"):
        (rig.live / name).write_text("as it was", encoding="utf-8")
    with livetest(rig) as process:
        while not (begun.is_file() and begun.read_text(encoding="ascii")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        status = process.wait(10)
    assert status == (130 if number == signal.SIGINT else -9)
    _wait_until_nothing_runs_in(rig.root)
    assert {path.read_text(encoding="utf-8") for path in rig.live.iterdir()} == {"as it was"}


def _wait_until_nothing_runs_in(folder: Path) -> None:
    deadline_s = time.monotonic() + 4
    while left := [path.name for path in Path("/proc").iterdir() if path.name.isdigit() and _is_in(path, folder)]:
        assert time.monotonic() < deadline_s, f"processes {left} still run"
        time.sleep(0.01)


def _is_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink().is_relative_to(folder)
    except OSError:
        return False


# What the real suite checks before its first test.


def refuse(context: Context, system: dict[str, Any]) -> str:
    from pyralis.deploy.live.suite.conftest import refuse as real

    return real(context, system)


def test_suite_refuses_another_process_and_another_build() -> None:
    context = Context("pc", "pc", "cpython", "http://127.0.0.1:1", "token", "id-1")
    assert not refuse(context, {"instance": "token", "build": {"id": "id-1"}})
    assert "is another process" in refuse(context, {"instance": "other", "build": {"id": "id-1"}})
    assert "runs another build: 'id-2'" in refuse(context, {"instance": "token", "build": {"id": "id-2"}})
    assert "runs another build" in refuse(context, {"instance": "token"})


def test_context_goes_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context("pc", "pc", "cpython", "http://127.0.0.1:1", "token", "id-1")
    for name, value in context.to_environment().items():
        monkeypatch.setenv(name, value)
    assert from_environment() == context
