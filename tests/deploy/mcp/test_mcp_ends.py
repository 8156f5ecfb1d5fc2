"""However a call or the server ends, nobody is left behind, and no board with half a write is forgotten."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest
from mcp_session import (
    COMMAND,
    Progress,
    converse,
    lines,
    pids_at_work,
    structure_of,
    wait_until_nobody_works,
    write_suite,
)
from virtual_boards import entry, plugged_in, wait_until_nothing_mentions

from pyralis.deploy.flash import record
from pyralis.deploy.twin.host import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp import Client

    from pyralis.deploy.rig import Rig

PC = {"id": "pc", "type": "pc", "platform": "cpython", "group": "pc", "test": True}
ENDLESS = """
import threading
def test_begins(): pass
def test_goes_on(): threading.Event().wait()
"""


def test_cancelled_call_leaves_no_process_and_the_server_goes_on(
    rig: Rig, write_devices: Callable[..., None], tmp_path: Path
) -> None:
    write_devices(PC)
    suite = write_suite(tmp_path, ENDLESS)

    async def talk(client: Client) -> None:
        progress = Progress(until="goes on")
        async with anyio.create_task_group() as group:
            group.start_soon(partial(client.call_tool, "run_livetest", progress_callback=progress))
            await progress.seen.wait()
            assert pids_at_work(rig)
            group.cancel_scope.cancel()
        await anyio.to_thread.run_sync(wait_until_nobody_works, rig)
        assert not (await client.call_tool("list_devices")).is_error

    converse(rig, talk, suite)


@pytest.mark.parametrize("number", [0, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ended_server_leaves_no_process(
    rig: Rig, write_devices: Callable[..., None], tmp_path: Path, number: int
) -> None:
    write_devices(PC)
    with lines(rig, write_suite(tmp_path, ENDLESS)) as server:
        server.call(1, "run_livetest")
        server.wait_for_progress("goes on")
        assert pids_at_work(rig)
        if number:
            server.process.send_signal(number)
        else:
            server.end_of_input()
        wait_until_nobody_works(rig)
        server.process.wait(4)
    assert server.process.returncode == {0: 0, signal.SIGKILL: -signal.SIGKILL}.get(number, 128 + number)


@pytest.mark.usefixtures("micropython")
def test_cancelled_flash_leaves_no_process_and_a_board_that_needs_flashing(
    rig: Rig, write_devices: Callable[..., None]
) -> None:
    write_devices(entry("wall-1"))

    async def talk(client: Client) -> None:
        progress = Progress(until="wall-1 1")  # some percent
        async with anyio.create_task_group() as group:
            group.start_soon(partial(client.call_tool, "run_flash", progress_callback=progress))
            await progress.seen.wait()
            group.cancel_scope.cancel()
        await anyio.to_thread.run_sync(wait_until_nothing_mentions, f"{rig.root}/.pyralis/cache/flash")
        answer = await client.call_tool("list_devices")
        assert [one["image"] for one in structure_of(answer)["devices"]] == ["needs flashing"]
        assert "in_use_by" not in structure_of(answer)["devices"][0]
        found = record.load(rig, "wall-1")
        assert found is not None
        assert found.needs_flashing

    with plugged_in(rig, Settings("wall-1", "esp32dev", ("slow-line",))):
        converse(rig, talk)


@pytest.mark.usefixtures("micropython")
@pytest.mark.parametrize("number", [0, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_server_that_ends_while_it_flashes_leaves_no_process_and_a_board_that_needs_flashing(
    rig: Rig, write_devices: Callable[..., None], number: int
) -> None:
    write_devices(entry("wall-1"))
    with plugged_in(rig, Settings("wall-1", "esp32dev", ("slow-line",))):
        with lines(rig) as server:
            server.call(1, "run_flash")
            server.wait_for_progress("wall-1 1")  # some percent
            if number:
                server.process.send_signal(number)
            else:
                server.end_of_input()
            wait_until_nothing_mentions(f"{rig.root}/.pyralis/cache/flash")
            server.process.wait(4)
        with lines(rig) as server:
            server.call(1, "list_devices")
            (device,) = server.answer(1)["result"]["structuredContent"]["devices"]
    assert device["image"] == "needs flashing"
    assert "in_use_by" not in device


@pytest.mark.usefixtures("micropython")
def test_second_call_for_a_board_is_told_who_has_it_and_other_boards_go_on(
    rig: Rig, write_devices: Callable[..., None]
) -> None:
    write_devices(entry("wall-1", serial_baud=115_200), entry("wall-2"))  # the first one takes minutes

    async def talk(client: Client) -> None:
        progress = Progress(until="wall-1 1")
        async with anyio.create_task_group() as group:
            first = partial(client.call_tool, "run_flash", {"devices": ["wall-1"]}, progress_callback=progress)
            group.start_soon(first)
            await progress.seen.wait()
            answer = await client.call_tool("run_flash", {"group": "wall"})
            devices = {one["id"]: one for one in structure_of(answer)["devices"]}
            assert devices["wall-2"]["status"] == "passed"
            assert "'wall-1' is in use by process" in devices["wall-1"]["reason"]
            assert "pyralis flash --device=wall-1" in devices["wall-1"]["reason"]
            shell = [*COMMAND[:-1], "flash", "--device", "wall-1"]
            done = await anyio.run_process(shell, cwd=rig.root, check=False)
            assert done.returncode == 1
            assert "'wall-1' is in use by process" in " ".join(done.stdout.decode().split())
            group.cancel_scope.cancel()

    boards = (Settings("wall-1", "esp32dev", ("slow-line",)), Settings("wall-2", "esp32dev"))
    with plugged_in(rig, *boards):
        converse(rig, talk)


def test_lines_that_are_no_messages_are_survived(rig: Rig) -> None:
    with lines(rig) as server:
        for line in (
            "",
            "{",
            "[]",
            "null",
            '{"jsonrpc": "2.0"}',
            '{"jsonrpc": "1.0", "id": 1}',
            "\udcff",
            "[" * 10_000,
        ):
            server.send_line(line.encode("utf-8", "replace").decode())
        server.call(7, "run_build", target=["pc"])
        assert server.answer(7)["result"]["isError"]
