"""The MCP server as a client has it: by the SDK's own client, or as bare lines where a test plays with its process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from pyralis.deploy.live.run import SUITE_SETTING
from pyralis.deploy.mcp.run import Commands
from pyralis.deploy.mcp_server import make_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from mcp.server.mcpserver import MCPServer
    from mcp_types import CallToolResult

    from pyralis.deploy.rig import Rig

COMMAND = [sys.executable, "-P", "-m", "pyralis", "mcp"]
TIMEOUT_S = 50  # beside other tests
END_TIMEOUT_S = 10


def converse(rig: Rig, talk: Callable[[Client], Awaitable[None]], suite: Path | None = None) -> None:
    """Start a server for the rig, with live tests of its own if given, and talk with it by the SDK's client."""
    env = {SUITE_SETTING: str(suite)} if suite else None
    _talk(StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], cwd=rig.root, env=env), talk)


def converse_here(rig: Rig, talk: Callable[[Client], Awaitable[None]], **options: Any) -> None:
    """The same without a process of its own, where it is about what the server says."""
    _talk(make_server(rig.root, Commands()), talk, **options)


def _talk(
    server: StdioServerParameters | MCPServer[None], talk: Callable[[Client], Awaitable[None]], **options: Any
) -> None:
    async def work() -> None:
        with anyio.fail_after(TIMEOUT_S):
            async with Client(server, **options) as client:
                await talk(client)

    try:
        anyio.run(work)
    except BaseExceptionGroup as group:
        # What went wrong, without the task groups that it went through.
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error from None


def write_suite(folder: Path, text: str) -> Path:
    """A suite of live tests, for a server to run instead of the package's."""
    path = folder / "suite"
    path.mkdir()
    (path / "test_small.py").write_text(text, encoding="utf-8")
    return path


def text_of(answer: CallToolResult) -> str:
    """The text of an answer."""
    return "\n".join(block.text for block in answer.content if block.type == "text")


def structure_of(answer: CallToolResult) -> dict[str, Any]:
    """The structure of an answer."""
    found = answer.structured_content
    assert isinstance(found, dict)
    return found


@dataclass
class Progress:
    """Keeps what a call tells while it runs."""

    values: list[float] = field(default_factory=list)
    totals: set[float | None] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)
    seen: anyio.Event = field(default_factory=anyio.Event)  # once `until` was in a message
    until: str = ""

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        self.values.append(progress)
        self.totals.add(total)
        self.messages.append(message or "")
        if self.until and self.until in (message or ""):
            self.seen.set()


class Lines:
    """A server as a process of ours, spoken to in bare JSON lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.greeting: dict[str, Any] = {}
        self._stdin: IO[str] = _there(process.stdin)
        self._stdout: IO[str] = _there(process.stdout)

    def send(self, value: dict[str, Any]) -> None:
        """Send a message."""
        self.send_line(json.dumps({"jsonrpc": "2.0", **value}))

    def send_line(self, line: str) -> None:
        """Send any line."""
        self._stdin.write(line + "\n")
        self._stdin.flush()

    def read_until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that is it."""
        for line in self._stdout:
            message: dict[str, Any] = json.loads(line)
            if is_it(message):
                return message
        raise AssertionError("the server has closed its output")

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to a request."""
        return self.read_until(lambda message: message.get("id") == number)

    def call(self, number: int, tool: str, **arguments: Any) -> None:
        """Ask for a tool, with progress."""
        meta = {"progressToken": number}
        self.send(
            {"id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": meta}}
        )

    def wait_for_progress(self, text: str) -> None:
        """Wait until a progress message has it."""
        self.read_until(lambda message: text in message.get("params", {}).get("message", ""))

    def end_of_input(self) -> None:
        """Leave as a client does."""
        self._stdin.close()

    def close(self) -> None:
        """Close both ends."""
        with suppress(BrokenPipeError):  # what was not read by a server that is dead now
            self._stdin.close()
        self._stdout.close()


@contextmanager
def lines(rig: Rig, suite: Path | None = None) -> Iterator[Lines]:
    """A server that has been greeted; it is dead afterwards."""
    env = {**os.environ, **({SUITE_SETTING: str(suite)} if suite else {})}
    process = subprocess.Popen(
        COMMAND, cwd=rig.root, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    server = Lines(process)
    try:
        client = {"name": "test", "version": "1"}
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
        server.send({"id": 0, "method": "initialize", "params": params})
        server.greeting = server.answer(0)["result"]
        assert server.greeting["serverInfo"]["name"] == "pyralis"
        server.send({"method": "notifications/initialized"})
        yield server
    finally:
        process.kill()
        process.wait()
        server.close()


def pids_at_work(rig: Rig) -> list[int]:
    """Processes in the rig's folder, or with it in their command lines; not the server."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            here = (process / "cwd").readlink().is_relative_to(rig.root)
        except OSError:
            continue
        if (here or str(rig.root).encode() in command) and not command.endswith(b"pyralis\0mcp\0"):
            found.append(int(process.name))
    return found


def wait_until_nobody_works(rig: Rig) -> None:
    """Wait until all of them have ended."""
    deadline_s = time.monotonic() + END_TIMEOUT_S
    while left := pids_at_work(rig):
        assert time.monotonic() < deadline_s, f"processes {left} still run"
        time.sleep(0.01)


def _there(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
