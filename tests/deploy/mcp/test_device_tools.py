"""Tools for single devices: a runtime that serves here, and the serial line of a virtual board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mcp_session import Progress, converse_here, structure_of, text_of
from runtime_here import PC, running
from virtual_boards import entry, plugged_in, program

from pyralis.deploy.addresses import find_address
from pyralis.deploy.device_claim import own
from pyralis.deploy.devices import Device
from pyralis.deploy.twin.host import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp import Client

    from pyralis.deploy.rig import Rig

NO_ADDRESSES = (
    *("http://", "http://[::1", "http://a b", "http://127.0.0.1:99999", "http://a\0b/", "http://me@127.0.0.1"),
    *("http://127.0.0.1/api", "http://127.0.0.1/?a", "http://127.0.0.1:80\r\nX: y"),
)
TALKS = """
import time
number = 0
while True:
    number += 1
    print("line", number)
    time.sleep_ms(5)
"""


def test_running_device_is_read_and_changed(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(PC, entry("wall-1"))

    async def talk(client: Client) -> None:
        answer = await client.call_tool("use_device", {"device": "pc"})
        modules = structure_of(answer)["modules"]
        effect = next(one["id"] for one in modules if one["type"] == "Sparkle")
        assert "controls" not in modules[0]
        answer = await client.call_tool("use_device", {"device": find_address(rig, "pc") + "/"})
        assert structure_of(answer)["modules"] == modules
        found = structure_of(await client.call_tool("use_device", {"device": "pc", "module": effect}))["module"]
        control = next(one for one in found["controls"] if one["type"] == "int")
        change = {"device": "pc", "action": "set", "module": effect, "controls": {control["name"]: control["min"]}}
        answer = await client.call_tool("use_device", {**change, "dry_run": True})
        assert structure_of(answer)["status"] == "dry_run"
        answer = await client.call_tool("use_device", change)
        changed = {one["name"]: one["value"] for one in structure_of(answer)["module"]["controls"]}
        assert changed[control["name"]] == control["min"]
        answer = await client.call_tool("use_device", {**change, "controls": {control["name"]: control["max"] + 1}})
        assert answer.is_error
        assert "invalid_value" in text_of(answer)
        answer = await client.call_tool("use_device", {"device": "pc", "action": "log"})
        assert structure_of(answer)["entries"]
        answer = await client.call_tool("use_device", {"device": "pc", "action": "system"})
        assert structure_of(answer)["system"]["platform"] == "cpython"
        for arguments, said in (
            ({"device": "pc", "action": "set"}, "takes a module"),
            ({"device": "wall-1"}, "has no address"),
            ({"device": "wall-9"}, "there is no device"),
            ({"device": "http://127.0.0.1:9"}, "does not answer"),
            *(({"device": url}, "is not an address of a device") for url in NO_ADDRESSES),
        ):
            answer = await client.call_tool("use_device", arguments)
            assert answer.is_error
            assert said in text_of(answer)
        read = await client.read_resource("pyralis://devices/pc/modules")
        assert effect in str(read.contents[0])
        read = await client.read_resource("pyralis://devices/pc/log")
        assert "entries" in str(read.contents[0])

    with running(rig):
        converse_here(rig, talk)


@pytest.mark.usefixtures("micropython")
def test_serial_line_is_heard_until_there_is_enough(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(entry("wall-1"), PC)
    program(rig, "wall-1", TALKS)

    async def talk(client: Client) -> None:
        progress = Progress()
        wanted = {"device": "wall-1", "lines": 4, "timeout_s": 20}
        answer = await client.call_tool("tail_serial", wanted, progress_callback=progress)
        heard = structure_of(answer)["lines"]
        assert not answer.is_error
        assert len(heard) == 4
        assert heard[-1].startswith("line ")
        assert heard[-1] in text_of(answer)
        assert (progress.messages, progress.totals) == (["listening to wall-1"], {20})
        with own(rig, Device("wall-1", "esp32", "esp32dev")):
            answer = await client.call_tool("tail_serial", {"device": "wall-1"})
        assert answer.is_error
        assert "is in use by process" in text_of(answer)
        answer = await client.call_tool("tail_serial", {"device": "pc"})
        assert answer.is_error
        assert "no serial port" in text_of(answer)

    with plugged_in(rig, Settings("wall-1", "esp32dev")):
        converse_here(rig, talk)


def test_virtual_board_that_is_not_plugged_in(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(entry("wall-1"))

    async def talk(client: Client) -> None:
        answer = await client.call_tool("tail_serial", {"device": "wall-1"})
        assert answer.is_error
        assert "pyralis twin --device wall-1" in text_of(answer)

    converse_here(rig, talk)
