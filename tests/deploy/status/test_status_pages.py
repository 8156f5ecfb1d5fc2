"""Status pages at any size: whole, made from the results alone, and not to be broken by what a test says."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from fleet import EXCUSED, FAILED, RECOVERED, UNIT, UNSTABLE, facts, fleet, run, suite_tests
from hypothesis import given, settings
from hypothesis import strategies as st
from rendered import cells, render

from pyralis.deploy import status
from pyralis.deploy.results import DeviceResult, LiveResults, TestResult
from pyralis.deploy.status.columns import MAX_COLUMNS, by_type

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTE = "<!-- written by `pyralis summarise` from live/*.json: do not edit -->"
SIZES = [0, 1, 3, 16, 40]
MATRICES = ("live-results.md", "test-results.md")
ANY = st.text(st.characters(), max_size=20) | st.text(st.sampled_from("\\|`<>*_[]()!~$&#a \n-"), max_size=20)


def mixed(count: int) -> LiveResults:
    """A fleet with one outcome of each kind, and two devices of an earlier run."""
    live = fleet(count, suite_tests)
    for one, test in zip(live.devices, (FAILED, UNSTABLE, EXCUSED, RECOVERED), strict=False):
        one.tests.append(test)
    for one in live.devices[-2:]:
        one.current, one.environment = False, {"commit": "fedcba987654", "date": "2026-11-20T08:00:00Z"}
    return live


def assert_whole(texts: dict[str, str]) -> None:
    """Every table has as many cells in each row, and no HTML is there but ours."""
    for name, text in texts.items():
        found = render(text)
        for above, below in pairwise(found.lines):
            if above.startswith("|") and below.startswith("|"):
                assert cells(above) == cells(below), name
        assert sum(line.startswith("|") for line in found.lines) == sum(len(table) + 1 for table in found.tables)
        assert all(html in (NOTE, "</a>") or html.startswith('<a id="') for html in found.html)


@pytest.mark.parametrize("count", SIZES)
def test_pages_are_whole_and_always_the_same(count: int) -> None:
    live = mixed(count)
    texts = status.pages(live, UNIT)
    assert_whole(texts)
    assert status.pages(copy.deepcopy(live), dict(UNIT)) == texts


@pytest.mark.parametrize("count", SIZES[1:])
def test_every_device_is_on_each_page_that_shows_devices(count: int) -> None:
    live = mixed(count)
    texts = status.pages(live, UNIT)
    for name in ("index.md", *MATRICES, "footprint.md"):
        shown = {cell for table in render(texts[name]).tables for row in table for cell in row}
        for one in live.devices:
            own = one.id if one.current else f"{one.id} (before)"
            assert any(cell.split(" ", 1)[-1] == own or cell == own for cell in shown), (name, own)


@settings(max_examples=60, deadline=None)
@given(ANY, ANY, st.sampled_from(["passed", "failed", "error", "unstable", "skipped", "?"]), ANY)
def test_hostile_texts_break_no_page(name: str, reason: str, outcome: str, quarantined: str) -> None:
    test = TestResult(name, outcome, 1.0, reason, (reason, name), quarantined)
    board = facts("esp32") | dict.fromkeys(("group", "chip", "board_id", "image_sha256", "serial_log", "fps"), reason)
    board["memory"] = [{"stage": name, "free_kb": 1}]
    live = run(DeviceResult(name, board, [test, FAILED]), DeviceResult("b", facts("esp32"), [test]))
    live.environment.update(commit=reason, date=name, pyralis=reason)
    texts = status.pages(live, UNIT)
    assert_whole(texts)
    assert len(texts["index.md"].splitlines()) == 11
    assert len(texts["deploy-summary.md"].splitlines()) == 10
    assert len(render(texts["live-results.md"]).tables[0]) == 1 + len({name, FAILED.name})


def test_pages_before_the_first_run() -> None:
    texts = status.pages(None, None)
    assert "No live tests have run yet" in texts["index.md"]
    assert_whole(texts)


def test_links_between_pages_lead_to_pages() -> None:
    texts = status.pages(mixed(16), UNIT)
    for name, text in texts.items():
        found = render(text)
        anchors = {html.split('"')[1] for html in found.html if html.startswith("<a id=")}
        for link in found.links:
            assert link in texts or link.removeprefix("#") in anchors or link.startswith("../../live/"), (name, link)
    assert set(render(texts["index.md"]).links) == set(texts) - {"index.md"}


# How devices share tables.


def boards(platform: str, groups: Sequence[str], kind: str = "esp32") -> list[DeviceResult]:
    return [DeviceResult(f"{platform}-{n}", facts(kind, platform, group, n)) for n, group in enumerate(groups)]


def split(devices: list[DeviceResult]) -> list[tuple[list[str], int]]:
    return [(list(columns.headings), len(columns.devices)) for columns in by_type(devices)]


def test_types_never_share_a_table() -> None:
    devices = boards("cpython", [""], "pc") + boards("esp32s3", ["wall"])
    assert split(devices) == [(["## esp32"], 1), (["## pc"], 1)]


def test_eight_devices_fit() -> None:
    assert split(boards("esp32s3", ["a"] * 5) + boards("esp32c3", ["b"] * 3)) == [(["## esp32"], 8)]


def test_more_are_split_by_platform_then_by_group() -> None:
    assert split(boards("esp32s3", ["a"] * 6) + boards("esp32c3", ["b"] * 5)) == [
        (["## esp32", "### esp32s3: a"], 6),
        (["### esp32c3: b"], 5),
    ]
    assert split(boards("esp32s3", ["a"] * 6 + ["b"] * 3 + ["c"] * 4)) == [
        (["## esp32", "### esp32s3: a"], 6),
        (["### esp32s3: b, c"], 7),
    ]


def test_large_group_is_split_evenly() -> None:
    assert split(boards("esp32s3", [""] * 18)) == [
        (["## esp32", "### esp32s3"], 6),
        (["### esp32s3 (2)"], 6),
        (["### esp32s3 (3)"], 6),
    ]


def test_devices_of_which_nothing_is_known() -> None:
    assert split([DeviceResult("a")]) == [(["## other"], 1)]
    assert [one[0][-1] for one in split([DeviceResult(str(n)) for n in range(9)])] == ["### other", "### other (2)"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["esp32dev", "esp32s3"]), st.sampled_from("abcdef")), max_size=60))
def test_no_device_is_lost_and_no_table_too_wide(entries: list[tuple[str, str]]) -> None:
    devices = [DeviceResult(str(n), facts("esp32", *entry, n)) for n, entry in enumerate(entries)]
    tables = by_type(devices)
    assert sorted(one.id for columns in tables for one in columns.devices) == sorted(one.id for one in devices)
    assert all(0 < len(columns.devices) <= MAX_COLUMNS for columns in tables)
    headings = [heading for columns in tables for heading in columns.headings]
    assert len(set(headings)) == len(headings)


def test_matrices_of_a_fleet_are_narrow() -> None:
    texts = status.pages(fleet(40), UNIT)
    for name in MATRICES:
        for table in render(texts[name]).tables:
            assert len(table[0]) <= 1 + MAX_COLUMNS
