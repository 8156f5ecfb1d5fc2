"""Footprint: what images take, how they grew, the memory of devices as they start; no file is taken for another."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from fleet import STAGES, UNIT, device, fleet, run
from rendered import render

from pyralis.deploy import status
from pyralis.deploy.build import footprint
from pyralis.deploy.errors import UserError
from pyralis.deploy.status.footprint_file import Footprint, read_footprint

if TYPE_CHECKING:
    from pathlib import Path

TARGET: dict[str, Any] = {
    "image_sha256": "0123456789abcdef" * 4,
    "vfs_used_bytes": 153600,
    "vfs_size_bytes": 1048576,
    "files": 61,
    "other_bytes": 4000,
    "app_bytes": 98304,
    "modules": {"core/log.mpy": 1200, "light/fire.mpy": 800},
    "ram_boot": {"used_kb": 71.5, "free_kb": 57, "largest_kb": 41},
}
VALUE: dict[str, Any] = {"format": 1, "commit": "0123456789ab", "targets": {"esp32s3": TARGET, "esp32dev": TARGET}}


def parsed(tmp_path: Path, value: object) -> Footprint | None:
    path = tmp_path / "footprint.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return read_footprint(path)


def page(tmp_path: Path, now: object = VALUE, last_good: object = None) -> str:
    before = parsed(tmp_path, last_good) if last_good else None
    return status.pages(fleet(3), UNIT, parsed(tmp_path, now), before)["footprint.md"]


def test_images_and_modules(tmp_path: Path) -> None:
    text = page(tmp_path)
    images, modules, _ = render(text).tables
    assert [row[0] for row in images] == ["target", "esp32dev", "esp32s3"]
    row = ["0123456789ab", "150.0 KB", "15 % of 1024 KB", "96.0 KB", "61", "71.5 KB", "57 KB", "41 KB"]
    assert images[1][1:] == row
    assert modules[1:] == [
        ["core/log.mpy", "1200", "1200"],
        ["light/fire.mpy", "800", "800"],
        ["page and other files", "4000", "4000"],
    ]
    assert "Commit `0123456789ab`; there is no last good run to compare with." in text


def test_growth_against_the_last_good_run(tmp_path: Path) -> None:
    before = copy.deepcopy(VALUE) | {"commit": "fedcba987654"}
    del before["targets"]["esp32s3"]
    before["targets"]["esp32dev"] |= {"vfs_used_bytes": 149504, "app_bytes": 99328, "files": 60, "other_bytes": 3000}
    before["targets"]["esp32dev"]["modules"] = {"core/log.mpy": 1234567, "core/old.mpy": 300}
    before["targets"]["esp32dev"]["ram_boot"] = {"used_kb": 70.4, "free_kb": 57}
    text = page(tmp_path, VALUE, before)
    images, modules, _ = render(text).tables
    assert images[1][2:] == [
        *("150.0 KB (+4.0)", "15 % of 1024 KB", "96.0 KB (-1.0)", "61 (+1)", "71.5 KB (+1.1)", "57 KB", "41 KB")
    ]
    assert images[2][2] == "150.0 KB"  # of another target nothing is known
    assert modules[1:] == [
        ["core/log.mpy", "1200 (-1233367)", "1200"],
        ["core/old.mpy", "gone (-300)", "-"],
        ["light/fire.mpy", "800 (+800)", "800"],
        ["page and other files", "4000 (+1000)", "4000"],
    ]
    assert "what changed since the last good run, commit `fedcba987654`" in text


def test_memory_that_was_not_measured(tmp_path: Path) -> None:
    target = {key: value for key, value in TARGET.items() if key not in ("ram_boot", "modules", "app_bytes")}
    images = render(page(tmp_path, {"targets": {"esp32dev": target | {"vfs_size_bytes": 0}}})).tables[0]
    assert images[1][3:] == ["- of 0 KB", "-", "61", "-", "-", "-"]


def test_memory_of_each_device_as_it_starts() -> None:
    text = status.pages(fleet(16), UNIT)["footprint.md"]
    assert "Nothing was measured yet: `pyralis build --target all`." in text
    tables = render(text).tables
    assert sum(len(table[0]) - 1 for table in tables) == 16
    named = {"tree": "tree: after module setup", "serving": "serving: after server start"}
    assert [row[0] for row in tables[0]] == ["stage", *(named.get(stage, stage) for stage in STAGES)]
    assert (tables[0][0][2], tables[0][1][2]) == ("wall-02", "138 / 90, 3 %")


def test_stage_that_comes_twice_and_one_that_only_some_have() -> None:
    one, other = device("a"), device("b")
    one.facts["memory"] = [
        {"stage": "tree", "free_kb": 9.5, "largest_kb": 4, "frag_percent": 50},
        {"stage": "tree"},
    ]
    other.facts["memory"] = [{"stage": "core", "free_kb": 7, "largest_kb": 7, "frag_percent": 0}]
    (table,) = render(status.pages(run(one, other, device("c")), UNIT)["footprint.md"]).tables
    assert table == [
        ["stage", "a", "b"],
        ["tree: after module setup", "9.5 / 4, 50 %", "-"],
        ["tree (2)", "? / ?, ? %", "-"],
        ["core", "-", "7 / 7, 0 %"],
    ]


def test_reserve_and_a_device_without_a_limit() -> None:
    live = {"stage": "live", "free_kb": 88, "largest_kb": 60, "frag_percent": 31}
    no_limit, limited = device("pc-cpython"), device("pc-micropython")
    no_limit.facts["memory"] = [{"stage": "live", "free_kb": None, "largest_kb": None, "frag_percent": None}]
    limited.facts |= {"memory": [{"stage": "serving", "free_kb": 100, "largest_kb": 90, "frag_percent": 10}, live]}
    limited.facts["reserve_kb"] = 24
    text = status.pages(run(no_limit, limited), UNIT)["footprint.md"]
    assert render(text).tables[0] == [
        ["stage", "pc-cpython", "pc-micropython"],
        ["serving: after server start", "-", "100 / 90, 10 %"],
        ["live: after the tests", "no limit", "88 / 60, 31 %"],
        ["reserve", "-", "24"],
    ]
    assert "CPython has no limit." in text


def test_no_file_is_no_footprint(tmp_path: Path) -> None:
    assert read_footprint(tmp_path / "footprint.json") is None


@pytest.mark.parametrize(
    "value",
    [
        7,
        [],
        {},
        {"targets": []},
        {"targets": {"esp32dev": 7}},
        {"targets": {"esp32dev": {}}},
        {"targets": {"esp32dev": TARGET | {"files": "many"}}},
        {"targets": {"esp32dev": TARGET | {"modules": {"a": None}}}},
        {"targets": {"esp32dev": TARGET | {"ram_boot": {"free_kb": "much"}}}},
        {"format": "1", "targets": {}},
    ],
)
def test_file_that_is_none(tmp_path: Path, value: object) -> None:
    with pytest.raises(UserError, match=r"footprint\.json cannot be read"):
        parsed(tmp_path, value)


def test_newer_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"footprint\.json has format 2"):
        parsed(tmp_path, VALUE | {"format": 2})


def test_what_a_build_writes_is_read(tmp_path: Path) -> None:
    fields = {key: value for key, value in TARGET.items() if key not in ("app_bytes", "ram_boot")}
    written = footprint._to_text("0123456789ab", {"esp32dev": footprint.Footprint(**fields)})
    (tmp_path / footprint.FOOTPRINT_FILE).write_text(written, encoding="utf-8")
    read = read_footprint(tmp_path / footprint.FOOTPRINT_FILE)
    assert read is not None
    assert read == parsed(tmp_path, VALUE | {"targets": {"esp32dev": fields}})
    assert read.targets["esp32dev"].module_bytes == TARGET["modules"]
