"""MCP server: an agent drives the pipeline from its conversation: over stdin and stdout, by the commands people use.

Imports nothing of the pipeline: each call is a child process, and the server is ready before a client loses patience.
"""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path

import anyio
from mcp.server.mcpserver import MCPServer

from pyralis import __version__
from pyralis.deploy.mcp.changes import Changes, add_changes
from pyralis.deploy.mcp.completions import add_completions
from pyralis.deploy.mcp.device_tools import DeviceTools
from pyralis.deploy.mcp.prompts import add_prompts, refuse_wrong_prompts
from pyralis.deploy.mcp.registry import registered
from pyralis.deploy.mcp.resources import add_resources
from pyralis.deploy.mcp.run import Commands
from pyralis.deploy.mcp.sources import state_of
from pyralis.deploy.mcp.tools import Tools

_SIGNAL_BASE = 128
_INSTRUCTIONS = """Pyralis: one Python source for LED lights on PCs and ESP32 boards.
After a change: run_all_pc. For boards: list_devices, run_build, run_flash, run_livetest, read_status.
Each failure comes with its reason and the path of its log. Virtual boards ("serial": "twin") need no hardware."""


def make_server(start: Path | None, commands: Commands) -> MCPServer[None]:
    """A server for the rig around a folder; the rig is looked for anew in each call."""
    server: MCPServer[None] = MCPServer(
        "pyralis",
        instructions=_INSTRUCTIONS,
        version=__version__,
        tools=registered(Tools(start, commands), DeviceTools(start)),
        log_level="WARNING",
        middleware=[refuse_wrong_prompts],
    )
    add_resources(server, start, commands)
    add_prompts(server)
    add_completions(server, start)
    add_changes(server, Changes(partial(state_of, start)))
    return server


def serve(start: Path | None) -> int:
    """Serve until stdin ends; returns the exit status."""
    commands = Commands()
    server = make_server(start, commands)

    async def work() -> None:
        loop = asyncio.get_running_loop()
        ending = set()  # keeps the task

        def end(number: int) -> None:
            ending.add(loop.create_task(_end(commands, number)))

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end, number)
        await server.run_stdio_async()

    anyio.run(work)
    return 0


async def _end(commands: Commands, number: int) -> None:
    try:
        await commands.stop_all()
    finally:
        # At once: the thread that reads stdin would wait for the client's next line.
        os._exit(_SIGNAL_BASE + number)
