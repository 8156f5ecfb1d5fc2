"""The bench of serving: its figures and targets, and one real start."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest

from pyralis.deploy.bench import serving
from pyralis.deploy.bench.serving import ServingBench, cpu_s, request_ms, serving_table, start_environments, start_s
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.running import running


@pytest.fixture
def measured(rig: Rig) -> ServingBench:
    bench = ServingBench(rig)
    bench.starts_s = {"cold": [0.4, 9.0, 0.3], "warm": [0.2]}
    bench.requests_ms = [0.1 * number for number in range(1, 201)]
    bench.cpu_percent = {64: 3.0, 128: 6.0}
    bench.fps = {64: 60, 128: 60}
    bench.compile_s = [0.5, 0.3]
    return bench


def test_figures_are_medians_and_percentiles(measured: ServingBench) -> None:
    figures = measured.figures()
    assert figures["start_s"] == {"cold": 0.4, "warm": 0.2}
    assert figures["p50_ms"] == pytest.approx(10.1)
    assert figures["p99_ms"] == pytest.approx(19.9)
    assert figures["longest_ms"] == pytest.approx(20)
    row = [cell.strip() for cell in serving_table(measured).splitlines()[-2].split("|")[1:4]]
    assert row == ["share of a core, Plasma 64x64 at 60 fps", "3.0 %", "10 %"]


def test_a_target_that_is_missed_is_named_with_the_figure(
    measured: ServingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = {"start_s": 0.5, "p50_ms": 30.0, "p99_ms": 2.5, "cpu_64_percent": 10.0}
    monkeypatch.setattr(serving, "TARGETS", targets)
    assert measured.find_missed() == ["p99_ms 19.9 (target 2.5)"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a system without /proc")
def test_processor_time_grows_with_work() -> None:
    before_s = cpu_s(os.getpid())
    while cpu_s(os.getpid()) < before_s + 0.02:
        json.dumps(list(range(1000)))


def test_processor_time_of_nobody_is_refused() -> None:
    with pytest.raises(UserError, match="processor time"):
        cpu_s(0)


@pytest.mark.parametrize("status", [200, 503])
def test_a_request_is_timed_to_its_last_byte_and_must_succeed(status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_once, args=(server, f"HTTP/1.0 {status} X\r\n\r\n{{}}"))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        if status == 200:
            assert 0 < request_ms(url) < 5000
        else:
            with pytest.raises(UserError, match="503"):
                request_ms(url)
        thread.join()


def answer_once(server: socket.socket, text: str) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(text.encode())


def test_sources_are_compiled_each_time_or_once(tmp_path: Path) -> None:
    fresh, kept = start_environments(tmp_path).values()
    assert fresh["PYTHONDONTWRITEBYTECODE"] == "1"
    assert not kept["PYTHONDONTWRITEBYTECODE"]
    assert not list((tmp_path / "pyralis").rglob("__pycache__"))
    assert (tmp_path / "pyralis" / "main.py").is_file()


def test_a_start_is_timed_and_leaves_no_process(rig: Rig) -> None:
    assert 0.01 < start_s(rig.root, package_environment()) < 15
    assert running(rig) == []


def test_a_start_that_fails_shows_what_was_said(rig: Rig) -> None:
    rig.file.write_text("[]")
    with pytest.raises(UserError, match="`pyralis run` ended") as raised:
        start_s(rig.root, package_environment())
    assert any("must be an object" in line for line in raised.value.details)
