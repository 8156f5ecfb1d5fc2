"""Pages: the parts of a document that a command writes, between markers; what stands around them is left alone."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyralis.deploy.errors import UserError
from pyralis.deploy.files import write_whole


def update(path: Path, sections: Mapping[str, str], new_page: str) -> bool:
    """Put each section between its markers; `new_page` is the page where there is none. True where a byte changed."""
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    text = before or new_page
    for name, body in sections.items():
        found = re.search(rf"{re.escape(_begin(name))}\n(.*?)\n{re.escape(_end(name))}", text, re.DOTALL)
        if not found:
            raise UserError(
                f"{path.name} has no place for '{name}'",
                whose="the page's: somebody took its markers out",
                todo=f"put the lines '{_begin(name)}' and '{_end(name)}' back, or remove the file",
            )
        text = text[: found.start(1)] + body.strip() + text[found.end(1) :]
    if text != before:
        write_whole(path, text)
    return text != before


def placeholder(name: str) -> str:
    """Empty markers, for a new page."""
    return f"{_begin(name)}\n\n{_end(name)}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that also reads well as text: the first column to the left, figures to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_row(cells, widths) for cells in (head, rule, *rows))


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"| {' | '.join([first.strip().ljust(widths[0]), *rest])} |"


def _begin(name: str) -> str:
    return f"<!-- pyralis bench {name} -->"


def _end(name: str) -> str:
    return f"<!-- end of {name} -->"
