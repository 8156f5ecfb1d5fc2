"""The bench of live reload: its figures and target, and real saves."""

from __future__ import annotations

import pytest

from pyralis.deploy.bench import reload
from pyralis.deploy.bench.reload import KERNEL, MISTAKE, PLAIN, ReloadBench, reload_table
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step


def test_figures_are_median_and_worst_and_the_worst_is_held_against_the_target(rig: Rig) -> None:
    bench = ReloadBench(rig)
    bench.samples_ms = {PLAIN: [90.0, 100.0, 300.0], KERNEL: [200.0], MISTAKE: [400.0, 1200.0]}
    assert bench.figures()["ms"] == {
        PLAIN: {"median_ms": 100.0, "worst_ms": 300.0},
        KERNEL: {"median_ms": 200.0, "worst_ms": 200.0},
        MISTAKE: {"median_ms": 800.0, "worst_ms": 1200.0},
    }
    assert bench.find_missed() == [f"{MISTAKE}: 1200 ms (target 1000)"]
    row = [cell.strip() for cell in reload_table(bench).splitlines()[2].split("|")[1:5]]
    assert row == [PLAIN, "100 ms", "300 ms", "1000 ms"]


def test_real_saves_reach_the_wire_and_the_module(rig: Rig, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload, "SAVES", 2)
    bench = ReloadBench(rig)
    bench.run(step)
    assert [len(values) for values in bench.samples_ms.values()] == [2, 2, 2]
    # A save that was seen at once was not waited for: an editor may still have been writing.
    assert min(bench.samples_ms[PLAIN]) > 40
    assert min(bench.samples_ms[MISTAKE]) > 250
