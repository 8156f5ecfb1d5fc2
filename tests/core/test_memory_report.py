"""The memory report prints a line for each stage of the start, in the one format for memory."""

from __future__ import annotations

from stage import Stage

from pyralis.core.memory import memory_line
from pyralis.core.memory_report import MemoryReport
from pyralis.pal.fake import FakePlatform

KB = 1024


def test_a_line_has_delta_free_fragmentation_and_the_largest_block() -> None:
    assert memory_line("MemLive", "plasma-3", 12 * KB, 80 * KB, 60 * KB) == (
        "[MemLive] plasma-3: 12KB = 80KB (frag=25%, largest=60KB)"
    )


def test_each_stage_is_compared_with_the_one_before() -> None:
    class Filling(FakePlatform):
        used_bytes = 10 * KB

        def heap_used_bytes(self) -> int:
            return self.used_bytes

    platform = Filling()
    platform.heap_limit_bytes = 100 * KB
    report = MemoryReport(platform)
    platform.used_bytes = 14 * KB
    report.stage("core")
    platform.used_bytes = 15 * KB
    report.stage("tree")
    assert platform.lines == [
        "[MemBoot] core: 4KB = 100KB (frag=0%, largest=100KB) used=14336",
        "[MemBoot] tree: 1KB = 100KB (frag=0%, largest=100KB) used=15360",
    ]


def test_garbage_does_not_count(stage: Stage) -> None:
    MemoryReport(stage.platform).stage("core")
    assert stage.platform.collections >= 2
