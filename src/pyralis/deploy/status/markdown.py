"""Markdown: pages, tables and texts in which nothing that a device or a test says can break the page."""

import re
from collections.abc import Sequence

NONE = "-"
_NOTE = "<!-- written by `pyralis summarise` from live/*.json: do not edit -->"
_MAX_CHARS = 160
# What has a meaning within a line, on GitHub too; an underscore within a word has none.
_SPECIAL = re.compile(r"[\\`*\[\]<>|~$&#]|(?<![^\W_])_|_(?![^\W_])")
# Control characters, half surrogate pairs, and what turns the direction of a line or takes no room in it.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
_PLAIN = re.compile(r"[\w.:+-]+", re.ASCII)


def page(title: str, lines: Sequence[str], *, note: bool = True) -> str:
    """A whole page."""
    return "\n".join([f"# {title}", *(["", _NOTE] if note else []), "", *lines]) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table of cells that are Markdown already: made by the functions below."""
    return ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows)]


def text(words: str, most: int = _MAX_CHARS) -> str:
    """Words as they are, in one line: no markup, no HTML, no end of a cell; cut where they are too long."""
    shown = seen(" ".join(words.split()))
    return _SPECIAL.sub(r"\\\g<0>", shown if len(shown) <= most else shown[: most - 1] + "…")


def seen(words: str) -> str:
    """With a sign in place of what nobody would see."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", words)


def code(words: str) -> str:
    """A hash or a name as code; what is neither as text, and nothing as a dash."""
    if not words:
        return NONE
    return f"`{words}`" if _PLAIN.fullmatch(words) else text(words)


def fence(lines: Sequence[str]) -> list[str]:
    """Lines as they are, in a block that none of them can end."""
    inside = [seen(part) for line in lines for part in line.splitlines()]
    longest = max((len(run) for line in inside for run in re.findall("`+", line)), default=0)
    marks = "`" * max(3, longest + 1)
    return [f"{marks}text", *inside, marks]


def link(words: str, target: str) -> str:
    """A link to an anchor."""
    return f"[{text(words)}]({target})"


def anchors(names: Sequence[str]) -> dict[str, str]:
    """A name for a link to each of these, each its own."""
    found: dict[str, str] = {}
    for name in names:
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "test"
        while slug in found.values():
            slug += "-again"
        found[name] = slug
    return found
