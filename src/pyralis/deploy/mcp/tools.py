"""Tools: each runs one command as a person would, and answers with what came of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from mcp.server.mcpserver import Context, ElicitationResult, Resolve
from mcp_types import CallToolResult

from pyralis.deploy.devices import Filters
from pyralis.deploy.errors import UserError
from pyralis.deploy.mcp import answers, device_table, status_report
from pyralis.deploy.mcp.confirm import Confirmation, ask_before_erasing, check_confirmed
from pyralis.deploy.mcp.parameters import (
    Confirm,
    Devices,
    DryRun,
    FlashFs,
    Group,
    OneDevice,
    Target,
    TimeoutS,
    Type,
    Workers,
)
from pyralis.deploy.mcp.run import Commands, shown_command
from pyralis.deploy.mcp.share import ALL, Rising
from pyralis.deploy.mcp.transcript import error_of
from pyralis.deploy.rig import find_rig

Confirmed = Annotated[ElicitationResult[Confirmation], Resolve(ask_before_erasing)]


class Tools:
    """The tools of one server, for the rig around a folder."""

    def __init__(self, start: Path | None, commands: Commands) -> None:
        self._start = start
        self._commands = commands

    async def run_all_pc(self, ctx: Context, dry_run: DryRun = False) -> CallToolResult:
        """Build, unit tests, live tests on this PC, status pages: the check of any change."""
        plan = _Plan("builds and tests, and replaces results and status pages", Filters(type="pc", test=True))
        return await self._run(ctx, ["all-pc"], plan if dry_run else None)

    async def run_all_devices(
        self,
        ctx: Context,
        group: Group = "",
        workers: Workers = 4,
        flashfs: FlashFs = False,
        timeout_s: TimeoutS = 180,
        dry_run: DryRun = False,
        confirm: Confirm = False,
        *,
        confirmed: Confirmed,
    ) -> CallToolResult:
        """Build, flash, test boards, write pages."""
        words = ["all-devices", *_group(group), *_flash(workers, flashfs, timeout_s)]
        plan = _Plan(f"{_flashes(flashfs)}, tests them, and replaces results", Filters((), "esp32", "", group, True))
        return await self._run(ctx, words, plan if dry_run else None, confirmed)

    async def run_build(self, ctx: Context, target: Target = "pc", dry_run: DryRun = False) -> CallToolResult:
        """Build the rig's image, with the bytes and RAM it takes on boards."""
        plan = _Plan(f"writes build/{target if target != 'all' else ''}")
        return await self._run(ctx, ["build", f"--target={target}"], plan if dry_run else None)

    async def run_flash(
        self,
        ctx: Context,
        devices: Devices = (),
        group: Group = "",
        workers: Workers = 4,
        flashfs: FlashFs = False,
        timeout_s: TimeoutS = 180,
        dry_run: DryRun = False,
        confirm: Confirm = False,
        *,
        confirmed: Confirmed,
    ) -> CallToolResult:
        """Build, write, verify, start boards."""
        words = ["flash", *_devices(devices), *_group(group), *_flash(workers, flashfs, timeout_s)]
        plan = _Plan(_flashes(flashfs), device_table.filters(devices, group=group, board=True))
        return await self._run(ctx, words, plan if dry_run else None, confirmed)

    async def run_livetest(
        self,
        ctx: Context,
        devices: Devices = (),
        type: Type = "",  # noqa: A002  # the name of the command's option
        group: Group = "",
        workers: Workers = 4,
        dry_run: DryRun = False,
    ) -> CallToolResult:
        """Restart devices, test them over HTTP, write results."""
        kind = [f"--type={type}"] if type else []
        words = ["livetest", *_devices(devices), *kind, *_group(group), f"--workers={workers}"]
        plan = _Plan("restarts and tests them, and replaces results", device_table.filters(devices, type, group))
        return await self._run(ctx, words, plan if dry_run else None)

    async def run_summarise(self, ctx: Context, dry_run: DryRun = False) -> CallToolResult:
        """Write docs/status from the results in live/."""
        return await self._run(ctx, ["summarise"], _Plan("replaces the pages in docs/status") if dry_run else None)

    async def read_status(self, device: OneDevice = "") -> CallToolResult:
        """Latest live results of all devices: what is red and why."""
        try:
            rig = find_rig(self._start)
            lines, fields = await anyio.to_thread.run_sync(status_report.report, rig, device)
        except UserError as error:
            return answers.of_error("read_status", error)
        return answers.of_list(lines, fields)

    async def list_devices(self, type: Type = "", group: Group = "") -> CallToolResult:  # noqa: A002
        """Devices of the rig: where, what is flashed, who uses them."""
        words = ["devices", *([f"--type={type}"] if type else []), *_group(group)]
        try:
            rig = find_rig(self._start)
            exit_code, printed = await self._commands.printed(rig, words)
            found = [device_table.entry(rig, fields) for fields in _printed_list(exit_code, printed)]
        except UserError as error:
            return answers.of_error(shown_command(words), error)
        return answers.of_list([device_table.line(one) for one in found], {"devices": found})

    async def _run(
        self,
        ctx: Context,
        words: Sequence[str],
        dry: "_Plan | None",
        confirmed: ElicitationResult[Confirmation] | None = None,
    ) -> CallToolResult:
        rising, last = Rising(), ""

        async def tell(percent: float, text: str) -> None:
            nonlocal last
            if text != last and (value := rising.next(percent)) is not None:
                last = text
                await ctx.report_progress(value, ALL, text)

        try:
            rig = find_rig(self._start)
            if dry is not None:
                chosen = await anyio.to_thread.run_sync(device_table.planned, rig, dry.filters) if dry.filters else []
                return answers.of_dry_run(shown_command(words), dry.effect, chosen)
            if confirmed is not None:
                check_confirmed(ctx, confirmed)
            return answers.of_run(await self._commands.run(rig, words, tell))
        except UserError as error:
            return answers.of_error(shown_command(words), error)


@dataclass(frozen=True)
class _Plan:
    """What a command would do, and to which devices."""

    effect: str
    filters: Filters | None = None


def _group(group: str) -> list[str]:
    return [f"--group={group}"] if group else []


def _devices(devices: Sequence[str]) -> list[str]:
    return [f"--device={one}" for one in devices]


def _flash(workers: int, flashfs: bool, timeout_s: float) -> list[str]:
    return [f"--workers={workers}", *["--flashfs"] * flashfs, f"--timeout={timeout_s:g}"]


def _flashes(flashfs: bool) -> str:
    return "builds, and writes firmware and code" + (", and replaces the settings, too" if flashfs else "")


def _printed_list(exit_code: int, printed: str) -> list[dict[str, Any]]:
    """The list that a command printed; UserError with what it said instead."""
    try:
        value = json.loads(printed)
    except ValueError:
        value = None
    if exit_code == 0 and isinstance(value, list):
        return value
    if isinstance(value, dict):
        raise error_of(value)
    raise UserError("the device list cannot be shown", details=printed.splitlines()[-10:])
