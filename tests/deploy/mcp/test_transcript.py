"""Transcript and outcome: from what a command prints to an answer that is complete and small."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from pyralis.deploy.children import Child
from pyralis.deploy.mcp import run
from pyralis.deploy.mcp.outcome import MAX_OUTCOME_BYTES, Outcome, counts_of, outcomes_of_devices
from pyralis.deploy.mcp.run import Commands
from pyralis.deploy.mcp.transcript import Transcript
from pyralis.deploy.steps import Failure, Step

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig


def taken(folder: Path, *lines: str) -> Transcript:
    with Transcript(folder / "command.log") as transcript:
        for line in lines:
            transcript.take(line)
        transcript.end()
    return transcript


def printed_by_a_flash() -> list[str]:
    lines: list[str] = []
    with Step("flash", lambda event: lines.append(json.dumps(event.to_json()))) as step:
        with step.step("flash") as flash:
            with flash.step("wall-1", "wall-1") as one:
                one.summarise("written", log="flash-wall-1.log")
            with flash.step("wall-2", "wall-2") as two:
                two.progress(1, 4, "erasing")
                two.fail(
                    "it is silent", [Failure("flash", "it is silent", "wall-2", ("to do: plug it in",), log="x.log")]
                )
            flash.fail("1 of 2 boards flashed")
        with step.step("live tests") as live:
            with live.step("wall-1", "wall-1") as one:
                one.summarise("3 passed", tests=3, passed=3)
            live.summarise("3 of 3 passed", tests=3, passed=3)
    return lines


def test_events_become_lines_for_people_and_entries_for_machines(tmp_path: Path) -> None:
    transcript = taken(tmp_path, *printed_by_a_flash())
    text = transcript.log.read_text(encoding="utf-8")
    devices = outcomes_of_devices(transcript.finished)
    assert all(one.pop("duration_s") >= 0 for one in devices)
    assert "it is silent" in text
    assert "to do: plug it in" in text
    assert devices == [
        {"id": "wall-2", "status": "failed", "step": "flash > wall-2", "reason": "it is silent", "log": "x.log"},
        {"id": "wall-1", "status": "passed", "log": "flash-wall-1.log"},
    ]
    assert counts_of(transcript.finished, devices) == {
        "devices": 2,
        "devices_failed": 1,
        "tests": 3,
        "tests_passed": 3,
    }
    assert transcript.result is not None
    assert transcript.result.status == "failed"


def test_latest_says_step_share_and_text(tmp_path: Path) -> None:
    lines = printed_by_a_flash()
    upto = next(number for number, line in enumerate(lines) if "erasing" in line) + 1
    assert taken(tmp_path, *lines[:upto]).news[1] == "flash > wall-2 25 %: erasing"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "plain \x1b[31mred\x1b[0m",
        "[1]",
        "null",
        "3",
        "{}",
        '{"event": "started"}',
        '{"event": "finished", "step": ["a"]}',
    ],
)
def test_what_is_no_event_stays_a_line(tmp_path: Path, line: str) -> None:
    transcript = taken(tmp_path, line)
    assert not transcript.finished
    assert "\x1b" not in transcript.log.read_text(encoding="utf-8")
    assert list(transcript.last_lines) == ([transcript.log.read_text(encoding="utf-8").strip()] if line else [])


def test_error_is_told_with_what_to_do(tmp_path: Path) -> None:
    transcript = taken(
        tmp_path, json.dumps({"event": "error", "error": "no rig", "todo": "make one", "details": ["a"]})
    )
    assert str(transcript.error) == "no rig\n  a\n  to do: make one"
    assert "to do: make one" in transcript.log.read_text(encoding="utf-8")


def test_outcome_of_a_fleet_fits_and_says_what_it_leaves_out() -> None:
    long = "x" * 5_000
    devices: list[dict[str, Any]] = [
        {"id": f"wall-{number}", "status": "failed", "reason": long} for number in range(500)
    ]
    outcome = Outcome("pyralis flash", 1, "failed", long, steps=devices, devices=devices, failures=devices)
    found = outcome.to_json()
    assert len(json.dumps(found).encode()) <= MAX_OUTCOME_BYTES
    assert found["left_out"]["devices"] == 500 - len(found["devices"])
    assert found["devices"][0]["id"] == "wall-0"


def test_silent_command_is_told_to_be_at_work(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = anyio.Event()
    messages: list[str] = []

    async def tell(_percent: float, text: str) -> None:
        messages.append(text)
        if sum("silent for" in message for message in messages) == 2:
            heard.set()

    def endless(_command: list[str], **options: Any) -> Child:
        return Child(["tail", "-f", "/dev/null"], **{**options, "on_line": None})

    async def work() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(Commands(heartbeat_s=0.01).run, rig, ["build"], tell)
            with anyio.fail_after(20):
                await heard.wait()
            group.cancel_scope.cancel()

    monkeypatch.setattr(run, "Child", endless)
    anyio.run(work)
    assert messages[0] == "pyralis build starts"


def test_logs_of_earlier_days_are_not_kept_for_ever(rig: Rig) -> None:
    rig.logs.mkdir(parents=True)
    names = [f"{run.LOG_PREFIX}20260101T{number:06}-1-1-build.log" for number in range(60)]
    for number, name in enumerate(names):
        (rig.logs / name).write_text("", encoding="utf-8")
        if number % 2 == 0:
            os.utime(rig.logs / name, (0, 0))
    (rig.logs / "flash-wall-1.log").write_text("", encoding="utf-8")

    async def tell(_percent: float, _text: str) -> None:
        pass

    outcome = anyio.run(Commands().run, rig, ["summarise"], tell)
    kept = {path.name for path in rig.logs.iterdir()}
    old = {name for number, name in enumerate(names) if number < 20 and number % 2 == 0}
    assert kept == {*names, "flash-wall-1.log", Path(outcome.log).name} - old
