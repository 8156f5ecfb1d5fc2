"""A rig that runs, as a user sees it who edits its files: `pyralis run` in a process of its own, asked over HTTP."""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from pyralis.deploy.children import Child
from pyralis.deploy.live.suite.polling import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyralis.deploy.rig import Rig

DEADLINE_S = 30.0  # numba has to be imported, beside other tests


class LiveRig:
    """Its files, and what the runtime says."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        self._client = httpx.Client(base_url=url)

    def write(self, name: str, text: str) -> None:
        """Save a file."""
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def ask(self, method: str, path: str, value: object = None) -> Any:
        """The JSON that is answered."""
        answer = self._client.request(method, path, json=value)
        assert answer.is_success, answer.text
        return answer.json()

    def modules(self) -> list[dict[str, Any]]:
        """All of the tree."""
        found: list[dict[str, Any]] = self.ask("GET", "/api/modules")["modules"]
        return found

    def module(self, type_name: str) -> dict[str, Any]:
        """The first one of a type."""
        return next(module for module in self.modules() if module["type"] == type_name)

    def types(self) -> list[str]:
        """Names of all."""
        return [entry["type"] for entry in self.ask("GET", "/api/types")["types"]]

    def errors(self) -> list[str]:
        """Of the log."""
        entries = self.ask("GET", "/api/log")["entries"]
        return [entry["text"] for entry in entries if entry["level"] == "error"]

    def until_health(self, type_name: str, text: str) -> dict[str, Any]:
        """Wait until a module says this of itself."""
        return until(
            lambda: next((module for module in [self.module(type_name)] if text in module["health"]), {}),
            f"{type_name} says '{text}'",
            DEADLINE_S,
        )

    def until_control(self, type_name: str, control: str) -> dict[str, Any]:
        """Wait until a module works and has a control."""
        return until(
            lambda: next(
                (
                    module
                    for module in [self.module(type_name)]
                    if module["status"] == "ok" and control in values(module)
                ),
                {},
            ),
            f"{type_name} works with '{control}'",
            DEADLINE_S,
        )


def values(module: dict[str, Any]) -> dict[str, Any]:
    """The controls of a module by name."""
    return {control["name"]: control["value"] for control in module["controls"]}


@contextmanager
def live(rig: Rig, *effects: object, more: Sequence[object] = ()) -> Iterator[LiveRig]:
    """`pyralis run` with these effects on a small panel."""
    children: list[object] = [
        {"type": "Grid", "controls": {"width": 4, "height": 4}},
        {"type": "EffectsLayer", "children": list(effects)},
        *more,
    ]
    rig.file.write_text(json.dumps({"tree": [{"type": "DriverLayer", "children": children}]}), encoding="utf-8")
    serves = threading.Event()
    urls: list[str] = []

    def look(line: str) -> None:
        event = json.loads(line)
        if event["event"] == "serving":
            urls.append(event["url"])
            serves.set()

    command = [sys.executable, "-m", "pyralis", "run", "--port", "0", "--json"]
    with Child(command, cwd=rig.root, env=os.environ, on_line=look) as child:
        assert serves.wait(DEADLINE_S), child.last_lines
        yield LiveRig(rig.root, urls[0])
