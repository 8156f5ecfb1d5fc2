"""Pages that a command writes into: what stands around the markers is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.bench.documents import NEW_PAGES
from pyralis.deploy.bench.pages import placeholder, table, update
from pyralis.deploy.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

PAGE = f"# Title\n\nbefore\n\n{placeholder('one')}\n\nbetween\n\n{placeholder('two')}\n\nafter\n"


def test_a_section_is_put_between_its_markers(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    assert update(path, {"two": "first text\n"}, PAGE)
    assert path.read_text() == PAGE.replace(placeholder("two"), placeholder("two").replace("\n\n", "\nfirst text\n"))


def test_what_stands_around_and_other_sections_stay(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    update(path, {"one": "1", "two": "2"}, PAGE)
    path.write_text(path.read_text().replace("between", "written by hand: \\1"))
    assert update(path, {"one": r"new \g<0> text"}, "not used")
    text = path.read_text()
    assert "written by hand: \\1" in text
    assert "\nnew \\g<0> text\n" in text
    assert "\n2\n" in text
    assert "\n1\n" not in text


def test_the_same_figures_do_not_touch_the_file(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    update(path, {"one": "1"}, PAGE)
    before = path.stat().st_mtime_ns
    assert not update(path, {"one": "1"}, PAGE)
    assert path.stat().st_mtime_ns == before


def test_a_page_without_the_markers_is_left_alone_and_named(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("no markers\n")
    with pytest.raises(UserError, match=r"page\.md has no place for 'one'"):
        update(path, {"one": "1"}, PAGE)
    assert path.read_text() == "no markers\n"


def test_new_pages_have_a_place_for_every_section(tmp_path: Path) -> None:
    for name, sections in (("performance.md", ("effects", "http")), ("memory.md", ("memory",))):
        assert update(tmp_path / name, dict.fromkeys(sections, "text"), NEW_PAGES[name])


def test_a_table_has_columns_of_one_width() -> None:
    lines = table(["µs", "16²"], [["Plasma", "7"], ["GameOfLife", "1234"]]).splitlines()
    assert lines == [
        "| µs         |  16² |",
        "| ---------- | ---: |",
        "| Plasma     |    7 |",
        "| GameOfLife | 1234 |",
    ]
