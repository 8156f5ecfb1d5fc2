"""MCP: how fast the server answers, how fast everything ends, what it survives, and a whole conversation.

In a rig of its own; what is meant to be fast is measured in bare JSON lines.
"""

import importlib.util
import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from pyralis.deploy.bench.mcp_input import CALLS, MALFORMED, fuzz, survived
from pyralis.deploy.bench.mcp_lines import BARE, OURS, Server, serving, work_in
from pyralis.deploy.bench.mcp_loop import Loop
from pyralis.deploy.bench.mcp_loop import shown as shown_loop
from pyralis.deploy.bench.pages import table
from pyralis.deploy.errors import UserError
from pyralis.deploy.live.run import SUITE_SETTING
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step

ROUNDS = 5
SILENT_S = 22
_END_TIMEOUT_S = 10.0
_LOOK_S = 0.002
_BYTES_A_TOKEN = 4  # of JSON; a little more by the tokenizers that are known
_EIGHT = 8
_PC = {"id": "pc", "type": "pc", "platform": "cpython", "group": "pc", "test": True}
_SILENT_SUITE = f"""
import threading
def test_is_silent(): threading.Event().wait({SILENT_S})
"""


@dataclass(frozen=True)
class Figure:
    """What was measured, some times, and what it must not exceed."""

    name: str
    values: list[float]
    unit: str
    target: float | None = None

    @property
    def missed(self) -> bool:
        """True where one of them exceeds it."""
        return self.target is not None and max(self.values) > self.target

    def shown(self, value: float) -> str:
        """A value with its unit."""
        return f"{value:,.2f} s" if self.unit == "s" else f"{value:,.0f} {self.unit}".strip()


class McpBench:
    """Figures, and the conversation."""

    def __init__(self, rig: Rig) -> None:
        self.figures: list[Figure] = []
        self.conversation = ""
        self.missed: list[str] = []

    def run(self, step: Step) -> None:
        """Measure."""
        if importlib.util.find_spec("mcp") is None:
            raise UserError("this needs the package mcp", whose="the installation's", todo="install pyralis[mcp]")
        with TemporaryDirectory(prefix="pyralis mcp ") as folder:
            rig = Rig(Path(folder) / "lights")
            make_rig(rig.root)
            with step.step("conversation") as own:
                self._talk(rig, Path(folder) / "one live test", own)
            rig.device_file.write_text(json.dumps([_PC]), encoding="utf-8")
            for figure in measure(rig.root, Path(folder)):
                self.figures.append(figure)
                step.note(f"{figure.name}: {figure.shown(max(figure.values))}")
        self.missed = [
            f"{one.name}: {one.shown(max(one.values))}, not {one.shown(one.target or 0)}"
            for one in self.figures
            if one.missed
        ]
        step.summarise("", figures={one.name: one.values for one in self.figures})

    def _talk(self, rig: Rig, suite: Path, step: Step) -> None:
        loop = Loop(rig)
        loop.play(suite)
        self.conversation = shown_loop(rig, loop.said)
        if loop.said[-1].is_error:
            raise UserError(
                "the conversation does not end green", details=self.conversation.splitlines()[-12:], whose="the bench's"
            )
        step.summarise(f"{sum(one.is_call for one in loop.said)} calls")


def measure(rig: Path, folder: Path) -> Iterator[Figure]:
    """All figures."""
    starts = dict[Sequence[str], list[float]]()
    for command in (BARE, OURS) * ROUNDS:
        with serving(rig, command=command) as server:
            starts.setdefault(command, []).append(server.initialize_s)
    yield Figure("first answer to `initialize`, of a server of the SDK that does nothing", starts[BARE], "s")
    yield Figure("first answer to `initialize`", starts[OURS], "s", 0.8)
    with serving(rig) as server:
        yield from of_the_list(server)
        yield from _of_a_run(server)
    yield from _of_silence(rig, folder)
    yield from _of_the_ends(rig)
    with serving(rig) as server:
        yield from of_bad_input(server)


