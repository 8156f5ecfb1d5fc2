"""The MCP server as a client has it: by the SDK's own client, or as bare lines where a test plays with its process."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from mcp_types import CallToolResult

    from pyralis.deploy.rig import Rig

COMMAND = [sys.executable, "-P", "-m", "pyralis", "mcp"]
TIMEOUT_S = 25


def converse(rig: Rig, talk: Callable[[Client], Awaitable[None]], **options: Any) -> None:
    """Start a server for the rig, talk with it by the SDK's client, and stop it."""

    async def work() -> None:
        with anyio.fail_after(TIMEOUT_S):
            async with connected(rig, **options) as client:
                await talk(client)

    anyio.run(work)


@asynccontextmanager
async def connected(rig: Rig, **options: Any) -> AsyncIterator[Client]:
    """A client of a server of its own."""
    server = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], cwd=rig.root)
    async with Client(server, **options) as client:
        yield client


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
    messages: list[str] = field(default_factory=list)
    seen: anyio.Event = field(default_factory=anyio.Event)  # once `until` was in a message
    until: str = ""

    async def __call__(self, progress: float, _total: float | None, message: str | None) -> None:
        self.values.append(progress)
        self.messages.append(message or "")
        if self.until and self.until in (message or ""):
            self.seen.set()


class Lines:
    """A server as a process of ours, spoken to in bare JSON lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
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
        self.send({"id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": meta}})

    def wait_for_progress(self, text: str) -> None:
        """Wait until a progress message has it."""
        self.read_until(lambda message: text in message.get("params", {}).get("message", ""))

    def end_of_input(self) -> None:
        """Leave as a client does."""
        self._stdin.close()


@contextmanager
def lines(rig: Rig) -> Iterator[Lines]:
    """A server that has been greeted; it is dead afterwards."""
    process = subprocess.Popen(COMMAND, cwd=rig.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        server = Lines(process)
        client = {"name": "test", "version": "1"}
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
        server.send({"id": 0, "method": "initialize", "params": params})
        assert server.answer(0)["result"]["serverInfo"]["name"] == "pyralis"
        server.send({"method": "notifications/initialized"})
        yield server
    finally:
        process.kill()
        process.communicate()


def _there(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
