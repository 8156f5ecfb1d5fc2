"""Markdown as readers see it: tables, links and HTML of a page, found by a parser that has no part in writing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

# As GitHub has it: tables, struck out text, and HTML is let through.
_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@dataclass
class Rendered:
    """What a page has."""

    tables: list[list[list[str]]] = field(default_factory=list)  # rows of cells as text, the head first
    headings: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)  # of lists
    links: list[str] = field(default_factory=list)  # their targets
    html: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)  # contents of code blocks
    lines: list[str] = field(default_factory=list)  # as they are written, without those in code blocks
    kinds: set[str] = field(default_factory=set)  # of what stands within lines


def render(page: str) -> Rendered:
    """Read a page."""
    found = Rendered(lines=page.split("\n"))
    inside = ""
    for token in _PARSER.parse(page):
        if token.type == "table_open":
            found.tables.append([])
        elif token.type == "tr_open":
            found.tables[-1].append([])
        elif token.type in ("th_open", "td_open", "heading_open", "list_item_open"):
            inside = token.type
        elif token.type in ("th_close", "td_close", "heading_close", "list_item_close"):
            inside = ""
        elif token.type == "html_block":
            found.html.append(token.content.strip())
        elif token.type == "fence":
            found.blocks.append(token.content)
            first, end = token.map or (0, 0)
            found.lines[first:end] = [""] * (end - first)
        elif token.type == "inline":
            _take(found, inside, token.children or ())
    return found


def _take(found: Rendered, inside: str, children: Sequence[Token]) -> None:
    text = "".join(child.content for child in children if child.type in ("text", "text_special", "code_inline"))
    if inside in ("th_open", "td_open"):
        found.tables[-1][-1].append(text)
    elif inside == "heading_open":
        found.headings.append(text)
    elif inside == "list_item_open":
        found.items.append(text)
    found.links += [str(child.attrs["href"]) for child in children if child.type == "link_open"]
    found.html += [child.content for child in children if child.type == "html_inline"]
    found.kinds |= {child.type for child in children}


def cells(line: str) -> int:
    """How many cells a line of a table has, as it is written: a parser drops those that are too many."""
    return line.replace("\\|", "").count("|") - 1
