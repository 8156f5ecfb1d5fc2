"""Serve the pipeline to an agent, by the Model Context Protocol over stdin and stdout."""

import argparse
import sys

from pyralis.deploy.commands.common import add_rig
from pyralis.deploy.errors import UserError
from pyralis.deploy.terminal import say

_EPILOG = """examples:
  pyralis mcp                       for the rig around you; a client starts it
  pyralis mcp --rig ~/lights        for the rig of another folder
  uv run --extra mcp pyralis mcp    in a clone of the repository, as .mcp.json has it

Its tools are the commands, run with --json; each is a process of its own, and none outlives the server. docs/mcp.md
has the rest."""
_NEEDED = ("mcp", "mcp_types", "anyio", "pydantic")


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_rig(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Serve until the client leaves."""
    try:
        from pyralis.deploy.mcp_server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        raise UserError(
            f"the MCP server needs the package {error.name}, which this installation leaves out",
            whose="the installation's",
            todo="install pyralis[mcp]; in a clone of the repository start it with `uv run --extra mcp pyralis mcp`",
        ) from None
    if sys.stdin.isatty():
        say("this is for MCP clients, which start it themselves: see docs/mcp.md; Ctrl-C ends it", sys.stderr)
    return serve(options.rig)
