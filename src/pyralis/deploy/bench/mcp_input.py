"""MCP input: lines that are no messages, and calls without sense; a server survives both, with right errors."""

import random
import re
import string
from collections.abc import Iterable
from typing import Any

from pyralis.deploy.bench.mcp_lines import Server

CALLS = 10_000
_SEED = 5
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


def survived(server: Server, lines: Iterable[bytes] = MALFORMED) -> int:
    """Send each line, and a request after it; gives how many requests were answered as if nothing had been."""
    found = 0
    for line in lines:
        server.send_line(line)
        found += "tools" in server.ask("tools/list").get("result", {})
    return found


def fuzz(server: Server, calls: int = CALLS) -> tuple[int, int]:
    """Call tools with whatever; gives how many calls were refused, and how many were not answered as they should."""
    chance = random.Random(_SEED)  # noqa: S311  # the same calls each time
    tools = server.ask("tools/list")["result"]["tools"]
    parameters = {tool["name"]: list(tool["inputSchema"]["properties"]) for tool in tools}
    wrong, refused = 0, 0
    for _ in range(calls):
        name = chance.choice(_NAMES)
        answer = server.ask("tools/call", name=name, arguments=_fuzzed(chance, parameters.get(name, [])))
        wrong += not is_right(answer)
        refused += "error" in answer or answer["result"].get("isError", False)
    return refused, wrong


def is_right(answer: dict[str, Any]) -> bool:
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
        "http://[::1",
        "http://127.0.0.1:99999",
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
