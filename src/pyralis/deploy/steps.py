"""Steps: a piece of work that times itself, nests, tells what happens, and leaves a result.

Every front end (terminal, CI, `--json`, an agent) passes a sink and gets the same events. A step knows no front end.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from pyralis.deploy.errors import Terminated, UserError

PASSED = "passed"
FAILED = "failed"
SKIPPED = "skipped"
NOT_RUN = "not_run"
INTERRUPTED = "interrupted"
RUNNING = "running"
PLANNED = "planned"

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that failed in a step: mostly a test."""

    name: str
    reason: str
    device: str = ""
    assertions: tuple[str, ...] = ()
    where: str = ""
    log: str = ""

    def to_json(self) -> Json:
        """Without what is empty."""
        fields: Json = {
            "name": self.name,
            "device": self.device,
            "reason": self.reason,
            "assertions": list(self.assertions),
            "where": self.where,
            "log": self.log,
        }
        return {key: value for key, value in fields.items() if value}


def failure_of(name: str, error: UserError) -> Failure:
    """An error as a step reports it."""
    notes = [f"whose: {error.whose}"] * bool(error.whose) + [f"to do: {error.todo}"] * bool(error.todo)
    return Failure(name, error.what, assertions=(*error.details, *notes), log=str(error.log or ""))


@dataclass(slots=True)
class Result:
    """What became of a step."""

    name: str
    device: str = ""
    status: str = RUNNING
    duration_s: float = 0.0
    summary: str = ""
    reason: str = ""
    facts: Json = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    steps: "list[Result]" = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True unless the step or one below it failed."""
        return self.status in (PASSED, SKIPPED)

    def to_json(self) -> Json:
        """The result and those below it, without what is empty."""
        fields: Json = {
            "name": self.name,
            "device": self.device,
            "status": self.status,
            "duration_s": round(self.duration_s, 3),
            "summary": self.summary,
            "reason": self.reason,
            "facts": self.facts,
            "failures": [failure.to_json() for failure in self.failures],
            "steps": [step.to_json() for step in self.steps],
        }
        return {key: value for key, value in fields.items() if value not in ("", [], {})}


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened in the step that `path` names from the outermost one on."""

    kind: str  # planned, started, progress, note, finished
    path: tuple[str, ...]
    device: str = ""
    text: str = ""
    done: int = 0
    total: int = 0
    result: Result | None = None

    def to_json(self) -> Json:
        """One JSON line for machines."""
        fields: Json = {"event": self.kind, "step": list(self.path)}
        if self.device:
            fields["device"] = self.device
        if self.text:
            fields["text"] = self.text
        if self.kind == "progress":
            fields.update(done=self.done, total=self.total)
            fields["percent"] = 100 * self.done // self.total if self.total else 0
        if self.result is not None:
            own = self.result.to_json()
            own.pop("steps", None)  # each has had an event of its own
            own.pop("name")
            fields.update(own)
        return fields


Sink = Callable[[Event], None]


def unseen(_event: Event) -> None:
    """A sink for steps that nobody watches."""


class Step:
    """A context: entering starts the clock, leaving stops it; an exception fails the step and goes on."""

    def __init__(self, name: str, sink: Sink, parent: "Step | None" = None, device: str = "") -> None:
        self._sink = sink
        self.path: tuple[str, ...] = (*(parent.path if parent else ()), name)
        self.result: Result = Result(name, device or (parent.result.device if parent else ""))
        self._started_s = 0.0
        self.cancelled: threading.Event = parent.cancelled if parent else threading.Event()
        if parent:
            parent.result.steps.append(self.result)

    def __enter__(self) -> Self:
        self._started_s = time.perf_counter()
        self._emit("started")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        result = self.result
        result.duration_s = time.perf_counter() - self._started_s
        if isinstance(error, KeyboardInterrupt | Terminated):
            result.status, result.reason = INTERRUPTED, "interrupted"
        elif error is not None:
            result.status = FAILED
            result.reason = error.what if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        elif result.status == RUNNING:
            result.status = FAILED if any(step.status == FAILED for step in result.steps) else PASSED
        self._emit("finished", result=result)

    def step(self, name: str, device: str = "") -> "Step":
        """A step within this one."""
        return Step(name, self._sink, self, device)

    def plan(self, *names: str) -> None:
        """Tell which steps will come."""
        for name in names:
            self._sink(Event("planned", (*self.path, name)))

    def not_run(self, name: str, reason: str) -> None:
        """Tell that a planned step makes no sense any more."""
        step = Step(name, self._sink, self)
        step.result.status, step.result.reason = NOT_RUN, reason
        step._emit("finished", result=step.result)

    def progress(self, done: int, total: int, text: str = "") -> None:
        """How far the step is; a total of 0 means that nobody knows."""
        self._emit("progress", text=text, done=done, total=total)

    def note(self, text: str) -> None:
        """Something a person should read."""
        self._emit("note", text=text)

    def summarise(self, summary: str, **facts: object) -> None:
        """What the step came to, in a few words and as facts."""
        self.result.summary = summary
        self.result.facts.update(facts)

    def skip(self, reason: str) -> None:
        """There was nothing to do."""
        self.result.status, self.result.reason = SKIPPED, reason

    def fail(self, reason: str, failures: list[Failure] | None = None) -> None:
        """The work was done and its outcome is bad."""
        self.result.status, self.result.reason = FAILED, reason
        self.result.failures += failures or []

    def parallel(self, jobs: Sequence[Callable[[], None]], workers: int) -> None:
        """Run jobs in threads; whatever interrupts this one first has them end, by `cancelled`, then goes on."""
        # Slow to import, and not every command needs it.
        from concurrent.futures import ThreadPoolExecutor, wait

        pool = ThreadPoolExecutor(max(1, workers))
        try:
            futures = [pool.submit(job) for job in jobs]
            wait(futures)
        except BaseException:
            self.cancelled.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        for future in futures:
            future.result()

    def _emit(self, kind: str, text: str = "", done: int = 0, total: int = 0, result: Result | None = None) -> None:
        self._sink(Event(kind, self.path, self.result.device, text, done, total, result))
