"""Device tools: to read or change a device that runs, and to listen to a board's serial line."""

import asyncio
import itertools
import json
import threading
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp_types import CallToolResult

from pyralis.deploy.addresses import find_address, find_device
from pyralis.deploy.errors import UserError
from pyralis.deploy.mcp import answers, running_device, serial_tail
from pyralis.deploy.mcp.outcome import DRY_RUN
from pyralis.deploy.mcp.parameters import Action, Controls, DryRun, IdOrAddress, Lines, Module, Since, TailS, TheDevice
from pyralis.deploy.mcp.run import HEARTBEAT_S
from pyralis.deploy.rig import find_rig

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "device": {"type": "string"},
        "status": {"type": "string"},
        **{name: {"type": "array"} for name in ("modules", "entries", "lines")},
        **{name: {"type": "object"} for name in ("module", "system", "controls")},
    },
    "required": ["device"],
}


class DeviceTools:
    """The tools for single devices, of the rig around a folder."""

    def __init__(self, start: Path | None) -> None:
        self._start = start

    async def use_device(
        self,
        device: IdOrAddress,
        action: Action = "modules",
        module: Module = "",
        controls: Controls = None,
        since: Since = 0,
        dry_run: DryRun = False,
    ) -> CallToolResult:
        """Read a running device, or set controls."""
        try:
            work = partial(self._use, device, action, module, controls or {}, since, dry_run)
            answer = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        except UserError as error:
            return answers.of_error(f"use_device {device} {action}", error)
        return answers.of_list(_shown(answer), {"device": device, **answer})

    async def tail_serial(
        self, ctx: Context, device: TheDevice, timeout_s: TailS = 5, lines: Lines = 60
    ) -> CallToolResult:
        """What a board prints on its serial line from now on."""
        stopped = threading.Event()
        telling = asyncio.create_task(_tell_time(ctx, device, timeout_s))
        try:
            rig = find_rig(self._start)
            work = partial(serial_tail.tail, rig, find_device(rig, device), timeout_s, lines, stopped)
            heard = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        except UserError as error:
            return answers.of_error(f"tail_serial {device}", error)
        finally:
            stopped.set()
            telling.cancel()
        said = heard or [f"(it printed nothing within {timeout_s:g} s)"]
        return answers.of_list(said, {"device": device, "lines": heard})

    def _use(
        self, device: str, action: str, module: str, controls: dict[str, Any], since: int, dry_run: bool
    ) -> dict[str, Any]:
        url = find_address(find_rig(self._start), device)
        if action == "set":
            return _set(url, module, controls, dry_run)
        if action == "log":
            return running_device.log_since(url, since)
        if action == "system":
            return {"system": running_device.system(url)}
        return {"module": running_device.module(url, module)} if module else {"modules": running_device.modules(url)}


async def _tell_time(ctx: Context, device: str, timeout_s: float) -> None:
    """Tell that it listens, as often as a command tells that it is at work."""
    for past_s in itertools.count(0.0, HEARTBEAT_S):
        await ctx.report_progress(past_s, timeout_s, f"listening to {device}")
        await asyncio.sleep(HEARTBEAT_S)


def _set(url: str, module: str, controls: dict[str, Any], dry_run: bool) -> dict[str, Any]:
    if not module or not controls:
        raise UserError(
            "to set controls takes a module and at least one control",
            whose="the call's",
            todo='give module, and controls such as {"speed": 60}; action modules lists the modules',
        )
    if dry_run:
        return {"status": DRY_RUN, "module": running_device.module(url, module), "controls": controls}
    return {"module": running_device.set_controls(url, module, controls)}


def _shown(answer: dict[str, Any]) -> list[str]:
    """An answer as lines: each entry of a list on its own."""
    lines = []
    for name, value in answer.items():
        entries = value if isinstance(value, list) else [value]
        lines += [f"{name}:", *(f"  {json.dumps(one, ensure_ascii=False)}" for one in entries)]
    return lines
