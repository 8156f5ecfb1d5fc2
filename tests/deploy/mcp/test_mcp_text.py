"""Text for a conversation: whatever a command prints, little of it is left, and its ends are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyralis.deploy.mcp.text import MAX_TEXT_BYTES, fitted, fitted_file, shortened, without_codes, without_repeats

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("\x1b[1;32mok\x1b[0m", "ok"),
        ("10 %\r50 %\r100 %", "100 %"),
        ("done\r", "done"),
        ("\x1b]0;title\x07text\x1b[K", "text"),
        ("a\x00b\x08c\tü", "abc\tü"),
    ],
)
def test_terminal_codes_go(line: str, left: str) -> None:
    assert without_codes(line) == left


def test_repeats_become_one_line() -> None:
    assert without_repeats(["a", "a", "a", "b", "", "", "a"]) == ["a  (x3)", "b", "", "a"]


@given(st.text(max_size=50), st.integers(3, 30))
def test_shortened_keeps_both_ends(text: str, most: int) -> None:
    found = shortened(text, most)
    assert len(found) <= most
    assert found == text or (text.startswith(found[0]) and text.endswith(found[-1]))


@given(st.lists(st.text(max_size=300), max_size=200))
def test_any_lines_fit(lines: list[str]) -> None:
    assert len(fitted(lines).encode()) <= MAX_TEXT_BYTES


def test_what_fits_is_whole() -> None:
    assert fitted(["one", "two"]) == "one\ntwo"


def test_the_middle_is_left_out_and_counted() -> None:
    found = fitted([f"line {number}" for number in range(10_000)]).split("\n")
    (gap,) = [line for line in found if line.startswith("[…")]
    assert found[0] == "line 0"
    assert found[-1] == "line 9999"
    assert gap == f"[… {10_000 - len(found) + 1} lines left out …]"


def test_large_file_is_cut_to_its_ends_with_the_right_count(tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    lines = [f"{number:07} {'x' * 90}" for number in range(100_000)]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = fitted_file(path).split("\n")
    (gap,) = [line for line in found if line.startswith("[…")]
    assert len("\n".join(found).encode()) <= MAX_TEXT_BYTES
    assert (found[0], found[-1]) == (lines[0], lines[-1])
    assert gap == f"[… {100_000 - len(found) + 1} lines left out …]"


def test_large_file_of_one_line(tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    path.write_bytes(b"\xff" * 1_000_000)
    assert 0 < len(fitted_file(path).encode()) <= MAX_TEXT_BYTES
