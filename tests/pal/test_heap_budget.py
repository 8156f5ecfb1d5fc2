"""A heap of fixed size on CPython counts what modules hold, and ends a call that takes more, even in a loop."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stage import Stage

from pyralis.core.errors import MemoryRefused
from pyralis.core.memory import MemoryGuard
from pyralis.core.scheduler import Scheduler
from pyralis.light.blending import gather
from pyralis.pal.cpython import CPythonPlatform
from pyralis.pal.heap_budget import HeapBudget, deep_size_bytes

LIMIT_BYTES = 200 * 1024


@pytest.fixture
def budget(stage: Stage) -> Iterator[HeapBudget]:
    """200 KB for the modules of a stage; the timer ends with the test."""
    made = HeapBudget(LIMIT_BYTES)
    made.watch(stage.manager.root, Scheduler.attempt)
    yield made
    signal.setitimer(signal.ITIMER_REAL, 0)


def test_without_modules_all_is_free(budget: HeapBudget) -> None:
    assert LIMIT_BYTES - budget.free_bytes() < 2000


@pytest.mark.parametrize(
    ("hold", "least_bytes"),
    [
        (lambda: bytearray(50_000), 50_000),
        (lambda: [bytes(1000) for _ in range(30)], 30_000),
        (lambda: {"a": {"b": [bytearray(20_000)]}}, 20_000),
        (lambda: memoryview(bytearray(10_000))[:5], 10_000),
        (lambda: {bytes([i]) * 100 for i in range(100)}, 10_000),
    ],
)
def test_what_a_module_holds_counts_however_deep_it_is(
    stage: Stage, budget: HeapBudget, hold: Callable[[], object], least_bytes: int
) -> None:
    probe = stage.add("Probe")
    before = budget.free_bytes()
    probe.held = hold()
    assert least_bytes <= before - budget.free_bytes() < 3 * least_bytes
    del probe.held
    assert abs(before - budget.free_bytes()) < 1000


def test_what_two_modules_share_counts_once_and_services_do_not(stage: Stage, budget: HeapBudget) -> None:
    one, two = stage.add("Probe"), stage.add("Probe")
    before = budget.free_bytes()
    one.held = two.held = bytearray(50_000)
    stage.services.large = bytearray(90_000)  # type: ignore[attr-defined]
    assert 50_000 <= before - budget.free_bytes() < 52_000


def test_what_belongs_to_the_runtime_or_to_a_kernel_is_no_modules(stage: Stage, budget: HeapBudget) -> None:
    probe = stage.add("Probe")
    before = budget.free_bytes()
    stage.platform.storage.files["large"] = bytes(100_000)
    probe.platform, probe.kernels = stage.platform, (gather,)
    assert before - budget.free_bytes() < 2000


def test_an_endless_allocation_ends_with_a_memory_error_and_the_module_is_let_go(
    stage: Stage, budget: HeapBudget
) -> None:
    probe = stage.add("Probe")

    def hoard() -> None:
        probe.held = []
        while True:
            probe.held.append(bytearray(1000))

    assert not stage.scheduler.contain(probe, hoard)
    assert (probe.status, hasattr(probe, "held")) == ("failed", False)
    assert "out of memory" in probe.reason
    assert LIMIT_BYTES - budget.free_bytes() < 10_000


def test_so_does_one_that_nobody_holds_yet(stage: Stage, budget: HeapBudget) -> None:
    def hoard() -> None:
        mine = []
        while True:
            mine.append(bytearray(1000))

    _, error = stage.scheduler.attempt(hoard)
    assert isinstance(error, MemoryError)


@pytest.mark.parametrize(
    ("module", "refused"), [("modules.mine", True), ("pyralis.kernel.checker", False), ("numba.core.compiler", False)]
)
def test_what_the_compiler_of_kernels_works_with_is_no_modules(
    stage: Stage, budget: HeapBudget, module: str, refused: bool
) -> None:
    scope: dict[str, Any] = {"__name__": module, "look": lambda: budget._check_call(sys._getframe())}
    exec("def work():\n    mine = bytearray(300_000)\n    look()", scope)
    _, error = stage.scheduler.attempt(scope["work"])
    assert isinstance(error, MemoryError) == refused


def test_an_object_that_refers_to_itself_is_counted_once() -> None:
    ring: list[Any] = [bytes(1000)]
    ring.append(ring)
    assert 1000 < deep_size_bytes([ring], set()) < 1300


def test_the_guard_of_a_platform_with_a_budget_refuses_as_a_board_does(stage: Stage, tmp_path: Path) -> None:
    platform = CPythonPlatform(str(tmp_path), str(tmp_path / "state"), "", LIMIT_BYTES)
    platform.watch_heap(stage.manager.root, Scheduler.attempt)
    try:
        guard = MemoryGuard(platform, platform.reserve_bytes, stage.log)
        assert len(guard.allocate(150_000)) == 150_000
        with pytest.raises(MemoryRefused, match=r"needs 190000 bytes, but .* are free and 16384 of them are reserved"):
            guard.allocate(190_000)
        assert (platform.heap_free_bytes() or 0) + platform.heap_used_bytes() == LIMIT_BYTES
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
