"""Steps time themselves, nest, and tell every front end the same."""

from __future__ import annotations

import io
import json
import os
import pty
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.errors import UserError
from pyralis.deploy.progress import Show, show_failures
from pyralis.deploy.steps import FAILED, INTERRUPTED, NOT_RUN, PASSED, SKIPPED, Event, Failure, Step

if TYPE_CHECKING:
    from collections.abc import Callable


def work(step: Step) -> None:
    """A command with one step of each outcome."""
    with step:
        step.plan("good", "bad", "left out")
        with step.step("good") as good:
            good.progress(1, 4, "one of four")
            good.summarise("4 of 4", files=4)
        with step.step("bad", device="wall-1") as bad:
            bad.note("look at this")
            bad.fail("1 of 2 failed", [Failure("lights up", "stayed dark", "wall-1", ("got 0",), "t.py:3", "a.log")])
        with step.step("absent") as absent:
            absent.skip("nothing to do")
        step.not_run("left out", "bad failed")


def test_result_tells_everything(step: Step) -> None:
    work(step)
    result = step.result
    assert [one.status for one in result.steps] == [PASSED, FAILED, SKIPPED, NOT_RUN]
    assert result.status == FAILED
    assert not result.ok
    assert result.duration_s >= sum(one.duration_s for one in result.steps)
    assert result.to_json()["steps"][1] == {  # type: ignore[index]
        "name": "bad",
        "device": "wall-1",
        "status": "failed",
        "duration_s": round(result.steps[1].duration_s, 3),
        "reason": "1 of 2 failed",
        "failures": [
            {
                "name": "lights up",
                "device": "wall-1",
                "reason": "stayed dark",
                "assertions": ["got 0"],
                "where": "t.py:3",
                "log": "a.log",
            }
        ],
    }


def test_events_come_in_order(step: Step, events: list[Event]) -> None:
    work(step)
    told = [f"{event.kind} {event.path[-1]}" for event in events]
    assert told[:7] == [
        "started test",
        "planned good",
        "planned bad",
        "planned left out",
        "started good",
        "progress good",
        "finished good",
    ]
    assert told[-2:] == ["finished left out", "finished test"]


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (UserError("no such file", todo="make one"), FAILED, "no such file"),
        (ValueError("broken"), FAILED, "ValueError: broken"),
        (KeyboardInterrupt(), INTERRUPTED, "interrupted"),
    ],
)
def test_exception_ends_the_step_and_goes_on(step: Step, error: BaseException, status: str, reason: str) -> None:
    with pytest.raises(type(error)), step:
        raise error
    assert (step.result.status, step.result.reason) == (status, reason)


def test_device_is_inherited(step: Step) -> None:
    assert step.step("a", device="wall-1").step("b").result.device == "wall-1"


def test_parallel_jobs_run_at_the_same_time(step: Step) -> None:
    together = threading.Barrier(3, timeout=5)

    def meet() -> None:
        together.wait()

    step.parallel([meet] * 3, workers=3)


def test_parallel_job_that_fails_does_not_stop_the_others(step: Step) -> None:
    done: list[int] = []

    def fail() -> None:
        raise UserError("first")

    with pytest.raises(UserError, match="first"):
        step.parallel([fail, lambda: done.append(1)], workers=1)
    assert done == [1]


def shown(show: Callable[[Show], None], json_lines: bool = False) -> str:
    stream = io.StringIO()
    with Show(json_lines, stream) as opened:
        show(opened)
    return stream.getvalue()


def test_lines_for_logs() -> None:
    lines = shown(lambda show: work(Step("all", show))).splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [[">", "good"], ["ok", "0.00"], [">", "bad"]]
    assert "  look at this" in lines
    assert any(line.endswith("left out        bad failed") and line.startswith("  not run") for line in lines)
    assert "x lights up  wall-1" in lines
    assert "    got 0" in lines
    assert not any("\033" in line for line in lines)


def test_json_lines_for_machines() -> None:
    lines: list[Any] = [json.loads(line) for line in shown(lambda show: work(Step("all", show)), True).splitlines()]
    assert lines[0] == {"event": "started", "step": ["all"]}
    progress = next(line for line in lines if line["event"] == "progress")
    assert progress == {
        "event": "progress",
        "step": ["all", "good"],
        "text": "one of four",
        "done": 1,
        "total": 4,
        "percent": 25,
    }
    bad = next(line for line in lines if line["event"] == "finished" and line["step"] == ["all", "bad"])
    assert (bad["status"], bad["device"], bad["reason"]) == ("failed", "wall-1", "1 of 2 failed")


def test_tree_on_a_terminal() -> None:
    reading, writing = pty.openpty()
    seen = bytearray()
    reader = threading.Thread(target=_read_all, args=(reading, seen))
    reader.start()
    with os.fdopen(writing, "w", encoding="utf-8") as stream, Show(False, stream) as show:
        work(Step("all", show))
    reader.join(10)
    text = seen.decode()
    for part in ("✓", "good", "4 of 4", "✗", "1 of 2 failed", "left out", "lights up", "\033["):
        assert part in text


def _read_all(terminal: int, seen: bytearray) -> None:
    with os.fdopen(terminal, "rb", buffering=0) as file:
        try:
            while data := file.read(4096):
                seen += data
        except OSError:  # its other end is closed
            return


def test_many_failures_are_cut() -> None:
    stream = io.StringIO()
    show_failures([Failure(f"test {number}", "dark") for number in range(30)], stream)
    assert "test 7" in stream.getvalue()
    assert "and 22 more: all are in live/ and docs/status" in stream.getvalue()


def test_error_says_who_and_what_to_do() -> None:
    error = UserError("it broke", whose="yours", todo="mend it", details=["here"])
    assert str(error).splitlines() == ["it broke", "  here", "  whose: yours", "  to do: mend it"]
    assert error.to_json() == {"error": "it broke", "details": ["here"], "whose": "yours", "todo": "mend it"}
