"""Resources, their notices, prompts, and the question before settings are erased."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from mcp import MCPError
from mcp_session import converse_here, structure_of, text_of
from mcp_types import INVALID_PARAMS, ElicitResult, PromptReference, ResourceTemplateReference
from virtual_boards import entry

from pyralis.deploy.mcp.resources import MAX_RESOURCE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp import Client
    from mcp_types import ReadResourceResult

    from pyralis.deploy.rig import Rig


def content(read: ReadResourceResult) -> str:
    (found,) = read.contents
    text = getattr(found, "text", None)
    assert isinstance(text, str)
    return text


def test_resources_are_listed_and_read(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(entry("wall:1"))
    rig.logs.mkdir(parents=True)
    (rig.logs / "flash-wall-1.log").write_text("Hard resetting\n" * 2 + "x" * 300_000, encoding="utf-8")
    rig.live.mkdir(exist_ok=True)
    (rig.live / "live-results-all.json").write_text(json.dumps(["x" * 99] * 999), encoding="utf-8")
    (rig.live / "live-results-wall-1.json").write_text("{}", encoding="utf-8")
    (rig.root / "secrets.json").write_text("{}", encoding="utf-8")

    async def talk(client: Client) -> None:
        uris = {str(one.uri) for one in (await client.list_resources()).resources}
        templates = {one.uri_template for one in (await client.list_resource_templates()).resource_templates}
        assert {"pyralis://status", "pyralis://results", "pyralis://devices", "pyralis://footprint"} <= uris
        assert "pyralis://devices/{device}/serial-log" in templates
        assert "wall:1" in content(await client.read_resource("pyralis://devices"))
        assert content(await client.read_resource("pyralis://devices/wall:1/results")) == "{}"
        log = content(await client.read_resource("pyralis://devices/wall:1/flash-log"))
        assert log.startswith("Hard resetting  (x2)")
        assert len(log.encode()) <= MAX_RESOURCE_BYTES
        for uri, said in (
            ("pyralis://status", "run_summarise writes it"),
            ("pyralis://logs/..%2F..%2Fsecrets.json", "Unknown resource"),
            ("pyralis://logs/none.log", "is not there"),
            ("pyralis://results", "holds no results"),
            ("pyralis://devices/wall-9/flash-log", "there is no device"),
        ):
            with pytest.raises(MCPError, match=said):
                await client.read_resource(uri)

    converse_here(rig, talk)


def test_long_results_keep_what_did_not_pass(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(entry("wall-1"))
    rig.live.mkdir(exist_ok=True)
    good = [{"name": f"test {number}", "status": "passed", "reason": "x" * 90} for number in range(99)]
    bad = {"name": "it is blue", "status": "failed", "reason": "it is red"}
    devices = [{"id": f"wall-{number}", "type": "esp32", "fps": 60, "tests": good} for number in range(9)]
    devices[7] = {**devices[7], "tests": [*good, bad]}
    text = json.dumps({"format": 1, "environment": {"commit": "c"}, "devices": devices})
    for name in ("live-results-all.json", "live-results-wall-1.json"):
        (rig.live / name).write_text(text, encoding="utf-8")

    async def talk(client: Client) -> None:
        for uri in ("pyralis://results", "pyralis://devices/wall-1/results"):
            found = content(await client.read_resource(uri))
            assert len(found.encode()) <= MAX_RESOURCE_BYTES
            results = json.loads(found)
            assert "all of it is in" in results["without"]
            assert results["environment"] == {"commit": "c"}
            assert results["devices"][0] == {"id": "wall-7", "type": "esp32", "passed": 99, "tests": [bad]}
            assert [one["passed"] for one in results["devices"]] == [99] * 9

    converse_here(rig, talk)


def test_arguments_are_completed(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(entry("wall-1"), entry("wall-2"), entry("desk"))
    rig.status.mkdir(parents=True, exist_ok=True)
    (rig.status / "footprint.md").write_text("# Footprint", encoding="utf-8")

    async def talk(client: Client) -> None:
        log = ResourceTemplateReference(uri="pyralis://devices/{device}/flash-log")
        found = await client.complete(log, {"name": "device", "value": "wall"})
        assert found.completion.values == ["wall-1", "wall-2"]
        page = ResourceTemplateReference(uri="pyralis://status/{page}")
        assert (await client.complete(page, {"name": "page", "value": ""})).completion.values == ["footprint"]
        board = PromptReference(name="bring_up_board")
        found = await client.complete(board, {"name": "platform", "value": "esp32s"})
        assert found.completion.values == ["esp32s3"]
        rig.device_file.write_text("{", encoding="utf-8")
        assert (await client.complete(log, {"name": "device", "value": ""})).completion.values == []

    converse_here(rig, talk)


def test_prompts_name_only_tools_and_resources_that_are_there(rig: Rig) -> None:
    async def talk(client: Client) -> None:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        for prompt in (await client.list_prompts()).prompts:
            arguments = {one.name: "wall-1" for one in prompt.arguments or []}
            got = await client.get_prompt(prompt.name, arguments)
            text = "".join(getattr(message.content, "text", "") for message in got.messages)
            words = {word.strip(".,:;()`") for word in text.split()}
            assert {word for word in words if word.startswith(("run_", "read_", "list_", "use_", "tail_"))} <= tools
            assert all(value in text for value in arguments.values())

    converse_here(rig, talk)


def test_wrong_request_for_a_prompt_is_the_requests_fault(rig: Rig) -> None:
    async def talk(client: Client) -> None:
        for name, said in (("no_such_prompt", "Unknown prompt"), ("why_red", "Missing required arguments")):
            with pytest.raises(MCPError, match=said) as raised:
                await client.get_prompt(name)
            assert raised.value.error.code == INVALID_PARAMS

    converse_here(rig, talk)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_settings_are_replaced_only_when_the_user_agrees(
    rig: Rig, write_devices: Callable[..., None], mode: str
) -> None:
    write_devices(entry("wall-1"))
    replies = [
        (ElicitResult(action="accept", content={"replace_settings": True}), "no device matches"),
        (ElicitResult(action="accept", content={"replace_settings": False}), "not confirmed"),
        (ElicitResult(action="decline"), "not confirmed"),
        (ElicitResult(action="cancel"), "not confirmed"),
    ]
    asked = 0

    async def ask(_context: Any, _question: Any) -> ElicitResult:
        nonlocal asked
        asked += 1
        return replies[asked - 1][0]

    async def talk(client: Client) -> None:
        for _, said in replies:
            # Who can be asked is asked, whatever the agent says.
            answer = await client.call_tool("run_flash", {"group": "none", "flashfs": True, "confirm": True})
            assert answer.is_error
            assert said in text_of(answer)
        for arguments in ({"flashfs": True, "dry_run": True}, {"group": "none"}):
            await client.call_tool("run_flash", arguments)
        assert asked == len(replies)

    converse_here(rig, talk, elicitation_callback=ask, mode=mode)


def test_client_that_cannot_ask_has_to_confirm(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(entry("wall-1"))

    async def talk(client: Client) -> None:
        for tool in ("run_flash", "run_all_devices"):
            wanted = {"group": "none", "flashfs": True}
            answer = await client.call_tool(tool, wanted)
            assert answer.is_error
            assert "call again with confirm" in text_of(answer)
            answer = await client.call_tool(tool, {**wanted, "confirm": True})
            assert structure_of(answer)["summary"].startswith("no device matches")

    converse_here(rig, talk)
