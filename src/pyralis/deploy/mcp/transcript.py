"""Transcript: the events that a command prints as JSON lines, kept as results, and as the lines that people read."""

import json
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from pyralis.deploy.errors import UserError
from pyralis.deploy.mcp.share import Share
from pyralis.deploy.mcp.text import without_codes
from pyralis.deploy.progress import LineReporter, show_failures, show_total
from pyralis.deploy.steps import Event, Failure, Result

_KINDS = ("planned", "started", "progress", "note", "finished")
_LAST_LINES = 8


class Transcript:
    """Takes a command's output line by line, from one thread; `news` may be read from any."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.finished: list[Event] = []
        self.error: UserError | None = None
        self.news = (0.0, "")  # percent of the whole; the step, its device, how far it is and what it does
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)  # that are no events
        self._file = _opened(log)
        self._reporter = LineReporter(self._file)
        self._share = Share()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def failures(self) -> list[Failure]:
        """All that failed, in their order."""
        return [failure for event in self.finished if event.result for failure in event.result.failures]

    @property
    def result(self) -> Result | None:
        """What the whole command came to, once it told."""
        last = self.finished[-1] if self.finished else None
        return last.result if last and len(last.path) == 1 else None

    def take(self, line: str) -> None:
        """One line of the command's output."""
        try:
            value = json.loads(line)
            event = _event(value) if value["event"] in _KINDS else None
        except (ValueError, TypeError, KeyError, AttributeError):
            self._take_text(without_codes(line))
            return
        if event is not None:
            self._take_event(event)
        elif value["event"] == "error":
            self.error = error_of(value)

    def end(self) -> None:
        """The command has ended: what failed, and what it came to, as a person would read them last."""
        show_failures(self.failures, self._file)
        if self.result is not None:
            show_total(self.result, self._file)
        if self.error is not None:
            self._file.write(f"\n{self.error}\n")
        self._file.flush()

    def _take_text(self, line: str) -> None:
        if line.strip():
            self.news = (self.news[0], line)
            self.last_lines.append(line)
        self._file.write(line + "\n")
        self._file.flush()

    def _take_event(self, event: Event) -> None:
        self._reporter(event)
        self._share.take(event)
        if event.kind == "finished":
            self.finished.append(event)
        self.news = (self._share.percent, _words(event))


def _opened(log: Path) -> TextIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("w", encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"cannot write {log}: {error.strerror}",
            whose="the disk's or the folder's",
            todo="make room or access for it",
        ) from None


def _words(event: Event) -> str:
    """An event as one line of progress."""
    where = " > ".join(event.path[1:] or event.path)
    device = f" ({event.device})" if event.device and event.device not in event.path else ""
    percent = f" {100 * event.done // event.total} %" if event.total else ""
    what = event.text
    if event.result is not None:
        what = ": ".join(filter(None, (event.result.status, event.result.reason or event.result.summary)))
    return without_codes(f"{where}{device}{percent}" + (f": {what}" if what else ""))


def _event(value: dict[str, Any]) -> Event:
    path = tuple(str(name) for name in value["step"])
    result = _result(path[-1], value) if value["event"] == "finished" else None
    text, done, total = str(value.get("text", "")), int(value.get("done", 0)), int(value.get("total", 0))
    return Event(value["event"], path, str(value.get("device", "")), text, done, total, result)


def _result(name: str, value: dict[str, Any]) -> Result:
    return Result(
        name,
        str(value.get("device", "")),
        str(value["status"]),
        float(value["duration_s"]),
        str(value.get("summary", "")),
        str(value.get("reason", "")),
        dict(value.get("facts", {})),
        [_failure(one) for one in value.get("failures", [])],
    )


def _failure(value: dict[str, Any]) -> Failure:
    return Failure(**{**value, "assertions": tuple(value.get("assertions", ()))})


def error_of(value: dict[str, Any]) -> UserError:
    """The error that an event tells of."""
    log = Path(value["log"]) if value.get("log") else None
    details = [str(one) for one in value.get("details", [])]
    return UserError(
        str(value.get("error", "")),
        whose=str(value.get("whose", "")),
        todo=str(value.get("todo", "")),
        log=log,
        details=details,
    )
