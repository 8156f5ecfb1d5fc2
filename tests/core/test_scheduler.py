"""The scheduler ticks phase by phase, times each module, and keeps every fault inside the module that has it."""

from __future__ import annotations

from typing import Any

import pytest
from probes import Probe
from stage import Stage

from pyralis.core.errors import MemoryRefused

FAULTS = [ValueError("seven"), KeyError("k"), MemoryError(), RecursionError("deep"), StopIteration(), AssertionError()]


class Unprintable(Exception):
    """Cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")


def loops(probe: Probe) -> int:
    return probe.calls.count("loop")


# The order and the time of a tick.


def test_modules_run_phase_by_phase_and_in_the_order_of_the_tree(stage: Stage) -> None:
    order: list[str] = []
    for type_name in ("Sender", "Composer", "Probe", "Sender", "Probe"):
        module = stage.add(type_name)
        module.loop = lambda module=module: order.append(module.id)
    stage.tick()
    assert order == ["probe-3", "probe-5", "composer-2", "sender-1", "sender-4"]


def test_the_order_follows_the_tree_when_it_changes(stage: Stage) -> None:
    order: list[str] = []
    for _ in range(3):
        module = stage.add("Probe")
        module.loop = lambda module=module: order.append(module.id)
    stage.manager.move("probe-3", None, 0)
    stage.manager.delete("probe-1")
    stage.tick()
    assert order == ["probe-3", "probe-2"]


def test_uptime_and_elapsed_time_come_from_the_clock_of_the_platform(stage: Stage) -> None:
    stage.tick(5)
    stage.tick(7)
    assert (stage.scheduler.uptime_ms, stage.services.elapsed_ms) == (7, 7)


def test_microseconds_are_not_lost_between_ticks(stage: Stage) -> None:
    stage.scheduler.tick()
    for _ in range(1000):
        stage.platform.now_us += 300
        stage.scheduler.tick()
    assert stage.scheduler.uptime_ms == 300


def test_time_goes_on_when_the_clock_wraps(stage: Stage) -> None:
    stage.platform.now_us = 0x3FFFFFFF - 5000
    stage.scheduler.tick()
    stage.tick(20)
    assert (stage.scheduler.uptime_ms, stage.services.elapsed_ms) == (20, 20)


def test_after_a_long_pause_modules_go_on_from_where_they_were(stage: Stage) -> None:
    stage.tick()
    stage.tick(60_000)
    assert stage.services.elapsed_ms == 1000
    assert stage.scheduler.uptime_ms == 60_000


def test_time_never_runs_backwards(stage: Stage) -> None:
    stage.tick()
    stage.tick(700_000)  # more than half of what the clock can tell apart
    assert stage.services.elapsed_ms >= 0
    assert stage.scheduler.uptime_ms >= 0


@pytest.mark.parametrize("loop_us", [1, 5, 900, 30_000])
def test_the_time_of_each_module_is_measured(stage: Stage, loop_us: int) -> None:
    def work() -> None:
        stage.platform.now_us += loop_us

    busy, idle = stage.add("Probe"), stage.add("Probe")
    busy.loop = work
    stage.tick(times=100)
    assert (busy.tick_us, idle.tick_us) == (loop_us, 0)
    busy.loop = lambda: None
    stage.tick(times=100)
    assert busy.tick_us == 0


def test_a_tick_says_how_long_it_took(stage: Stage) -> None:
    def work() -> None:
        stage.platform.now_us += 150

    for _ in range(2):
        stage.add("Probe").loop = work
    assert stage.scheduler.tick() == 300


def test_once_a_second_modules_and_services_have_their_turn(stage: Stage) -> None:
    probe: Probe = stage.add("Probe")
    seconds: list[int] = []
    stage.scheduler.on_second.append(lambda: seconds.append(stage.scheduler.uptime_ms))
    stage.tick(20, times=151)
    assert seconds == [1000, 2000, 3000]
    assert probe.calls.count("loop_1s") == 3


def test_a_module_that_is_switched_off_has_no_turn(stage: Stage) -> None:
    probe: Probe = stage.add("Probe")
    probe.disable_self("off")
    probe.calls.clear()
    stage.tick(500, times=5)
    assert probe.calls == []


# Containment.


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("hook", ["setup", "on_control", "loop", "loop_1s"])
def test_a_fault_turns_its_module_red_and_the_others_go_on(stage: Stage, hook: str, error: Exception) -> None:
    before, bad, after = (stage.add("Probe") for _ in range(3))
    bad.error = error
    stage.set(bad, fault=hook)
    stage.tick(500, times=5)
    if hook == "setup":
        bad.fail("so that it is set up again")
        stage.set(bad, speed=1)
        stage.tick(500, times=5)
    assert (bad.status, bad.setup_ok) == ("failed", False)
    for other in (before, after):
        assert other.status == "ok"
        assert loops(other) >= 5


def test_a_red_module_is_left_alone(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop")
    stage.tick(times=500)
    assert loops(bad) == 1
    assert stage.texts("error") == ["probe-1: RuntimeError: as the test wants it"]


def test_no_memory_is_told_in_words_that_help(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop")
    bad.error = MemoryError()
    before = stage.platform.collections
    stage.tick()
    assert bad.reason == "out of memory: have it keep less, or make something smaller"
    assert stage.platform.collections == before + 1


def test_a_refusal_by_the_memory_guard_disables_and_is_no_fault(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop")
    bad.error = MemoryRefused("needs 9 bytes", 9)
    stage.tick()
    assert (bad.status, bad.reason, bad.failures) == ("disabled", "needs 9 bytes", 0)


def test_a_fault_says_where_it_was_raised(stage: Stage) -> None:
    stage.platform.error_location = lambda error: "plasma.py:12"  # type: ignore[method-assign]
    bad: Probe = stage.add("Probe", fault="loop")
    stage.tick()
    assert bad.health_report() == "RuntimeError: as the test wants it (plasma.py:12)"


def test_a_fault_that_cannot_be_put_in_words_is_contained_too(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop")
    bad.error = Unprintable()
    stage.tick()
    assert (bad.status, bad.reason) == ("failed", "Unprintable")


def test_a_fault_with_text_that_no_console_can_show_is_contained_too(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop")
    bad.error = ValueError("half \ud83d\nof it")
    stage.tick()
    assert stage.texts("error") == ["probe-1: ValueError: half   of it"]


def test_a_fault_in_a_service_does_not_stop_ticks_or_the_next_service(stage: Stage) -> None:
    def fail() -> None:
        raise TypeError("not JSON")

    seconds: list[int] = []
    stage.scheduler.on_second += [fail, lambda: seconds.append(1)]
    stage.tick(500, times=5)
    assert seconds == [1, 1]
    assert "scheduler: TypeError: not JSON" in stage.texts("error")


def test_attempt_gives_the_result_or_the_exception(stage: Stage) -> None:
    assert stage.scheduler.attempt(lambda: 5) == (5, None)
    result, error = stage.scheduler.attempt(lambda: 1 // 0)
    assert result is None
    assert isinstance(error, ZeroDivisionError)


def test_what_ends_the_process_is_not_contained(stage: Stage) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    stage.add("Probe").loop = stop
    with pytest.raises(KeyboardInterrupt):
        stage.tick()


# Coming back.


def test_a_red_module_is_set_up_again_only_after_its_configuration_changed(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop")
    stage.tick(times=100)
    bad.calls.clear()
    stage.set(bad, fault="none")
    assert bad.calls == []  # not at once: the change waits for the back-off
    stage.tick(20, times=9)
    assert bad.status == "failed"
    stage.tick(20, times=3)
    assert (bad.status, bad.reason, bad.setup_ok) == ("ok", "", True)
    assert bad.calls[:3] == ["on_control", "setup", "loop"]
    assert "probe-1: configuration changed: set up again" in stage.texts("info")


def test_each_failure_in_a_row_makes_the_wait_longer(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop")
    stage.tick()
    waits = []
    for speed in range(5):
        stage.set(bad, speed=speed)
        setups, ticks = bad.calls.count("setup"), 0
        while bad.calls.count("setup") == setups:
            stage.tick(10)
            ticks += 1
        waits.append(ticks * 10)
    assert waits == [210, 410, 810, 1610, 3210]


def test_a_second_of_work_counts_as_recovered(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop")
    stage.tick()
    assert bad.failures == 1
    stage.set(bad, fault="none")
    stage.tick(100, times=25)
    assert (bad.status, bad.failures) == ("ok", 0)


def test_a_module_that_fails_within_a_second_has_not_recovered(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop_1s")
    for speed in range(3):
        stage.tick(100, times=40)
        stage.set(bad, speed=speed)
    assert bad.failures == 3


def test_a_disabled_module_is_set_up_again_at_once_when_its_configuration_changes(stage: Stage) -> None:
    probe: Probe = stage.add("Probe")
    probe.disable_self("off")
    stage.set(probe, speed=1)
    assert probe.status == "ok"


# Kernels.


class Kernel:
    """As the kernel language gives it."""

    ready = False


def test_a_module_shows_that_it_compiles_and_runs_once_all_its_kernels_are_ready(stage: Stage) -> None:
    probe: Probe = stage.add("Probe")
    one, two = Kernel(), Kernel()
    probe.kernels = (one, two)
    stage.tick()
    assert (probe.status, probe.setup_ok, loops(probe)) == ("compiling", True, 0)
    one.ready = True
    stage.tick()
    assert (probe.status, loops(probe)) == ("compiling", 0)
    two.ready = True
    stage.tick()
    assert (probe.status, loops(probe)) == ("ok", 1)


def test_a_module_that_failed_while_it_compiles_stays_red(stage: Stage) -> None:
    probe: Probe = stage.add("Probe", fault="setup")
    kernel = Kernel()
    probe.kernels = (kernel,)
    probe.fail("broken")
    stage.tick()
    kernel.ready = True
    stage.tick(times=2)
    assert probe.status == "failed"


def test_a_module_that_wants_to_exit_is_a_fault_like_any_other(stage: Stage) -> None:
    bad: Probe = stage.add("Probe", fault="loop")
    bad.error = SystemExit(3)  # type: ignore[assignment]
    stage.tick()
    assert bad.status == "failed"
    assert "SystemExit" in bad.health_report()


# Slow modules.


def slow_down(stage: Stage, module: Any, tick_ms: int) -> None:
    """Have it take so long in each tick."""
    module.loop = lambda: stage.platform.advance_ms(tick_ms)


def test_a_module_that_holds_up_all_lights_for_seconds_is_amber_and_says_how_much(stage: Stage) -> None:
    slow, other = stage.add("Probe"), stage.add("Probe")
    slow_down(stage, slow, 500)
    stage.tick(1000)
    assert slow.status == "ok"
    stage.tick(1000, times=12)
    assert (slow.status, slow.setup_ok, other.status) == ("slow", True, "ok")
    assert slow.reason.startswith("slow: ")
    assert slow.reason.endswith(" frames a second, make it do less")
    slow_down(stage, slow, 1)
    stage.tick(1000, times=60)
    assert (slow.status, slow.reason) == ("ok", "")


def test_a_single_slow_tick_is_no_news(stage: Stage) -> None:
    probe = stage.add("Probe")
    slow_down(stage, probe, 900)
    stage.tick(1000)
    slow_down(stage, probe, 0)
    stage.tick(1000, times=3)
    assert stage.texts("warning") == []


@pytest.mark.parametrize("name", ["health_report", "heap_bytes"])
def test_a_module_that_says_nonsense_of_itself_fails_within_a_second(stage: Stage, name: str) -> None:
    probe = stage.add("Probe")
    setattr(probe, name, lambda: None)
    stage.tick(1000, times=2)
    assert probe.status == "failed"
    assert probe.reason.startswith(f"health_report or heap_bytes fails: TypeError: {name} returns None")
