"""Where memory runs out, the module that takes it is found and let go of, and the others run on."""

from __future__ import annotations

from typing import Any

import pytest
from stage import Stage

KB = 1024


class Heap:
    """A fake heap of 100 KB of which modules hold what their `held_bytes` say."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        stage.memory.reserve_bytes = 30 * KB
        stage.platform.heap_free_bytes = lambda: 100 * KB - self.held()  # type: ignore[method-assign]
        stage.platform.heap_largest_bytes = stage.platform.heap_free_bytes  # type: ignore[method-assign]
        stage.platform.heap_used_bytes = self.held  # type: ignore[method-assign]

    def held(self) -> int:
        return sum(module.__dict__.get("held_bytes", 0) for module in self.stage.manager.modules())


@pytest.fixture
def heap(stage: Stage) -> Heap:
    return Heap(stage)


def grow(module: Any, size_bytes: int) -> None:
    """Have it take so much more in each tick."""
    module.held_bytes = 0

    def loop() -> None:
        module.held_bytes += size_bytes

    module.loop = loop


def test_the_module_that_keeps_most_of_a_tick_is_let_go_and_says_so(stage: Stage, heap: Heap) -> None:
    small, large, last = stage.add("Probe"), stage.add("Probe"), stage.add("Probe")
    grow(small, 100)
    grow(large, 5 * KB)
    stage.tick(20, times=30)
    assert large.status == "failed"
    assert large.reason == "took all memory, 5120 bytes in its last tick: have it keep less"
    assert (small.status, last.status) == ("ok", "ok")
    assert heap.held() < 10 * KB
    stage.tick(20, times=30)
    assert (small.status, last.status) == ("ok", "ok")


def test_where_none_grows_it_is_the_one_that_was_set_up_last(stage: Stage, heap: Heap) -> None:
    first, last = stage.add("Probe"), stage.add("Probe")
    first.held_bytes, last.held_bytes = 50 * KB, 48 * KB
    stage.tick(20, times=7)
    assert (first.status, last.status) == ("ok", "failed")
    assert last.reason == "left too little memory for the server: make it smaller or remove something"
    assert heap.held() == 50 * KB


def test_the_log_gives_way_before_any_module_does(stage: Stage, heap: Heap) -> None:
    probe = stage.add("Probe")
    for i in range(10):
        stage.log.info("test", str(i))
    probe.held_bytes = 95 * KB
    halved = stage.log.halve

    def halve() -> None:
        halved()
        probe.held_bytes = 0

    stage.log.halve = halve  # type: ignore[method-assign]
    before = len(list(stage.log.since(0)))
    stage.tick(20, times=7)
    assert len(list(stage.log.since(0))) == before // 2
    assert probe.status == "ok"


def test_what_is_off_already_is_let_go_too_and_keeps_its_reason(stage: Stage, heap: Heap) -> None:
    probe = stage.add("Probe")
    probe.disable_self("as it wants")
    probe.held_bytes = 95 * KB
    stage.tick(20, times=7)
    assert (probe.status, probe.reason, heap.held()) == ("disabled", "as it wants", 0)


def test_what_was_let_go_keeps_its_settings_and_its_place_and_can_be_set_up_again(stage: Stage, heap: Heap) -> None:
    probe = stage.add("Probe", speed=42)
    probe.held_bytes, probe.more = 95 * KB, "more"
    stage.tick(20, times=7)
    assert (probe.speed, probe.status, hasattr(probe, "more"), probe.calls) == (42, "failed", False, [])
    stage.set(probe, speed=43)
    stage.tick(1000, times=2)
    assert (probe.speed, probe.status) == (43, "ok")


def test_a_deleted_module_is_held_by_nobody(stage: Stage, heap: Heap) -> None:
    probe = stage.add("Probe")
    stage.manager.delete(probe.id)
    assert stage.services.set_up_last is None
