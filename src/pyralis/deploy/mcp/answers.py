"""Answers: a result as a client gets it: the text and the structure each complete, since clients show only one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcp_types import CallToolResult, ResourceLink, TextContent

from pyralis.deploy.errors import FAILED, UserError
from pyralis.deploy.mcp import outcome
from pyralis.deploy.mcp.outcome import DRY_RUN, Outcome, small
from pyralis.deploy.mcp.text import fitted, fitted_file

LOGS = "pyralis://logs"


def of_run(ended: Outcome) -> CallToolResult:
    """What a command printed, where all of it is, and its exit status where that is not 0."""
    lines = [fitted_file(Path(ended.log)).strip("\n"), f"full log: {ended.log}"]
    if ended.exit_code:
        lines.append(f"[exit {ended.exit_code}]")
    answer = _answer("\n".join(lines), ended.to_json(), is_error=ended.exit_code != 0)
    name = Path(ended.log).name
    answer.content.append(ResourceLink(uri=f"{LOGS}/{name}", name=name, mime_type="text/plain"))
    return answer


def of_dry_run(command: str, effect: str, devices: Sequence[dict[str, Any]]) -> CallToolResult:
    """What would be run, on what."""
    planned = Outcome(command, 0, DRY_RUN, effect, devices=list(devices))
    lines = [f"would run: {command}", f"which {effect}", *(_line(one) for one in devices)]
    return _answer(fitted(lines), planned.to_json())


def of_error(command: str, error: UserError) -> CallToolResult:
    """What is wrong, whose fault it is and what to do."""
    failed = Outcome(command, FAILED, "failed", error.what, failures=[error.to_json()])
    return _answer(f"{fitted(str(error).splitlines())}\n[exit {FAILED}]", failed.to_json(), is_error=True)


def of_list(lines: Sequence[str], fields: dict[str, Any]) -> CallToolResult:
    """What was read, as lines and as an object."""
    return _answer(fitted(lines), small(fields, outcome.MAX_OUTCOME_BYTES))


def _line(fields: dict[str, Any]) -> str:
    return "  ".join(str(value) for value in fields.values())


def _answer(text: str, structure: dict[str, Any], *, is_error: bool = False) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=structure, is_error=is_error
    )
