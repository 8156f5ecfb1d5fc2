"""The formula of the reserve, and the tables that tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rendered import render

from pyralis.deploy.bench.heap import Stage
from pyralis.deploy.reserve.calibration import Calibration
from pyralis.deploy.reserve.exercise import Load
from pyralis.deploy.reserve.formula import buffer_bytes, profile
from pyralis.deploy.reserve.profiles import Profile
from pyralis.deploy.reserve.tables import tables, update_page

if TYPE_CHECKING:
    from pathlib import Path

KB = 1024
FOUND = [
    Calibration(
        name,
        [Stage("after module setup", 100 * KB, 120 * KB, 90 * KB), Stage("live", 110 * KB, 110 * KB, 55 * KB)],
        {"1 client": 15 * KB, "4 clients": 28 * KB + 512},
        Profile(26 * KB, 23 * KB, 7 * KB + 512),
    )
    for name in ("esp32dev", "esp32s3")
]


def test_words_are_halved_and_buffers_are_not() -> None:
    assert profile(40 * KB, 8 * KB).need_bytes == (40 - 8) * KB // 2 + 8 * KB
    assert profile(40 * KB, 0).need_bytes == 20 * KB
    assert profile(8 * KB, 8 * KB).need_bytes == 8 * KB


def test_an_eighth_is_added_and_whole_kb_come_out() -> None:
    assert profile(16 * KB, 0).reserve_bytes == 9 * KB
    assert profile(16 * KB + 2, 0).reserve_bytes == 10 * KB


def test_a_virtual_board_with_the_reserve_twice_has_what_was_needed() -> None:
    for need_bytes in range(0, 64 * KB, 999):
        for buffers_bytes in (0, 4 * KB, 100 * KB):
            assert 2 * profile(need_bytes, buffers_bytes).reserve_bytes >= need_bytes


def test_a_message_for_each_client_and_a_part_for_each_request_are_on_their_way() -> None:
    assert buffer_bytes(Load("", 4), 1000) == 7000


def test_tables_have_a_column_a_board() -> None:
    stages, needs, reserves = render(tables(FOUND)).tables
    assert stages == [
        ["twin: free KB / largest block, in pieces", "esp32dev", "esp32s3"],
        ["after module setup", *["120.0 / 90.0, 25 %"] * 2],
        ["live", *["110.0 / 55.0, 50 %"] * 2],
    ]
    assert needs[1:] == [["1 client", "15.0", "15.0"], ["4 clients", "28.5", "28.5"]]
    assert [row[1] for row in reserves[1:]] == ["7.5", "23.0", "26.0"]


def test_tables_go_between_the_markers_of_a_page(tmp_path: Path) -> None:
    path = tmp_path / "memory.md"
    assert not update_page(path, "figures")
    path.write_text("# Memory\n", encoding="utf-8")
    assert not update_page(path, "figures")
    before, after = "# Memory\n<!-- pyralis calibrate -->\n", "\n<!-- end of calibrate -->\nMore.\n"
    path.write_text(f"{before}old{after}", encoding="utf-8")
    assert update_page(path, r"new \1 figures")
    assert path.read_text(encoding="utf-8") == rf"{before}new \1 figures{after}"
