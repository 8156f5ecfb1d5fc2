"""Markdown: whatever a text says, it is read as that text, in its cell, line or block."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rendered import cells, render

from pyralis.deploy.status.markdown import anchors, code, fence, link, page, seen, table, text

HOSTILE = [
    "a|b",
    "a\\|b",
    "\\",
    "`",
    "``x``",
    "<script>alert(1)</script>",
    "<!-- ",
    "&lt;&#124;",
    "![x](http://example.org/x.png)",
    "[x]: y",
    "*a* _b_ __init__ **c** ~~d~~ $e$",
    "# a #",
    "line\nbreak\r\n| new | row |\n\n# heading",
    "tab\tand\x0bother\x1cspaces\u2028",
    "\x1b[31mred\x00",
    "\u202egnp.exe",
    "\ud800",
    "---",
    "snake_case_name",
]
ANY_TEXT = st.text(st.characters()) | st.text(st.sampled_from("\\|`<>*_[]()!~$&#a \n-")) | st.sampled_from(HOSTILE)


LONGEST_CHARS = 160


def as_read(words: str) -> str:
    """What a reader should see."""
    shown = seen(" ".join(words.split()))
    return shown if len(shown) <= LONGEST_CHARS else shown[: LONGEST_CHARS - 1] + "…"


@settings(deadline=None)
@given(st.lists(ANY_TEXT, min_size=1, max_size=4), ANY_TEXT)
@example(HOSTILE, HOSTILE[0])
@example([""], "0" * 200)
def test_text_in_a_table(words: list[str], other: str) -> None:
    lines = table([text(word) for word in words], [[text(other)] * len(words)] * 2)
    assert [cells(line) for line in lines] == [len(words)] * 4
    found = render(page("t", lines))
    (rows,) = found.tables
    assert rows == [[as_read(word) for word in words], *[[as_read(other)] * len(words)] * 2]
    assert found.kinds <= {"text", "text_special"}
    assert (found.headings, found.html) == (
        ["t"],
        ["<!-- written by `pyralis summarise` from live/*.json: do not edit -->"],
    )


@settings(deadline=None)
@given(ANY_TEXT)
def test_text_in_a_list_and_in_a_heading(words: str) -> None:
    found = render(page("t", [f"- ✗ {text(words)}: end", "", f"## ✗ {text(words)}"], note=False))
    shown = as_read(words)
    assert found.items == [f"✗ {shown}: end"]
    assert found.headings == ["t", f"✗ {shown}".rstrip()]
    assert found.html == []


def test_long_text_is_cut_before_it_is_escaped() -> None:
    assert text("|" * 200, 5) == "\\|" * 4 + "…"
    assert text("x" * 160) == "x" * 160
    assert len(text("x" * 161)) == 160


def test_underscores_within_words_are_left_alone() -> None:
    assert text("heap_free_kb of _x_") == "heap_free_kb of \\_x\\_"


@settings(deadline=None)
@given(st.lists(ANY_TEXT, max_size=4))
@example(["```", "~~~", "    ````"])
def test_nothing_ends_a_block(lines: list[str]) -> None:
    found = render(page("t", [*fence(lines), "", "## after"], note=False))
    assert found.headings == ["t", "after"]
    (block,) = found.blocks
    assert block.splitlines() == [seen(part) for line in lines for part in line.splitlines()]


@settings(deadline=None)
@given(ANY_TEXT)
def test_link_leads_where_it_should(words: str) -> None:
    found = render(page("t", [f"x {link(words, '#there')} y"], note=False))
    assert found.links == ["#there"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [("24:6f:28:aa:bb:01", "`24:6f:28:aa:bb:01`"), ("0123-dirty", "`0123-dirty`"), ("a`|b", "a\\`\\|b"), ("", "-")],
)
def test_code(words: str, shown: str) -> None:
    assert code(words) == shown


@settings(deadline=None)
@given(st.lists(ANY_TEXT, unique=True))
def test_every_name_has_an_anchor_of_its_own(names: list[str]) -> None:
    found = anchors(names)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(anchor and anchor.replace("-", "").isalnum() and anchor.isascii() for anchor in found.values())


def test_anchors_can_be_read() -> None:
    assert anchors(["log ring: 64", "Log ring 64", "✗"]) == {
        "log ring: 64": "log-ring-64",
        "Log ring 64": "log-ring-64-again",
        "✗": "test",
    }
