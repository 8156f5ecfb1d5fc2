"""The whole loop from a conversation, as the bench plays it, and as docs/mcp.md shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.bench.mcp_loop import CALLS, Loop, Said, shown

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mcp.md"
SECTION = re.compile(r"<!-- pyralis bench conversation -->\n(```\n.*?\n```)\n", re.DOTALL)
# What differs from run to run: times and sizes, names by content, what was in a cache, and a board's own words.
VARIES = (
    (r"mcp-\S+-(\w+)\.log", r"mcp-\1.log"),
    (r"\b[0-9a-f]{12}\b", "#"),
    (r"(\d+ compiled|updated|up to date), id", "made, id"),
    (r"(?i)(sparkle(-\d+)?|manager): .*", r"\1: …"),
    (r"latest run: .*", "latest run"),
    (r"(?m)^ *(assert|log) .*\n", ""),
    (r"(?m)^ +\S+: \d+/\d+ .*\n", ""),  # signs of life, where something takes its time
    (r"\d+(\.\d+)?", "0"),
    (r" +", " "),
)


def shape(text: str) -> list[list[str]]:
    """The lines of each call without what varies; in order, as boards that work side by side finish in any."""
    for pattern, same in VARIES:
        text = re.sub(pattern, same, text)
    return [[part.splitlines()[0], *sorted(set(part.splitlines()[1:]))] for part in text.split("\n> ")]


def outcomes(said: Said) -> dict[str, str]:
    return {one["id"]: one["status"] for one in said.structure["devices"]}


@pytest.mark.usefixtures("micropython")
def test_change_is_carried_to_two_boards_and_mended(rig: Rig, tmp_path: Path) -> None:
    loop = Loop(rig)
    try:
        loop.play(tmp_path / "suite")
    finally:
        print(shown(rig, loop.said))
    calls = [one for one in loop.said if one.is_call]
    assert len(calls) <= CALLS
    built, flashed, red, status, log, again, green = calls
    assert [one.is_error for one in calls] == [False, False, True, False, False, False, False]
    assert built.structure["status"] == "passed"
    for one in (flashed, again):
        assert outcomes(one) == {"wall-1": "passed", "wall-2": "passed"}
    assert outcomes(red) == {"wall-1": "passed", "wall-2": "failed"}
    (failure,) = status.structure["failures"]
    assert failure["reason"].startswith("Sparkle: ")
    assert failure["reason"].removeprefix("Sparkle: ") in log.text
    assert green.structure["counts"] == {"devices": 2, "devices_failed": 0, "tests": 2, "tests_passed": 2}
    documented = SECTION.search(PAGE.read_text(encoding="utf-8"))
    assert documented
    assert shape(documented[1]) == shape(shown(rig, loop.said)), "write it anew: `pyralis bench mcp`"
