"""The bench of memory: what it reads, and that MicroPython's heap is within its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyralis.deploy.bench.heap import Names, Stage, boot_stages, names_in, stage_now
from pyralis.deploy.bench.memory import (
    EFFECT,
    SIZE,
    TARGET_BYTES,
    MemoryBench,
    client,
    import_costs,
    import_table,
    stage_table,
)
from pyralis.deploy.bench.runtimes import INTERPRETED, VIPER, driver, started
from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Step

LINES = [
    "[info] main: 6 modules from the rig file",
    "[MemBoot] import core: 0KB = 198KB (frag=7%, largest=185KB) used=56288",
    "[MemBoot] core: -2KB = 195KB (frag=-1%, largest=196KB) used=54240",
    "qstr pool: n_pool=5, n_qstr=605, n_str_data_bytes=5766, n_total_bytes=12902",
]


def test_stages_are_read_from_the_memory_report() -> None:
    assert boot_stages(LINES) == [
        Stage("import core", 56288, 198 * 1024, 185 * 1024),
        Stage("core", 54240, 195 * 1024, 196 * 1024),
    ]


def test_fragmentation_is_what_lies_outside_the_largest_block() -> None:
    assert Stage("a", 0, 1000, 600).fragmentation_percent == 40
    assert Stage("full", 1000, 0, 0).fragmentation_percent == 0


def test_the_tables_for_names_double() -> None:
    names = names_in(LINES)
    assert names == Names(605, 20 + 40 + 80 + 160 + 320)
    assert names is not None
    assert names.next_table_bytes == 640 * 11
    assert names_in(["nothing"]) is None


def test_tables_show_used_and_more_by_stage(rig: Rig) -> None:
    bench = MemoryBench(rig)
    bench.boot, bench.plain = [Stage("core", 51200, 102400, 51200)], [Stage("client", 53760, 99840, 99840)]
    bench.imports = [("", 1024), ("asyncio", 4096), ("pyralis.core.memory_report", 2048)]
    assert stage_table(bench).splitlines()[2:] == [
        "| core   |    50.0 |    50.0 |   100.0 |       50.0 |          50 % |",
        "| client |    52.5 |     2.5 |    97.5 |       97.5 |           0 % |",
    ]
    assert "**5.0**" in import_table(bench)


def test_every_import_of_a_start_has_its_cost(rig: Rig, step: Step, micropython: str) -> None:
    build(rig, TARGETS["pc"], step)
    costs = dict(import_costs(rig))
    assert list(costs)[:3] == ["", "asyncio", "pyralis.main"]
    assert costs["pyralis.core"] > costs["pyralis.light.effects.plasma"] > 0


def test_the_heap_with_server_and_one_client_is_within_the_target(rig: Rig, step: Step, micropython: str) -> None:
    build(rig, TARGETS["pc"], step)
    tree: list[object] = [driver(SIZE, EFFECT, preview=True)]
    with started(rig, VIPER, tree) as runtime, client(runtime.url):
        # The least of a few: a message that is on its way is no part of what is needed.
        assert min(stage_now(runtime, "one client").used_bytes for _ in range(4)) <= TARGET_BYTES


def test_a_small_installation_runs_without_numba(rig: Rig) -> None:
    with started(rig, INTERPRETED, [driver(8, EFFECT)]) as runtime:
        assert any("numba is not installed" in line for line in runtime.lines)
