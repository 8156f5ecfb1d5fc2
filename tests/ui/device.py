"""A device whose page is tested: a runtime of its own process that keeps its port and its settings over restarts."""

from __future__ import annotations

import json
import os
import signal
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyralis.deploy.identity import identify
from pyralis.deploy.interpreters import MICROPYTHON, Options, on_cpython, on_micropython
from pyralis.deploy.runner import Runner, free_ports

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

HEAP = "256wk"
TREE = [
    {"type": "DriverLayer", "id": "panel", "name": "Panel"},
    {"type": "Grid", "id": "grid", "parent": "panel"},
    {"type": "EffectsLayer", "id": "layer", "name": "Layer", "parent": "panel"},
    {"type": "Plasma", "id": "plasma", "parent": "layer"},
    {"type": "Rainbow", "id": "rainbow", "parent": "layer"},
    {"type": "Preview", "id": "preview", "parent": "panel", "controls": {"fps": 5}},
]
_ANSWER_S = 10


class PageDevice:
    """One device over its restarts; `stop` ends it."""

    def __init__(self, rig: Rig, interpreter: str, state: Path) -> None:
        self.interpreter = interpreter
        self._port = free_ports(1)[0]
        options = Options(state, port=self._port)
        if interpreter == MICROPYTHON:
            self._launch = on_micropython(rig, options, HEAP)
        else:
            self._launch = on_cpython(rig, identify(rig), options)
        self.url = self._launch.url
        self._runner: Runner | None = None
        self.start()

    @property
    def has_limit(self) -> bool:
        """Whether its memory ends somewhere."""
        return self.interpreter == MICROPYTHON

    def start(self) -> None:
        """Start it and wait until it serves; one that runs goes on."""
        if self._runner is None:
            self._runner = Runner(self._launch)
            self._runner.start()

    def stop(self) -> None:
        """End it as a user does, so that it saves its settings."""
        if self._runner is not None:
            self._runner.stop()
            self._runner = None

    def freeze(self) -> None:
        """Have it neither answer nor end, as if someone had pulled its cable."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._runner is not None:
            os.kill(self._runner.pid, number)

    def reset(self) -> None:
        """Bring the tree to TREE, whatever is there, and empty the log."""
        for module in self.modules():
            if module["parent"] is None:
                self.ask("DELETE", f"modules/{module['id']}")
        for entry in TREE:
            self.ask("POST", "modules", entry)
        self.ask("DELETE", "log")

    def modules(self) -> list[dict[str, Any]]:
        """All modules, parents before children."""
        found: list[dict[str, Any]] = self.ask("GET", "modules")["modules"]
        return found

    def module(self, module_id: str) -> dict[str, Any]:
        """One module."""
        found: dict[str, Any] = self.ask("GET", f"modules/{module_id}")
        return found

    def children(self, parent: str) -> list[str]:
        """The names of the children of a module, in order."""
        return [module["name"] for module in self.modules() if module["parent"] == parent]

    def values(self, module_id: str) -> dict[str, Any]:
        """The controls of a module as they are."""
        return {control["name"]: control["value"] for control in self.module(module_id)["controls"]}

    def set(self, module_id: str, **controls: object) -> None:
        """Set controls of a module, past the page."""
        self.ask("POST", f"modules/{module_id}/controls", controls)

    def ask(self, method: str, path: str, value: object = None) -> Any:
        """What the API answers; anything but success is an error."""
        status, answer = self.answer(method, path, value)
        assert status < 300, f"{method} {path} {value}: {answer}"
        return answer

    def answer(self, method: str, path: str, value: object = None) -> tuple[int, Any]:
        """What the API answers, and its status."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER_S)
        try:
            connection.request(method, f"/api/{path}", None if value is None else json.dumps(value))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()
