"""The bench of the page: its figures and targets; opening a real page is in tests/ui/test_bench_page.py."""

from __future__ import annotations

from typing import Any

import pytest

from pyralis.deploy.bench.page import Drawn, Opened, PageBench, page_tables
from pyralis.deploy.rig import Rig


@pytest.fixture
def measured(rig: Rig) -> PageBench:
    bench = PageBench(rig)
    bench.opened = [Opened("board", [300.0, 310.0, 999.0], [500.0, 700.0, 600.0])]
    bench.drawn = [Drawn("64x64", [3.0, 2.0, 9.0], [5.0, 4.0, 6.0], 59, 60)]
    return bench


def test_figures_are_medians_and_the_worst(measured: PageBench) -> None:
    figures: Any = measured.figures()
    assert figures["opened"] == {"board": {"paint_ms": [310.0, 999.0], "usable_ms": [600.0, 700.0]}}
    assert figures["drawn"]["64x64"]["turning_ms"] == [5.0, 6.0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page_tables(measured).splitlines()]
    assert ["board", "310 ms", "999 ms", "600 ms", "700 ms"] in rows
    assert ["4,096 lights, 64x64", "3.0 ms", "9.0 ms", "5.0 ms", "6.0 ms", "59", "60"] in rows


def test_a_target_that_is_missed_once_is_named_with_the_figure(measured: PageBench) -> None:
    assert measured.find_missed() == []
    measured.opened[0].usable_ms.append(2500.0)
    assert measured.find_missed() == ["board: usable_ms 2500 (target 2000)"]
