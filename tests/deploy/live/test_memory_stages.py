"""Stages of memory: those that a line tells of, that of a running device, and those of a runtime on this machine."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from pyralis.deploy.client import post
from pyralis.deploy.devices import Device
from pyralis.deploy.live.memory_stages import boot_stage, live_stage
from pyralis.deploy.live.starts import PcRunner, Starts

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

START = ["import core", "core", "tree", "import server", "server", "serving"]
TIMEOUT_S = 10.0


def test_line_of_a_stage() -> None:
    line = "[MemBoot] import core: -1KB = 161KB (frag=31%, largest=111KB) used=117824"
    assert boot_stage(line) == {"stage": "import core", "free_kb": 161, "largest_kb": 111, "frag_percent": 31}


def test_other_lines_tell_of_none() -> None:
    assert boot_stage("[MemLive] recovered: 2KB = 161KB (frag=31%, largest=111KB)") is None
    assert boot_stage("Pyralis serving http://127.0.0.1:8080/") is None


def test_running_device() -> None:
    system = {"heap_free_bytes": 2047, "heap_largest_bytes": 1024, "fragmentation_percent": 50}
    assert live_stage(system) == {"stage": "live", "free_kb": 1, "largest_kb": 1, "frag_percent": 50}


def test_device_without_a_limit_has_no_figures() -> None:
    system = {"heap_free_bytes": None, "heap_largest_bytes": None, "fragmentation_percent": 0}
    assert live_stage(system) == {"stage": "live", "free_kb": None, "largest_kb": None, "frag_percent": None}


def start(rig: Rig, platform: str) -> PcRunner:
    device = Device("pc", "pc", platform)
    runner, _ = Starts(rig, [device], lambda _: "", threading.Event()).start(device, rig.logs / "pc.log")
    assert isinstance(runner, PcRunner)
    return runner


def restart(runner: PcRunner) -> None:
    post(runner.url, "/api/reboot")
    deadline_s = time.monotonic() + TIMEOUT_S
    while not runner.reboots:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_runtime_on_micropython_tells_of_its_first_start(rig: Rig, micropython: str) -> None:
    with start(rig, "micropython") as runner:
        runner.begin()
        runner.wait_ready()
        restart(runner)
    assert [stage["stage"] for stage in runner.memory] == START


def test_runtime_on_cpython_tells_of_none(rig: Rig) -> None:
    with start(rig, "cpython") as runner:
        runner.begin()
        runner.wait_ready()
    assert runner.memory == []
