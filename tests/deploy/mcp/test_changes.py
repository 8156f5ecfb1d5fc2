"""Who subscribed is told of changes: those that commands of this server make, and those that others make."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types
import pytest
from mcp.shared.subscriptions import ResourceUpdated
from mcp_session import converse_here, lines
from runtime_here import PC, running
from virtual_boards import entry

from pyralis.deploy.addresses import find_address
from pyralis.deploy.flash import record
from pyralis.deploy.mcp import sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp import Client

    from pyralis.deploy.rig import Rig

STATUS = "pyralis://status"


def summarise(rig: Rig) -> None:
    """As a person does in a shell."""
    subprocess.run([sys.executable, "-m", "pyralis", "summarise"], cwd=rig.root, check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("who", ["tool", "shell"])
def test_listener_is_told_whoever_makes_a_change(rig: Rig, who: str) -> None:
    async def talk(client: Client) -> None:
        listening = client.listen(resource_subscriptions=[STATUS, "pyralis://footprint"])
        async with listening as changes, anyio.create_task_group() as group:
            if who == "tool":
                group.start_soon(client.call_tool, "run_summarise")
            else:
                group.start_soon(anyio.to_thread.run_sync, summarise, rig)
            found = {await anext(aiter(changes)), await anext(aiter(changes))}
        assert found == {ResourceUpdated(uri=STATUS), ResourceUpdated(uri="pyralis://footprint")}

    converse_here(rig, talk)


@pytest.mark.filterwarnings("ignore:resources/(un)?subscribe is removed")
def test_older_client_subscribes_and_unsubscribes(rig: Rig) -> None:
    page, same_page = "pyralis://footprint", "pyralis://status/footprint"
    told: list[str] = []
    heard = anyio.Event()

    async def hear(message: Any) -> None:
        if isinstance(message, mcp_types.ResourceUpdatedNotification):
            told.append(str(message.params.uri))
            heard.set()

    async def talk(client: Client) -> None:
        nonlocal heard
        await client.session.subscribe_resource(same_page)
        await client.session.subscribe_resource(page)
        await client.session.unsubscribe_resource(same_page)
        # Twice, so that both would have been looked at in between.
        for text in ("# one", "# two, longer"):
            (rig.status / "footprint.md").write_text(text, encoding="utf-8")
            await heard.wait()
            heard = anyio.Event()
        assert told == [page, page]

    rig.status.mkdir(parents=True)
    converse_here(rig, talk, mode="legacy", message_handler=hear)


def test_server_says_that_older_clients_may_subscribe(rig: Rig) -> None:
    with lines(rig) as server:
        assert server.greeting["capabilities"]["resources"]["subscribe"] is True


def test_every_change_is_another_state(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(PC, entry("wall:1"))
    rig.logs.mkdir(parents=True, exist_ok=True)
    rig.live.mkdir(exist_ok=True)
    rig.status.mkdir(parents=True, exist_ok=True)
    made: dict[str, Callable[[], object]] = {
        "status": partial((rig.status / "index.md").write_text, "# one"),
        "status/footprint": partial((rig.status / "footprint.md").write_text, "# one"),
        "footprint": partial((rig.status / "footprint.md").write_text, "# another"),
        "results": partial((rig.live / "live-results-all.json").write_text, "{}"),
        "results/last-good": partial((rig.live / "live-results-all-last-good.json").write_text, "{}"),
        "logs/flash-wall-1.log": partial((rig.logs / "flash-wall-1.log").write_text, "one"),
        "devices/wall:1/flash-log": partial((rig.logs / "flash-wall-1.log").write_text, "another"),
        "devices/wall:1/serial-log": partial((rig.logs / "live-wall-1.log").write_text, "one"),
        "devices/wall:1/results": partial((rig.live / "live-results-wall-1.json").write_text, "{}"),
        "devices": partial(record.save, rig, "wall-1", record.Record(record.WRITING, "", "", "", "", "")),
    }
    for name, make in made.items():
        before = sources.state_of(rig.root, f"pyralis://{name}")
        assert sources.state_of(rig.root, f"pyralis://{name}") == before
        make()
        assert sources.state_of(rig.root, f"pyralis://{name}") != before, name
    for name in ("logs/../rig.json", "status/..", "devices/../../flash-log", "nothing"):
        assert sources.file_of(rig, f"pyralis://{name}") is None


def test_change_of_a_running_device_is_another_state(rig: Rig, write_devices: Callable[..., None]) -> None:
    import httpx

    write_devices(PC)
    uris = ("pyralis://devices/pc/log", "pyralis://devices/pc/modules")
    off = [sources.state_of(rig.root, uri) for uri in uris]
    with running(rig):
        on = [sources.state_of(rig.root, uri) for uri in uris]
        url = find_address(rig, "pc")
        modules = json.loads(str(on[1]))
        effect = next(one["id"] for one in modules if one["type"] == "Sparkle")
        httpx.request("DELETE", f"{url}/api/modules/{effect}").raise_for_status()
        changed = [sources.state_of(rig.root, uri) for uri in uris]
    for states in zip(off, on, changed, strict=True):
        assert len(set(states)) == len(states)
