"""MCP lines: a server as a process, spoken to in bare JSON lines, so that what a client adds is not measured."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from pyralis.deploy.rig import package_environment

OURS = ("-m", "pyralis", "mcp")
BARE = ("-c", "from mcp.server.mcpserver import MCPServer; MCPServer('bare').run()")


class Server:
    """A server as a process, greeted."""

    def __init__(self, rig: Path, env: Mapping[str, str], command: Sequence[str] = OURS) -> None:
        started_s = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-P", *command],
            cwd=rig,
            env={**package_environment(), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._stdin = cast("IO[bytes]", self.process.stdin)
        self._stdout = cast("IO[bytes]", self.process.stdout)
        self._numbers = iter(range(1, sys.maxsize))
        client = {"name": "bench", "version": "1"}
        self.ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=client)
        self.initialize_s = time.perf_counter() - started_s
        self.send({"method": "notifications/initialized"})

    def send(self, value: dict[str, Any]) -> None:
        """Send a message."""
        self.send_line(json.dumps({"jsonrpc": "2.0", **value}).encode())

    def send_line(self, line: bytes) -> None:
        """Send any line."""
        self._stdin.write(line + b"\n")
        self._stdin.flush()

    def close(self) -> None:
        """Wait for its end, and close both pipes."""
        self.process.wait()
        self._stdin.close()
        self._stdout.close()

    def end_of_input(self) -> None:
        """Leave as a client does."""
        self._stdin.close()

    def begin(self, method: str, **params: Any) -> int:
        """Send a request; gives its number."""
        number = next(self._numbers)
        self.send({"id": number, "method": method, "params": params})
        return number

    def call(self, tool: str, **arguments: Any) -> int:
        """Begin to call a tool, with progress."""
        return self.begin("tools/call", name=tool, arguments=arguments, _meta={"progressToken": "p"})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        number = self.begin(method, **params)
        return self.read(lambda message: message.get("id") == number)

    def ask_beside(self, running: int, method: str) -> None:
        """Send a request while another one runs, and wait for whichever answer comes first."""
        numbers = (running, self.begin(method))
        self.read(lambda message: message.get("id") in numbers)

    def read(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that is it."""
        for line in self._stdout:
            message = json.loads(line)
            if is_it(message):
                return cast("dict[str, Any]", message)
        raise EOFError("the server has closed its output")


@contextmanager
def serving(rig: Path, env: Mapping[str, str] | None = None, command: Sequence[str] = OURS) -> Iterator[Server]:
    """A server for the rig in a folder; it is dead afterwards."""
    server = Server(rig, env or {}, command)
    try:
        yield server
    finally:
        server.process.kill()
        server.close()


def work_in(rig: Path) -> bool:
    """Whether a process is in the rig's folder or has it in its command line, beside the server."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            here = (process / "cwd").readlink().is_relative_to(rig)
        except OSError:
            continue
        if (here or str(rig).encode() in command) and not command.endswith(b"pyralis\0mcp\0"):
            return True
    return False
