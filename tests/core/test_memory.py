"""The memory guard refuses early, with the numbers, and logs only the edges."""

from __future__ import annotations

import pytest
from stage import Stage

from pyralis.core.errors import MemoryRefused
from pyralis.core.memory import MemoryGuard, fragmentation_percent

KB = 1024


@pytest.fixture
def guard(stage: Stage) -> MemoryGuard:
    """50 KB are free, of which 20 KB are the server's."""
    stage.platform.heap_limit_bytes = 50 * KB
    return MemoryGuard(stage.platform, 20 * KB, stage.log)


def test_without_a_limit_everything_is_granted(stage: Stage, guard: MemoryGuard) -> None:
    stage.platform.heap_limit_bytes = None
    assert guard.check_alloc(10**12)
    assert guard.allocate(100_000) == bytearray(100_000)


def test_what_leaves_the_reserve_free_is_granted(guard: MemoryGuard) -> None:
    assert guard.check_alloc(30 * KB)
    assert len(guard.allocate(30 * KB)) == 30 * KB


def test_a_byte_more_is_refused(guard: MemoryGuard) -> None:
    assert not guard.check_alloc(30 * KB + 1)
    with pytest.raises(MemoryRefused):
        guard.allocate(30 * KB + 1)


def test_a_caller_can_ask_for_another_reserve(guard: MemoryGuard) -> None:
    assert guard.check_alloc(50 * KB, 0)
    assert not guard.check_alloc(1, 50 * KB)


def test_a_refusal_says_the_numbers_and_what_to_do(guard: MemoryGuard) -> None:
    with pytest.raises(MemoryRefused) as refusal:
        guard.allocate(40_000)
    numbers = "needs 40000 bytes, but 51200 are free and 20480 of them are reserved for the server"
    assert str(refusal.value) == f"{numbers}: make it smaller or remove something"


def test_garbage_is_collected_before_a_refusal_and_only_then(stage: Stage, guard: MemoryGuard) -> None:
    before = stage.platform.collections
    guard.check_alloc(30 * KB)
    assert stage.platform.collections == before
    guard.check_alloc(31 * KB)
    assert stage.platform.collections == before + 1


def test_what_is_free_only_in_small_blocks_is_refused_and_told_apart(stage: Stage, guard: MemoryGuard) -> None:
    stage.platform.largest_block_bytes = 10 * KB
    assert not guard.check_alloc(11 * KB)
    assert guard.check_alloc(10 * KB)
    assert guard.leaves(30 * KB)
    with pytest.raises(MemoryRefused, match="but the 51200 that are free have no block of that size"):
        guard.allocate(11 * KB)


def test_what_is_free_after_a_collection_is_granted(stage: Stage) -> None:
    class Littered(type(stage.platform)):  # type: ignore[misc]
        def collect_garbage(self) -> None:
            self.heap_limit_bytes = 90 * KB

    platform = Littered()
    platform.heap_limit_bytes = 10 * KB
    assert len(MemoryGuard(platform, 20 * KB, stage.log).allocate(60 * KB)) == 60 * KB


def test_a_buffer_is_given_back_where_the_allocation_itself_ate_the_reserve(stage: Stage) -> None:
    class Growing(type(stage.platform)):  # type: ignore[misc]
        looks = 0

        def heap_free_bytes(self) -> int:
            self.looks += 1
            return 60 * KB if self.looks == 1 else 10 * KB

    with pytest.raises(MemoryRefused):
        MemoryGuard(Growing(), 20 * KB, stage.log).allocate(30 * KB)


def test_memory_that_falls_below_the_reserve_is_logged_once_and_so_is_its_return(
    stage: Stage, guard: MemoryGuard
) -> None:
    lows = []
    for free_kb in (50, 19, 18, 5, 21, 30, 21, 40):
        stage.platform.heap_limit_bytes = free_kb * KB
        guard.measure()
        lows.append(guard.low)
    assert lows == [False, True, True, True, True, False, False, False]
    assert stage.texts() == [
        "memory: [MemLive] under the reserve: -31KB = 19KB (frag=0%, largest=19KB)",
        "memory: [MemLive] recovered: 11KB = 30KB (frag=0%, largest=30KB)",
    ]


def test_memory_counts_as_exhausted_at_a_third_of_the_reserve(stage: Stage, guard: MemoryGuard) -> None:
    least_bytes = 20 * KB // 3 + 2 * KB  # with room for an answer
    for free_bytes, is_exhausted in ((least_bytes, False), (least_bytes - 1, True)):
        stage.platform.heap_limit_bytes = free_bytes
        assert guard.is_exhausted() == is_exhausted


def test_memory_counts_as_exhausted_where_no_block_has_room_for_an_answer(stage: Stage, guard: MemoryGuard) -> None:
    stage.platform.largest_block_bytes = 2 * KB - 1
    assert guard.is_exhausted()


def test_without_a_reserve_memory_is_never_exhausted(stage: Stage) -> None:
    stage.platform.heap_limit_bytes = 0
    assert not MemoryGuard(stage.platform, 0, stage.log).is_exhausted()


def test_spare_is_what_is_free_above_the_reserve(stage: Stage, guard: MemoryGuard) -> None:
    assert guard.spare_bytes() == 30 * KB
    stage.platform.heap_limit_bytes = KB
    assert guard.spare_bytes() == 0


@pytest.mark.parametrize(("free", "largest", "percent"), [(1000, 1000, 0), (1000, 250, 75), (1000, 0, 100), (0, 0, 0)])
def test_fragmentation_is_what_lies_outside_of_the_largest_block(free: int, largest: int, percent: int) -> None:
    assert fragmentation_percent(free, largest) == percent
