"""A stateful module is ok, compiling, disabled or failed, says why, and starts clean when it is set up again."""

from __future__ import annotations

import pytest
from probes import Probe
from stage import Stage


@pytest.fixture
def probe(stage: Stage) -> Probe:
    made: Probe = stage.add("Probe")
    made.calls.clear()
    return made


def test_setup_tells_all_controls_first_and_resets_what_was_wrong(probe: Probe) -> None:
    probe.disable_self("no lights")
    probe.run_setup()
    assert probe.calls == ["on_control", "setup"]
    assert (probe.setup_ok, probe.status, probe.reason) == (True, "ok", "")


def test_a_disabled_module_says_why_to_page_and_log(stage: Stage, probe: Probe) -> None:
    before = probe.revision
    probe.disable_self("no lights")
    assert (probe.setup_ok, probe.status, probe.health_report()) == (False, "disabled", "no lights")
    assert stage.texts("warning") == [f"{probe.id}: disabled: no lights"]
    assert probe.revision > before


def test_a_failed_module_says_why_to_page_and_log(stage: Stage, probe: Probe) -> None:
    before = probe.revision
    probe.fail("ValueError: seven")
    assert (probe.setup_ok, probe.status, probe.health_report()) == (False, "failed", "ValueError: seven")
    assert stage.texts("error") == [f"{probe.id}: ValueError: seven"]
    assert probe.revision > before


def test_a_module_that_works_says_ok(probe: Probe) -> None:
    assert probe.health_report() == "OK"


def test_a_module_that_waits_for_its_kernels_says_so(probe: Probe) -> None:
    probe.status = "compiling"
    assert probe.health_report() == "Compiling its kernels"


def test_the_more_often_a_module_failed_the_later_it_is_set_up_again(probe: Probe) -> None:
    waits = []
    for _ in range(20):
        probe.fail("again")
        probe.plan_retry()
        waits.append(probe.retry_ms)
    assert waits == sorted(waits)
    assert waits[:3] == [200, 400, 800]
    assert waits[-1] == 30_000
