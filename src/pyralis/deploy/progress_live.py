"""Progress on a terminal: the tree of steps, each with its sign, bar, what it does now, and its time."""

import threading
import time
from dataclasses import dataclass, field
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from pyralis.deploy import steps
from pyralis.deploy.steps import Event

_BAR_WIDTH = 22
_TIME_WIDTH = 7
_OTHER_COLUMNS = 4 + 1 + _TIME_WIDTH + 3  # margins, sign, time, gaps
_FRAMES_PER_S = 12
_SIGNS = {
    steps.PASSED: ("✓", "green"),
    steps.FAILED: ("✗", "bold red"),
    steps.SKIPPED: ("○", "yellow"),
    steps.NOT_RUN: ("·", "bright_black"),
    steps.INTERRUPTED: ("■", "yellow"),
    steps.PLANNED: ("·", "bright_black"),
}


@dataclass
class _Node:
    """What is known of a step."""

    name: str
    depth: int
    status: str = steps.PLANNED
    text: str = ""
    done: int = 0
    total: int = 0
    started_s: float = 0.0
    duration_s: float = 0.0
    children: "dict[str, _Node]" = field(default_factory=dict)


class LiveReporter:
    """Draws while steps run; what stands there at the end stays."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)
        self._root = _Node("", -1)
        self._lock = threading.Lock()
        self._spinner = Spinner("dots", style="yellow")
        self._live = Live(
            console=self._console,
            get_renderable=self._draw,
            refresh_per_second=_FRAMES_PER_S,
            vertical_overflow="visible",
        )
        self._live.start()

    def __call__(self, event: Event) -> None:
        """Take an event into the tree."""
        if event.kind == "note":
            self._console.print(Padding(Text(event.text), (0, 2)))
            return
        with self._lock:
            self._take(self._find(event.path), event)

    def close(self) -> None:
        """Draw for the last time."""
        self._live.stop()

    def _find(self, path: tuple[str, ...]) -> _Node:
        node = self._root
        for name in path:
            node = node.children.setdefault(name, _Node(name, node.depth + 1))
        return node

    def _take(self, node: _Node, event: Event) -> None:
        if event.kind == "started":
            node.status, node.started_s = steps.RUNNING, time.monotonic()
        elif event.kind == "progress":
            node.done, node.total, node.text = event.done, event.total, event.text
        elif event.kind == "finished" and event.result is not None:
            node.status, node.duration_s = event.result.status, event.result.duration_s
            node.text = event.result.reason or event.result.summary
            if node.status == steps.NOT_RUN:
                node.text = f"not run: {node.text}"

    def _draw(self) -> RenderableType:
        table = Table.grid(padding=(0, 1), expand=False)
        with self._lock:
            nodes = [node for command in self._root.children.values() for node in _below(command)]
            names = max((len(_indented(node)) for node in nodes), default=0)
            # What is said last is cut here, on a narrow terminal: rich would take from every column.
            left = max(8, self._console.width - names - _OTHER_COLUMNS)
            table.add_column(width=1)
            table.add_column(no_wrap=True, width=names)
            table.add_column(justify="right", no_wrap=True, width=_TIME_WIDTH)
            table.add_column(no_wrap=True)
            for node in nodes:
                table.add_row(*self._row(node, left))
        return Group(Text(), Padding(table, (0, 2)))

    def _row(self, node: _Node, left: int) -> tuple[RenderableType, ...]:
        style = "bold" if node.depth == 1 else ""
        name = Text(_indented(node), style=style)
        if node.status == steps.RUNNING:
            duration = Text(f"{time.monotonic() - node.started_s:.1f} s", style="bright_black")
            return self._spinner, name, duration, _doing(node, left)
        sign, color = _SIGNS[node.status]
        waits = node.status in (steps.PLANNED, steps.NOT_RUN)
        if waits:
            name.stylize("bright_black")
        duration = Text("" if waits else f"{node.duration_s:.2f} s", style="cyan")
        said = _cut(node.text, left, color if node.status != steps.PASSED else "")
        return Text(sign, style=color), name, duration, said


def _doing(node: _Node, left: int) -> RenderableType:
    if not node.total:
        return _cut(node.text, left, "bright_black")
    count = f"{node.done}/{node.total}"
    bar = ProgressBar(node.total, node.done, width=_BAR_WIDTH, complete_style="yellow", finished_style="green")
    row = Table.grid(padding=(0, 1))
    row.add_row(
        bar, Text(count, style="bright_black"), _cut(node.text, left - _BAR_WIDTH - len(count) - 2, "bright_black")
    )
    return row


def _cut(text: str, width: int, style: str) -> Text:
    found = Text(text, style=style, no_wrap=True)
    found.truncate(max(0, width), overflow="ellipsis")
    return found


def _indented(node: _Node) -> str:
    return "  " * (node.depth - 1) + node.name


def _below(node: _Node) -> list[_Node]:
    found: list[_Node] = []
    for child in node.children.values():
        found += [child, *_below(child)]
    return found
