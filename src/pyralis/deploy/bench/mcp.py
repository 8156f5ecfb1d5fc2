"""MCP: how fast the server answers, and how fast everything ends, in bare JSON lines.

`python -m pyralis.deploy.bench.mcp` runs it in a rig of its own, with a PC as its one device. Exit status 1 where a
target is missed.
"""

import json
import os
import random
import re
import signal
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import IO, Any, cast

from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import package_environment

ROUNDS = 5
CALLS = 10_000
_BYTES_A_TOKEN = 4  # of JSON
_EIGHT = 8
_SEED = 5
_DEVICE = {"id": "pc", "type": "pc", "platform": "cpython", "group": "pc", "test": True}
_NAMES = [
    "run_build",
    "run_flash",
    "run_livetest",
    "run_all_devices",
    "read_status",
    "use_device",
    "tail_serial",
    "no_such_tool",
]
_SHARE_GIVEN, _SHARE_UNKNOWN = 0.2, 0.02
_INTERNAL_ERROR = -32603
MALFORMED: tuple[bytes, ...] = (
    *(b"", b" ", b"{", b"}", b"[", b"]", b"[]", b"{}", b"null", b"true", b"0", b'"text"', b"-", b"{]", b"[1,", b"\x00"),
    *(b"\xff\xfe", b"\xc3\x28", b"[" * 50_000, b'{"a":' * 20_000, b'"' + b"x" * 1_000_000, b"1e999", b"NaN"),
    *(
        b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
        b'{"jsonrpc":"2.0"}',
        b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
    ),
    *(b'{"jsonrpc":"2.0","id":{},"method":"ping"}', b'{"jsonrpc":"2.0","id":1}', b'{"jsonrpc":"2.0","method":5}'),
    *(
        b'{"jsonrpc":"2.0","id":9,"result":{}}',
        b'{"jsonrpc":"2.0","id":9,"error":{}}',
        b'[{"jsonrpc":"2.0"}]',
        b"\xef\xbb\xbf{}",
    ),
)


class Server:
    """A server as a process, greeted."""

    def __init__(self, rig: Path) -> None:
        started_s = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pyralis", "mcp"],
            cwd=rig,
            env=package_environment(),
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
def _server(rig: Path) -> Iterator[Server]:
    server = Server(rig)
    try:
        yield server
    finally:
        server.process.kill()
        server.close()


def measure(rig: Path) -> Iterator[tuple[str, float, float, str]]:
    """What was measured: name, value, target that it must not exceed, unit."""
    starts = []
    for _ in range(ROUNDS):
        with _server(rig) as server:
            starts.append(server.initialize_s)
    yield "first answer to initialize", median(starts), 0.8, "s"
    with _server(rig) as server:
        yield from _of_the_list(server)
        yield from _of_a_run(server)
    yield from _of_the_ends(rig)
    with _server(rig) as server:
        yield from _of_bad_input(server)


def _of_the_list(server: Server) -> Iterator[tuple[str, float, float, str]]:
    tools = server.ask("tools/list")["result"]["tools"]
    eight = tools[:_EIGHT]
    seen = [_size({key: tool[key] for key in ("name", "description", "inputSchema")}) for tool in eight]
    parameters = [one for tool in tools for one in tool["inputSchema"]["properties"].values()]
    yield "list of the eight tools", _size(eight), 8192, "bytes"
    yield "a tool as a model sees it, on average", sum(seen) / len(seen) / _BYTES_A_TOKEN, 150, "tokens"
    yield "the largest tool", max(seen) / _BYTES_A_TOKEN, 0, "tokens"
    yield "parameters without a description", sum(not one.get("description") for one in parameters), 0.5, ""


def _of_a_run(server: Server) -> Iterator[tuple[str, float, float, str]]:
    last_s = time.perf_counter()
    number = server.call("run_livetest")
    gaps, lists = [], []
    while server.read(lambda message: "method" in message or message.get("id") == number).get("id") != number:
        gaps.append(time.perf_counter() - last_s)
        asked_s = time.perf_counter()
        server.ask_beside(number, "tools/list")
        lists.append(time.perf_counter() - asked_s)
        last_s = time.perf_counter()
        if len(lists) == ROUNDS * 4:
            server.read(lambda message: message.get("id") == number)
            break
    yield "first progress of a call", gaps[0], 0.1, "s"
    yield "longest gap in its progress", max(gaps), 10, "s"
    yield "tools/list during a run, at worst", max(lists), 0.05, "s"


