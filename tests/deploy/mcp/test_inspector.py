"""The server as the protocol's own inspector sees it, which is strict about schemas that not all clients can read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import npm_packages
import pytest
from mcp_session import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

    from pyralis.deploy.rig import Rig

PACKAGE, VERSION = "@modelcontextprotocol/inspector", "2.12.0"
PROBLEMS_STATUS = 6
BAD_SERVER = """
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool

def takes_anything() -> None:
    'Bad.'

tool = Tool.from_function(takes_anything)
tool.parameters = {"type": "object", "properties": {"anything": True}}
MCPServer("bad", tools=[tool]).run()
"""

pytestmark = pytest.mark.xdist_group("npm")


@pytest.fixture(scope="module")
def inspector() -> Path:
    return npm_packages.program(PACKAGE, VERSION, "mcp-inspector")


def inspect(inspector: Path, rig: Rig, *words: str) -> Any:
    done = npm_packages.run(inspector, "--cli", *COMMAND, *words, cwd=rig.root)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_tools_have_no_problem_that_a_client_could_stumble_over(inspector: Path, rig: Rig) -> None:
    assert len(inspect(inspector, rig, "--method", "tools/list", "--strict")["tools"]) == 10


def test_a_problem_would_be_found(inspector: Path, rig: Rig, tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    server.write_text(BAD_SERVER, encoding="utf-8")
    words = ("--method", "tools/list", "--strict")
    done = npm_packages.run(inspector, "--cli", COMMAND[0], str(server), *words, cwd=rig.root)
    assert done.returncode == PROBLEMS_STATUS, done.stderr
    assert "bare" in done.stderr.lower()


def test_a_tool_is_called_and_a_resource_read(inspector: Path, rig: Rig) -> None:
    answer = inspect(inspector, rig, "--method", "tools/call", "--tool-name", "run_build", "--tool-arg", "dry_run=true")
    assert answer["structuredContent"]["status"] == "dry_run"
    assert answer["structuredContent"]["command"] == "pyralis build --target=pc"
    read = inspect(inspector, rig, "--method", "resources/read", "--uri", "pyralis://devices")
    listed = json.loads(rig.device_file.read_text(encoding="utf-8"))
    assert [one["id"] for one in json.loads(read["contents"][0]["text"])] == [one["id"] for one in listed]