def of_the_list(server: Server) -> Iterator[Figure]:
    """How much of a conversation the tools take."""
    tools = server.ask("tools/list")["result"]["tools"]
    seen = [_size({key: tool[key] for key in ("name", "description", "inputSchema")}) for tool in tools]
    parameters = [one for tool in tools for one in tool["inputSchema"]["properties"].values()]
    yield Figure("list of the eight tools", [_size(tools[:_EIGHT])], "bytes", 8192)
    yield Figure("a tool as a model sees it", [size / _BYTES_A_TOKEN for size in seen], "tokens", 150)
    yield Figure("parameters without a description", [sum(not one.get("description") for one in parameters)], "", 0)


def _of_a_run(server: Server) -> Iterator[Figure]:
    lists = []
    number = server.call("run_livetest")
    while server.read(lambda message: "method" in message or message.get("id") == number).get("id") != number:
        asked_s = time.perf_counter()
        server.ask_beside(number, "tools/list")
        lists.append(1000 * (time.perf_counter() - asked_s))
        if len(lists) == ROUNDS * 4:
            server.read(lambda message: message.get("id") == number)
            break
    yield Figure("`tools/list` during a run", lists, "ms", 50)


def _of_silence(rig: Path, folder: Path) -> Iterator[Figure]:
    suite = folder / "silent live test"
    suite.mkdir()
    (suite / "test_silence.py").write_text(_SILENT_SUITE, encoding="utf-8")
    gaps = []
    with serving(rig, {SUITE_SETTING: str(suite)}) as server:
        number, last_s = server.call("run_livetest"), time.perf_counter()
        while server.read(lambda message: "method" in message or message.get("id") == number).get("id") != number:
            gaps.append(time.perf_counter() - last_s)
            last_s = time.perf_counter()
        gaps.append(time.perf_counter() - last_s)
    yield Figure(f"longest gap in progress, in a test that is silent for {SILENT_S} s", [max(gaps)], "s", 10)


def _of_the_ends(rig: Path) -> Iterator[Figure]:
    first, taken = list[float](), dict[str, list[float]]()
    for name, end in _ENDS.items():
        for _ in range(ROUNDS):
            with serving(rig) as server:
                called_s = time.perf_counter()
                number = server.call("run_livetest")
                server.read(lambda message: "method" in message)
                first.append(1000 * (time.perf_counter() - called_s))
                server.read(lambda message: "%" in message.get("params", {}).get("message", ""))
                started_s = time.perf_counter()
                end(server, number)
                while work_in(rig) and time.perf_counter() - started_s < _END_TIMEOUT_S:
                    time.sleep(_LOOK_S)
                taken.setdefault(name, []).append(time.perf_counter() - started_s)
    yield Figure("first progress of a call", first, "ms", 100)
    for name, values in taken.items():
        yield Figure(f"{name} to the last process dead", values, "s", 1.5)


def of_bad_input(server: Server, calls: int = CALLS) -> Iterator[Figure]:
    """What a server survives."""
    yield Figure("kinds of malformed lines that it does not survive", [len(MALFORMED) - survived(server)], "", 0)
    refused, wrong = fuzz(server, calls)
    yield Figure(f"fuzzed calls, of {calls:,}, that were refused", [refused], "")
    yield Figure(f"fuzzed calls, of {calls:,}, that were not answered as they should", [wrong], "", 0)


def figures_table(bench: McpBench) -> str:
    """A row a figure."""
    rows = []
    for one in bench.figures:
        target = "" if one.target is None else one.shown(one.target)
        rows.append([one.name, one.shown(median(one.values)), one.shown(max(one.values)), target])
    return table(["", "median", "worst", "target"], rows)


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _cancel(server: Server, number: int) -> None:
    server.send({"method": "notifications/cancelled", "params": {"requestId": number}})


def _signal(number: signal.Signals) -> Callable[[Server, int], None]:
    return lambda server, _: server.process.send_signal(number)


_ENDS: dict[str, Callable[[Server, int], None]] = {
    "cancel": _cancel,
    "end of input": lambda server, _: server.end_of_input(),
    "SIGINT": _signal(signal.SIGINT),
    "SIGTERM": _signal(signal.SIGTERM),
    "SIGKILL": _signal(signal.SIGKILL),
}
