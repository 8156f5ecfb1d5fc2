"""Answers stay small, whatever is put into them, and say the same as text and as structure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_session import structure_of, text_of

from pyralis.deploy.mcp import answers
from pyralis.deploy.mcp.outcome import Outcome

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 2_000 * 4


def test_ten_megabytes_of_output_and_a_fleet_make_a_small_answer(tmp_path: Path) -> None:
    log = tmp_path / "mcp-1-flash.log"
    log.write_text("\n".join(f"\x1b[31mline {number}\x1b[0m {'word ' * 16}" for number in range(110_000)), "utf-8")
    assert log.stat().st_size > 10_000_000
    many: list[dict[str, Any]] = [
        {"id": f"wall-{number}", "status": "failed", "reason": f"{number} " + "so " * 400} for number in range(300)
    ]
    many[0]["log"] = ".pyralis/logs/" + "long" * 40
    ended = Outcome("pyralis flash", 1, "failed", "not all", 1.5, many, many, many, {}, ["x" * 400] * 5, str(log))
    answer = answers.of_run(ended)
    whole = json.dumps(answer.model_dump(mode="json", by_alias=True, exclude_none=True), ensure_ascii=False)
    assert len(whole.encode()) <= MAX_BYTES
    assert answer.is_error
    assert text_of(answer).startswith("line 0 ")
    assert text_of(answer).endswith("\n[exit 1]")
    assert "lines left out" in text_of(answer)
    assert structure_of(answer)["left_out"]["devices"] == 300 - len(structure_of(answer)["devices"])
    assert structure_of(answer)["devices"][0]["log"] == many[0]["log"]
    assert structure_of(answer)["log"] == str(log)
    assert [block.type for block in answer.content] == ["text", "resource_link"]


def test_lists_within_entries_say_what_they_leave_out() -> None:
    entry = {"id": "a", "lines": [f"{number} " + "x" * 100 for number in range(500)]}
    found = structure_of(answers.of_list(["a"], {"devices": [entry]}))
    (cut,) = found["devices"]
    assert cut["lines"][-1] == f"… {500 - len(cut['lines']) + 1} more"
