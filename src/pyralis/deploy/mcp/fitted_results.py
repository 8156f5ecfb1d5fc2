"""Fitted results: a file of results as JSON of a size: where it is too long, only what did not pass."""

import json
from pathlib import Path
from typing import Any

from pyralis.deploy.errors import UserError
from pyralis.deploy.mcp.outcome import small
from pyralis.deploy.steps import PASSED

_SHORT = ("id", "current", "type", "platform", "group", "build_id", "environment")


def fitted_results(path: Path, most_bytes: int) -> str:
    """The file, or what is worth most of it; UserError where it holds no results."""
    text = path.read_text(encoding="utf-8")
    if len(text.encode()) <= most_bytes:
        return text
    try:
        found = json.loads(text)
        devices = sorted(map(_short, found["devices"]), key=lambda device: not device["tests"])
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path} holds no results", whose="the file's", todo="run the live tests again") from None
    said = f"what passed, and most facts: all of it is in {path}, and of one device in pyralis://devices/ID/results"
    return json.dumps(small({"without": said, **found, "devices": devices}, most_bytes), ensure_ascii=False)


def _short(device: dict[str, Any]) -> dict[str, Any]:
    """A device, with its tests that did not pass and the number of those that did."""
    worth = [test for test in device["tests"] if test["status"] != PASSED]
    facts = {name: device[name] for name in _SHORT if name in device}
    return {**facts, "passed": len(device["tests"]) - len(worth), "tests": worth}
