"""The whole loop from a conversation: change an effect, build, flash, test, read why it is red, mend it, all green."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mcp_session import converse, structure_of, text_of, write_suite
from virtual_boards import entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp import Client

    from pyralis.deploy.rig import Rig

pytestmark = pytest.mark.usefixtures("micropython")
SUITE = """
import json, urllib.request
from pyralis.deploy.live.context import from_environment

def test_every_module_is_well():
    with urllib.request.urlopen(from_environment().url + "/api/modules", timeout=5) as answer:
        modules = json.load(answer)["modules"]
    ill = [module["name"] + ": " + module["health"] for module in modules if module["status"] != "ok"]
    assert not ill, "; ".join(ill)
"""
CALLS = 8


def test_change_is_carried_to_two_boards_and_mended(
    rig: Rig, write_devices: Callable[..., None], tmp_path: Path
) -> None:
    write_devices(entry("wall-1", "esp32s3"), entry("wall-2", "esp32dev"))
    suite = write_suite(tmp_path, SUITE)
    effect = rig.modules / "sparkle.py"
    good = effect.read_text(encoding="utf-8")
    # A trail that one kind of board has room for, and the other one has not.
    trail = "        super().define_controls()"
    effect.write_text(good.replace(trail, f"        self.trail = bytearray(150_000)\n{trail}"), encoding="utf-8")
    calls = list[str]()

    async def talk(client: Client) -> None:
        async def call(tool: str, **arguments: Any) -> dict[str, Any]:
            answer = await client.call_tool(tool, arguments)
            calls.append(f"{tool} {arguments}\n{text_of(answer)}")
            return structure_of(answer) | {"is_error": answer.is_error}

        assert not (await call("run_build", target="esp32dev"))["is_error"]
        flashed = await call("run_flash", group="wall")
        assert flashed["counts"] == {"devices": 2, "devices_failed": 0}
        tested = await call("run_livetest", group="wall")
        assert tested["is_error"]
        devices = {one["id"]: one["status"] for one in tested["devices"]}
        assert devices == {"wall-1": "passed", "wall-2": "failed"}
        (failure,) = (await call("read_status", device="wall-2"))["failures"]
        assert "memory" in failure["reason"]
        log = await client.read_resource("pyralis://devices/wall-2/serial-log")
        assert "memory" in str(log.contents[0])
        effect.write_text(good, encoding="utf-8")
        assert not (await call("run_flash", group="wall"))["is_error"]
        tested = await call("run_livetest", group="wall")
        assert not tested["is_error"]
        assert tested["counts"] == {"devices": 2, "devices_failed": 0, "tests": 2, "tests_passed": 2}

    try:
        converse(rig, talk, suite)
    finally:
        print("\n\n".join(calls))
    assert len(calls) <= CALLS
