"""MCP loop: from a conversation alone an effect is changed, carried to two boards, found red on one, mended, and green.

The server, the boards' flashes and what runs on them are real; the boards are virtual, and the agent is this script.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyralis.deploy.live.run import SUITE_SETTING
from pyralis.deploy.rig import Rig, package_environment

CALLS = 8  # at most, of tools and resources
_TIMEOUT_S = 120
_BOARDS: list[dict[str, Any]] = [
    {"id": name, "type": "esp32", "platform": platform, "group": "wall", "serial": "twin", "test": True}
    for name, platform in (("wall-1", "esp32s3"), ("wall-2", "esp32dev"))
]
_SUITE = """
import json, urllib.request
from pyralis.deploy.live.context import from_environment

def test_every_module_is_well():
    with urllib.request.urlopen(from_environment().url + "/api/modules", timeout=5) as answer:
        modules = json.load(answer)["modules"]
    ill = [module["name"] + ": " + module["health"] for module in modules if module["status"] != "ok"]
    if ill:
        raise AssertionError("; ".join(ill))
"""
_PLACE = "        super().define_controls()"
_CHANGE = "        self.trail = bytearray(150_000)"  # which one kind of board has room for, and the other one has not
_LOG = "pyralis://devices/wall-2/serial-log"


@dataclass
class Said:
    """One call, or an edit between calls, and what was answered."""

    what: str
    text: str = ""
    structure: dict[str, Any] = field(default_factory=dict)
    is_error: bool = False
    is_call: bool = True


@dataclass
class Loop:
    """One conversation about a rig of its own."""

    rig: Rig
    said: list[Said] = field(default_factory=list)

    def play(self, folder: Path) -> None:
        """Play it, with a server that runs the one live test in `folder`."""
        import anyio

        self.rig.device_file.write_text(json.dumps(_BOARDS), encoding="utf-8")
        folder.mkdir()
        (folder / "test_modules.py").write_text(_SUITE, encoding="utf-8")
        anyio.run(self._connect, folder)

    async def _connect(self, suite: Path) -> None:
        import anyio
        from mcp import Client
        from mcp.client.stdio import StdioServerParameters

        command = [sys.executable, "-P", "-m", "pyralis", "mcp"]
        env = {**package_environment(), SUITE_SETTING: str(suite)}
        server = StdioServerParameters(command=command[0], args=command[1:], cwd=self.rig.root, env=env)
        with anyio.fail_after(_TIMEOUT_S):
            async with Client(server) as client:
                await self._talk(client)

    async def _talk(self, client: Any) -> None:
        effect = self.rig.modules / "sparkle.py"
        good = effect.read_text(encoding="utf-8")
        self._edit(effect, good.replace(_PLACE, f"{_CHANGE}\n{_PLACE}"), f"+{_CHANGE}")
        await self._call(client, "run_build", target="esp32dev")
        await self._call(client, "run_flash", group="wall")
        await self._call(client, "run_livetest", group="wall")
        await self._call(client, "read_status", device="wall-2")
        await self._read(client, _LOG)
        self._edit(effect, good, f"-{_CHANGE}")
        await self._call(client, "run_flash", group="wall")
        await self._call(client, "run_livetest", group="wall")

    def _edit(self, path: Path, text: str, shown: str) -> None:
        path.write_text(text, encoding="utf-8")
        self.said.append(Said(f"edit {path.relative_to(self.rig.root)}", shown, is_call=False))

    async def _call(self, client: Any, tool: str, **arguments: str) -> None:
        answer = await client.call_tool(tool, arguments)
        text = "\n".join(block.text for block in answer.content if block.type == "text")
        structure = answer.structured_content or {}
        self.said.append(Said(f"{tool} {json.dumps(arguments)}", text, structure, bool(answer.is_error)))

    async def _read(self, client: Any, uri: str) -> None:
        (found,) = (await client.read_resource(uri)).contents
        self.said.append(Said(f"read {uri}", found.text))


def shown(rig: Rig, said: Sequence[Said]) -> str:
    """The whole conversation as Markdown; of the board's log what it says of the effect."""
    parts = [f"> {one.what}\n{_of_the_effect(one.text) if one.what == f'read {_LOG}' else one.text}" for one in said]
    return "\n".join(["```", "\n\n".join(parts), "```"]).replace(f"{rig.root}/", "")


def _of_the_effect(log: str) -> str:
    """Its lines without their times, each once."""
    lines = [line.partition(" ")[2] for line in log.splitlines() if "sparkle" in line.lower()]
    return "\n".join(dict.fromkeys(lines))
