"""The server: what it offers, and what it answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from mcp_session import Progress, converse, converse_here, structure_of, text_of, write_suite
from virtual_boards import entry, plugged_in

from pyralis.deploy.build.targets import ALL, TARGETS
from pyralis.deploy.cli import COMMANDS
from pyralis.deploy.device_claim import own
from pyralis.deploy.devices import TYPES, Device
from pyralis.deploy.flash import record
from pyralis.deploy.mcp import parameters
from pyralis.deploy.twin.host import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp import Client

    from pyralis.deploy.rig import Rig

REPOSITORY = Path(__file__).resolve().parents[3]
PC = {"id": "pc", "type": "pc", "platform": "cpython", "group": "pc", "test": True}
EIGHT = [
    "run_all_pc",
    "run_all_devices",
    "run_build",
    "run_flash",
    "run_livetest",
    "run_summarise",
    "read_status",
    "list_devices",
]
MAX_LIST_BYTES = 8 * 1024
MAX_TOKENS = 2_000
MAX_TOKENS_A_TOOL = 150
BOUNDS = ("boolean", "array", "maxLength", "maximum", "minimum", "maxProperties", "enum")
BYTES_A_TOKEN = 4


def tokens(value: Any) -> float:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) / BYTES_A_TOKEN


def test_tools_are_described_bounded_and_small(rig: Rig) -> None:
    async def talk(client: Client) -> None:
        tools = [tool.model_dump(by_alias=True, exclude_none=True) for tool in (await client.list_tools()).tools]
        eight = [tool for tool in tools if tool["name"] in EIGHT]
        assert [tool["name"] for tool in eight] == EIGHT
        assert tokens(eight) * BYTES_A_TOKEN <= MAX_LIST_BYTES
        seen = [{key: tool[key] for key in ("name", "description", "inputSchema")} for tool in tools]
        assert max(map(tokens, seen)) <= MAX_TOKENS_A_TOOL
        for tool in tools:
            assert set(tool["annotations"]) >= {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
            assert tool["outputSchema"]["type"] == "object"
            for name, schema in tool["inputSchema"]["properties"].items():
                assert schema["description"], f"{tool['name']}.{name}"
                assert any(f'"{word}"' in json.dumps(schema) for word in BOUNDS), name
            if not tool["annotations"]["readOnlyHint"]:
                assert "dry_run" in tool["inputSchema"]["properties"]

    converse_here(rig, talk)


def test_every_tool_and_parameter_is_in_the_documents(rig: Rig) -> None:
    page = (REPOSITORY / "docs" / "mcp.md").read_text(encoding="utf-8")

    async def talk(client: Client) -> None:
        for tool in (await client.list_tools()).tools:
            (row,) = [line for line in page.splitlines() if line.startswith(f"| `{tool.name}`")]
            named = set(re.findall(r"`(\w+)`", row.split("|")[3]))
            assert set(tool.input_schema["properties"]) - {"dry_run"} <= named
        for resource in (await client.list_resources()).resources:
            assert f"`{resource.uri}`" in page
        for prompt in (await client.list_prompts()).prompts:
            assert f"`{prompt.name}`" in page

    converse_here(rig, talk)


def test_configuration_in_the_repository_starts_this_command() -> None:
    entry = json.loads((REPOSITORY / ".mcp.json").read_text(encoding="utf-8"))["mcpServers"]["pyralis"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tool, option, extra, script, command = [entry["command"], *entry["args"]][1:]
    assert (entry["command"], tool, option) == ("uv", "run", "--extra")
    assert extra in project["optional-dependencies"]
    assert script in project["scripts"]
    assert command in [one.name for one in COMMANDS]


def test_missing_package_is_named_with_what_to_do() -> None:
    program = "import sys; sys.modules['mcp'] = None; from pyralis.deploy.cli import main; sys.exit(main(['mcp']))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs the package mcp" in done.stderr
    assert "pyralis[mcp]" in done.stderr


def test_choices_are_those_of_the_commands() -> None:
    assert {*get_args(get_args(parameters.Target)[0])} == {*TARGETS, ALL}
    assert {*get_args(get_args(parameters.Type)[0])} == {"", *TYPES}


def test_build_tells_its_steps_and_answers_twice_the_same(rig: Rig) -> None:
    async def talk(client: Client) -> None:
        progress = Progress()
        answer = await client.call_tool("run_build", {"target": "pc"}, progress_callback=progress)
        found = structure_of(answer)
        assert not answer.is_error
        assert (found["command"], found["exit_code"], found["status"]) == ("pyralis build --target=pc", 0, "passed")
        assert [step["name"] for step in found["steps"]] == ["pc"]
        assert found["steps"][0]["said"] in text_of(answer)
        assert f"full log: {found['log']}" in text_of(answer)
        assert progress.messages[0] == "pyralis build --target=pc starts"
        assert progress.messages[-1] == "build: passed"
        assert progress.values == sorted(set(progress.values))
        assert (progress.values[0], progress.values[-1], progress.totals) == (0, 100, {100})

    converse(rig, talk)


def test_what_is_refused_says_so(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(PC)

    async def talk(client: Client) -> None:
        wrong: list[tuple[str, dict[str, Any], str]] = [
            ("run_flash", {"device": "pc"}, "device"),
            ("run_flash", {"devices": ["../pc"]}, "is not an id"),
            ("run_flash", {"workers": 0}, "workers"),
            ("run_flash", {"workers": 257}, "workers"),
            ("run_flash", {"timeout_s": 0}, "timeout_s"),
            ("run_flash", {"devices": ["pc"] * 65}, "at most 64"),
            ("use_device", {"device": "ftp://here"}, "is not an id"),
            ("use_device", {"device": "pc", "controls": {"speed": [1]}}, "controls"),
            ("run_build", {"target": "esp8266"}, "target"),
            ("run_livetest", {"group": "a\0b"}, "control characters"),
            ("no_such_tool", {}, "no_such_tool"),
        ]
        for tool, arguments, named in wrong:
            answer = await client.call_tool(tool, arguments)
            assert answer.is_error, tool
            assert named in text_of(answer)
        answer = await client.call_tool("run_livetest", {"group": "--help"})
        assert answer.is_error
        assert "no device matches: group --help" in text_of(answer)
        assert "[exit 1]" in text_of(answer)
        assert structure_of(answer)["exit_code"] == 1
        answer = await client.call_tool("read_status")
        assert answer.is_error
        assert "no live test has run" in text_of(answer)

    converse_here(rig, talk)


def test_dry_run_names_the_devices_and_writes_nothing(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(PC, entry("wall-1"), entry("wall-2"), entry("desk", group="desk"), entry("spare", test=False))
    before = sorted(rig.root.rglob("*"))

    async def talk(client: Client) -> None:
        expected = {
            ("run_all_pc", ()): ["pc"],
            ("run_all_devices", (("group", "desk"),)): ["desk"],
            ("run_build", (("target", "all"),)): [],
            ("run_flash", (("group", "wall"), ("flashfs", True))): ["wall-1", "wall-2"],
            ("run_flash", (("devices", ("spare",)),)): ["spare"],
            ("run_livetest", (("type", "esp32"),)): ["wall-1", "wall-2", "desk"],
            ("run_livetest", ()): ["pc", "wall-1", "wall-2", "desk"],
            ("run_summarise", ()): [],
        }
        for (tool, arguments), devices in expected.items():
            answer = await client.call_tool(tool, {**dict(arguments), "dry_run": True})
            found = structure_of(answer)
            assert not answer.is_error
            assert found["status"] == "dry_run"
            assert [one["id"] for one in found.get("devices", [])] == devices
            assert all(name in text_of(answer) for name in devices)
            assert f"would run: {found['command']}" in text_of(answer)

    converse_here(rig, talk)
    assert sorted(rig.root.rglob("*")) == before


def test_list_of_devices_says_what_needs_flashing_and_who_has_what(
    rig: Rig, write_devices: Callable[..., None]
) -> None:
    write_devices(PC, entry("wall-1"), entry("wall-2"), entry("wall-3"))
    for name, state in (("wall-1", record.WRITTEN), ("wall-2", record.WRITING)):
        record.save(rig, name, record.Record(state, "0123456789abcdef", "b", "c", "v1", "2026-11-24"))

    async def talk(client: Client) -> None:
        with own(rig, Device("wall-3", "esp32", "esp32dev")):
            answer = await client.call_tool("list_devices", {"type": "esp32"})
        found = {one["id"]: one for one in structure_of(answer)["devices"]}
        assert {name: one["image"] for name, one in found.items()} == {
            "wall-1": "0123456789ab",
            "wall-2": "needs flashing",
            "wall-3": "needs flashing",
        }
        assert found["wall-3"]["in_use_by"].startswith(f"process {os.getpid()}: ")
        assert f"in use by process {os.getpid()}: " in text_of(answer)
        rig.device_file.write_text("{", encoding="utf-8")
        answer = await client.call_tool("list_devices")
        assert answer.is_error
        assert "devicelist.json" in text_of(answer)

    converse_here(rig, talk)


@pytest.mark.usefixtures("micropython")
def test_failed_flash_gives_each_board_its_reason(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(entry("wall-1"), entry("wall-2"), entry("wall-3"))

    async def talk(client: Client) -> None:
        with own(rig, Device("wall-3", "esp32", "esp32dev")):
            answer = await client.call_tool("run_flash", {"group": "wall", "timeout_s": 20})
        found = structure_of(answer)
        devices = {one["id"]: one for one in found["devices"]}
        assert answer.is_error
        assert found["exit_code"] == 1
        assert "[exit 1]" in text_of(answer)
        assert {name: one["status"] for name, one in devices.items()} == {
            "wall-1": "passed",
            "wall-2": "failed",
            "wall-3": "failed",
        }
        assert devices["wall-2"]["reason"] in text_of(answer)
        assert (rig.root / devices["wall-2"]["log"]).is_file()
        assert f"'wall-3' is in use by process {os.getpid()}" in devices["wall-3"]["reason"]
        assert found["counts"]["devices_failed"] == 2
        assert tokens(answer.model_dump(by_alias=True, exclude_none=True)) <= MAX_TOKENS

    with plugged_in(rig, Settings("wall-2", "esp32c3")):
        converse(rig, talk)


def test_live_test_and_status_tell_why_a_device_is_red(
    rig: Rig, write_devices: Callable[..., None], tmp_path: Path
) -> None:
    write_devices(PC)
    suite = write_suite(tmp_path, "def test_is_blue():\n    assert 'red' == 'blue', 'it is not blue'\n")

    async def talk(client: Client) -> None:
        answer = await client.call_tool("run_livetest", {"devices": ["pc"]})
        found = structure_of(answer)
        assert answer.is_error
        assert [one["status"] for one in found["devices"]] == ["failed"]
        assert found["counts"] == {"devices": 1, "devices_failed": 1, "tests": 1, "tests_passed": 0}
        assert "it is not blue" in found["failures"][0]["reason"]
        assert "it is not blue" in text_of(answer)
        answer = await client.call_tool("read_status", {"device": "pc"})
        found = structure_of(answer)
        assert not answer.is_error
        assert [(one["id"], one["status"], one["tests"]) for one in found["devices"]] == [("pc", "failed", 1)]
        assert found["failures"][0]["name"] == "is blue"
        assert "it is not blue" in found["failures"][0]["reason"]
        assert "it is not blue" in text_of(answer)
        answer = await client.call_tool("read_status", {"device": "wall-1"})
        assert answer.is_error
        assert "results: pc" in text_of(answer)

    converse(rig, talk, suite)
