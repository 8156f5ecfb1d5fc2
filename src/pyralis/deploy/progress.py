"""Progress: shows events: as lines, as JSON lines, or (progress_live) as a tree that moves on a terminal."""

import json
import shutil
import sys
import threading
import time
from types import TracebackType
from typing import Protocol, Self, TextIO

from pyralis.deploy import steps
from pyralis.deploy.steps import Event, Failure, Result
from pyralis.deploy.terminal import paint, say, sign

_HEARTBEAT_S = 10.0
_MAX_ASSERTIONS = 12
_MAX_FAILURES = 8
_LOG_COLUMNS = 240
_WORDS = {
    steps.PASSED: ("ok", "green"),
    steps.FAILED: ("FAILED", "bold red"),
    steps.SKIPPED: ("skipped", "yellow"),
    steps.NOT_RUN: ("not run", "dim"),
    steps.INTERRUPTED: ("stopped", "yellow"),
}


class Reporter(Protocol):
    """A sink for events that is closed at the end."""

    def __call__(self, event: Event) -> None:
        """Show one event; called from any thread."""

    def close(self) -> None:
        """Show what is left to show."""


class JsonReporter:
    """One JSON object a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Write the event."""
        self.write(event.to_json())

    def write(self, value: object) -> None:
        """Write a line, whole."""
        with self._lock:
            self._stream.write(json.dumps(value, ensure_ascii=False) + "\n")
            self._stream.flush()

    def close(self) -> None:
        """Nothing is left."""


class LineReporter:
    """A line when a step starts, one when it ends, and a sign of life in between; for logs and CI."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._shown_s = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Write what a reader of a log wants to know."""
        with self._lock:
            line = self._line(event)
            if line is None:
                return
            self._shown_s = time.monotonic()
            say(line, self._stream)

    def _line(self, event: Event) -> str | None:
        if event.kind == "note":
            return "  " + event.text
        if len(event.path) < 2:  # the command itself
            return None
        indent = "  " * (len(event.path) - 2)
        if event.kind == "started" and len(event.path) == 2:
            return paint(f"{sign('▸', '>', self._stream)} {event.path[-1]}", "bold", self._stream)
        if event.kind == "progress" and time.monotonic() - self._shown_s > _HEARTBEAT_S:
            return f"  {indent}{event.path[-1]}: {event.done}/{event.total} {event.text}"
        if event.kind == "finished" and event.result is not None:
            return f"  {indent}{self._finished(event.result)}"
        return None

    def _finished(self, result: Result) -> str:
        word, style = _WORDS[result.status]
        duration = "" if result.status == steps.NOT_RUN else f"{result.duration_s:.2f} s"
        said = result.reason or result.summary
        return f"{paint(f'{word:<8}', style, self._stream)}{duration:>8}  {result.name:<16}{said}".rstrip()

    def close(self) -> None:
        """Nothing is left."""


class Show:
    """Picks a reporter for a stream; after it, failures are shown in full."""

    def __init__(self, json_lines: bool, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self.json_lines = json_lines
        self._failures: list[Failure] = []
        self._result: Result | None = None
        self._reporter = self._pick()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reporter.close()
        if not self.json_lines and kind is None:
            show_failures(self._failures, self._stream)
            if self._result is not None:
                show_total(self._result, self._stream)

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        self._reporter(event)
        if event.kind == "finished" and event.result is not None:
            self._failures += event.result.failures

    def result(self, result: Result) -> None:
        """What all of it came to: the last line."""
        self._result = result
        if isinstance(self._reporter, JsonReporter):
            self._reporter.write({"event": "result", **result.to_json()})

    def _pick(self) -> Reporter:
        if self.json_lines:
            return JsonReporter(self._stream)
        if self._stream.isatty():
            try:
                from pyralis.deploy.progress_live import LiveReporter
            except ImportError:  # rich belongs to pyralis[deploy]
                return LineReporter(self._stream)
            return LiveReporter(self._stream)
        return LineReporter(self._stream)


def show_total(result: Result, stream: TextIO) -> None:
    """One line that says how it ended and how long it took."""
    good = result.ok
    mark = paint(
        sign("✓", "ok", stream) if good else sign("✗", "FAILED", stream), "green" if good else "bold red", stream
    )
    outcome = result.status if good else result.reason or result.status
    name = paint(result.name, "bold", stream)
    say(f"\n{mark} {name} {paint(f'{result.duration_s:.2f} s', 'cyan', stream)}  {outcome}", stream)


def show_failures(failures: list[Failure], stream: TextIO) -> None:
    """Each failure with its reason, what was asserted, and where."""
    columns = shutil.get_terminal_size().columns if stream.isatty() else _LOG_COLUMNS
    for failure in failures[:_MAX_FAILURES]:
        mark = paint(sign("✗", "x", stream), "bold red", stream)
        device = paint(f"  {failure.device}", "cyan", stream) if failure.device else ""
        say(f"\n{mark} {paint(failure.name, 'bold', stream)}{device}", stream)
        say(f"  {failure.reason}", stream)
        for line in failure.assertions[:_MAX_ASSERTIONS]:
            say(paint(f"    {line}"[:columns], "dim", stream), stream)
        for name, value in (("at", failure.where), ("log", failure.log)):
            if value:
                say(paint(f"  {name} {value}", "dim", stream), stream)
    if len(failures) > _MAX_FAILURES:
        say(f"\nand {len(failures) - _MAX_FAILURES} more: all are in live/ and docs/status", stream)
