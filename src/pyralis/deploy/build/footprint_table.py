"""Footprint table: the footprints of some targets side by side, the largest module first, with growth."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyralis.deploy.build.footprint import Footprint
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.esp.partitions import APP_NAME, find, layout
from pyralis.deploy.terminal import say

_SHOWN_MODULES = 12
_KB = 1024
_LOG_COLUMNS = 160
_DIM = "bright_black"


@dataclass(frozen=True)
class _Row:
    """A line: a value of each footprint, in bytes unless `unit` says otherwise; 0 stands for unknown."""

    label: str
    value: Callable[[Footprint], int]
    style: str = ""
    unit: str = ""
    more_is_better: bool = False


def show_footprints(footprints: Mapping[str, Footprint], good: Mapping[str, Footprint], stream: TextIO) -> None:
    """Print the table; growth is against `good`, where that has the target."""
    if not footprints:
        return
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    for _ in footprints:
        table.add_column(justify="right", no_wrap=True, min_width=9)
        table.add_column(no_wrap=True, min_width=4)
    heads = [Text(text, style="bold") for target in footprints for text in (target, "")]
    table.add_row(Text("footprint in bytes", style="bold"), *heads)
    for row in _rows(footprints):
        if not any(row.value(one) for one in footprints.values()):
            continue  # nobody has measured that
        table.add_row(Text(row.label, style=row.style), *_cells(row, footprints, good))
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else _LOG_COLUMNS)
    with console.capture() as captured:
        console.print(table)
    say("\n" + "\n".join(f"  {line.rstrip()}" for line in captured.get().splitlines()), stream)


def module_name(path: str) -> str:
    """A module as it is imported, from its path in the image; without the package's own name."""
    name = path.removesuffix(".mpy").removesuffix("/__init__").removeprefix("lib/").removeprefix("pyralis/")
    return name.replace("/", ".")


def _rows(footprints: Mapping[str, Footprint]) -> Iterator[_Row]:
    yield from _module_rows(list(footprints.values()))
    yield _Row("page and other files", lambda one: one.other_bytes)
    yield _Row("all files", lambda one: one.module_bytes + one.other_bytes, "bold")
    boards = [BOARDS[target] for target in footprints]
    app_kb = {find(layout(board), APP_NAME).size_bytes // _KB for board in boards}
    vfs_kb = {one.vfs_size_bytes // _KB for one in footprints.values()}
    yield _Row(f"file system, of {_either(vfs_kb)} KB", lambda one: one.vfs_used_bytes // _KB, unit=" KB")
    yield _Row(f"MicroPython, of {_either(app_kb)} KB", lambda one: one.app_bytes // _KB, unit=" KB")
    yield _Row("RAM used after boot", lambda one: one.ram_boot.get("used_kb", 0), unit=" KB")
    yield _Row("RAM free after boot", lambda one: one.ram_boot.get("free_kb", 0), unit=" KB", more_is_better=True)
    yield _Row("largest free block", lambda one: one.ram_boot.get("largest_kb", 0), unit=" KB", more_is_better=True)


def _module_rows(footprints: Sequence[Footprint]) -> Iterator[_Row]:
    sizes = {path: max(one.modules.get(path, 0) for one in footprints) for one in footprints for path in one.modules}
    largest = sorted(sizes, key=lambda path: (-sizes[path], path))
    for path in largest[:_SHOWN_MODULES]:
        yield _Row(module_name(path), lambda one, path=path: one.modules.get(path, 0))  # type: ignore[misc]
    if rest := largest[_SHOWN_MODULES:]:
        yield _Row(f"and {len(rest)} more", lambda one: sum(one.modules.get(path, 0) for path in rest), _DIM)


def _cells(row: _Row, footprints: Mapping[str, Footprint], good: Mapping[str, Footprint]) -> Iterator[Text]:
    for target, footprint in footprints.items():
        value = row.value(footprint)
        yield Text(f"{value:,}{row.unit}".replace(",", " ") if value else "-", style=row.style if value else _DIM)
        yield _growth(row, value, good.get(target))


def _growth(row: _Row, value: int, good: Footprint | None) -> Text:
    before = row.value(good) if good else value
    if value == before or not value:
        return Text()
    if not before:
        return Text("new", style="yellow")
    better = (value > before) == row.more_is_better
    return Text(f"{value - before:+,}".replace(",", " "), style="green" if better else "yellow")


def _either(values: set[int]) -> str:
    return " or ".join(f"{value}" for value in sorted(values))