def _of_the_ends(rig: Path) -> Iterator[tuple[str, float, float, str]]:
    for name, end in _ENDS:
        taken = []
        for _ in range(ROUNDS):
            with _server(rig) as server:
                number = server.call("run_livetest")
                server.read(lambda message: "%" in message.get("params", {}).get("message", ""))
                started_s = time.perf_counter()
                end(server, number)
                while _work_in(rig):
                    time.sleep(0.002)
                    if time.perf_counter() - started_s > 10:
                        break
                taken.append(time.perf_counter() - started_s)
        yield f"{name} to the last process dead, at worst", max(taken), 1.5, "s"


def _of_bad_input(server: Server) -> Iterator[tuple[str, float, float, str]]:
    for line in MALFORMED:
        server.send_line(line)
    tools = server.ask("tools/list")["result"]["tools"]
    yield "kinds of malformed lines survived", len(MALFORMED), 0, ""
    chance = random.Random(_SEED)  # noqa: S311  # the same calls each time
    parameters = {tool["name"]: list(tool["inputSchema"]["properties"]) for tool in tools}
    wrong, refused = 0, 0
    for _ in range(CALLS):
        name = chance.choice(_NAMES)
        answer = server.ask("tools/call", name=name, arguments=_fuzzed(chance, parameters.get(name, [])))
        wrong += not _is_right(answer)
        refused += "error" in answer or answer["result"].get("isError", False)
    yield f"of {CALLS} fuzzed calls, those refused", refused, 0, ""
    yield f"of {CALLS} fuzzed calls, those not answered as they should", wrong, 0.5, ""


def _is_right(answer: dict[str, Any]) -> bool:
    """A result with its structure, or an error that says more than that there was one."""
    if "error" in answer:
        return bool(answer["error"]["code"] != _INTERNAL_ERROR)
    result: dict[str, Any] = answer["result"]
    if result.get("isError"):
        return re.fullmatch(r"Error executing tool \S*", result["content"][0]["text"]) is None
    return "structuredContent" in result


def _fuzzed(chance: random.Random, parameters: list[str]) -> dict[str, Any]:
    values: list[Any] = [
        None,
        -1,
        0,
        1,
        1e300,
        "",
        "pc",
        "--help",
        "../..",
        "\x00",
        [],
        ["pc"],
        ["pc", 5],
        {},
        {"a": [{}]},
    ]
    values.append("".join(chance.choices(string.printable, k=chance.randrange(200))))
    found = {name: chance.choice(values) for name in parameters if chance.random() < _SHARE_GIVEN}
    found |= {"unknown": 1} if chance.random() < _SHARE_UNKNOWN else {}
    # What is right by chance must not run: this is about the server.
    return found | ({"dry_run": True} if "dry_run" in parameters else {})


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _work_in(rig: Path) -> bool:
    """Whether a process is in the rig's folder, or has it in its command line."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            here = str((process / "cwd").readlink()).startswith(str(rig))
            if (here or str(rig).encode() in (process / "cmdline").read_bytes()) and not _is_server(process):
                return True
        except OSError:
            continue
    return False


def _is_server(process: Path) -> bool:
    return (process / "cmdline").read_bytes().endswith(b"pyralis\0mcp\0")


_ENDS: tuple[tuple[str, Callable[[Server, int], None]], ...] = (
    (
        "cancel",
        lambda server, number: server.send({"method": "notifications/cancelled", "params": {"requestId": number}}),
    ),
    ("end of input", lambda server, _: server.end_of_input()),
    ("SIGINT", lambda server, _: server.process.send_signal(signal.SIGINT)),
    ("SIGTERM", lambda server, _: server.process.send_signal(signal.SIGTERM)),
    ("SIGKILL", lambda server, _: server.process.send_signal(signal.SIGKILL)),
)


def main() -> int:
    """Measure, print a table; returns the exit status."""
    missed = 0
    with tempfile.TemporaryDirectory(prefix="pyralis mcp ") as folder:
        rig = Path(folder) / f"rig {os.getpid()}"
        make_rig(rig)
        (rig / "devicelist.json").write_text(json.dumps([_DEVICE]), encoding="utf-8")
        for name, value, target, unit in measure(rig):
            late = bool(target) and value > target
            missed += late
            wanted = f"  target {target:g}" if target else ""
            print(f"{name:<58} {value:9.3f} {unit}{wanted}{'  MISSED' if late else ''}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
