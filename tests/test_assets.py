"""The page's files are served small, and mean what their sources mean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pyralis
from pyralis.assets import Page, compress, shrink

UI = Path(pyralis.__file__).parent / "ui"
MOST_BYTES = 40 * 1024

SHRUNK = (
    (".js", "/** What it is. */\n\nlet a; // why\n  // more\n  let b;\n", "let a;\nlet b;\n"),
    (".js", "/**\n * Two\n * lines.\n */\ngo();\n", "go();\n"),
    (".js", "const a = `ws://${host} // x`; // not's one\n", "const a = `ws://${host} // x`;\n"),
    (".js", 'const a = "it\\" // x"; // y\n', 'const a = "it\\" // x";\n'),
    (".js", "f('a // b');\n", "f('a // b');\n"),
    (".js", "a = b /* c */ + d;\n", "a = b /* c */ + d;\n"),
    (".css", "/* Calm. */\n:root {\n  --a: 1px; /* one */\n}\n", ":root {\n--a: 1px;\n}\n"),
    (".html", "<ul>\n  <!-- two\n  lines -->\n  <li>\n</ul>\n", "<ul>\n<li>\n</ul>\n"),
    (".svg", "<svg>  <!-- kept -->\n", "<svg>  <!-- kept -->\n"),
)


@pytest.mark.parametrize(("suffix", "source", "shrunk"), SHRUNK)
def test_only_what_nobody_runs_is_left_out(suffix: str, source: str, shrunk: str) -> None:
    assert shrink(suffix, source.encode()).decode() == shrunk


def test_no_script_has_a_text_over_several_lines() -> None:
    for path in UI.glob("*.js"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.count("`") % 2 == 0, f"{path.name}: {line}"


def test_the_whole_page_is_small() -> None:
    page = Page(UI)
    sizes = {name: len(page.pack(name)) for name in page.names()}
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_the_page_asks_for_every_script() -> None:
    asked = re.search(r'waiting =\s+"([\w ]+)"', (UI / "index.html").read_text(encoding="utf-8"))
    assert asked is not None
    assert sorted(asked[1].split()) == sorted(path.stem for path in UI.glob("*.js"))


def test_gzip_has_no_time_and_no_system() -> None:
    assert compress(b"x" * 1000)[:10] == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
