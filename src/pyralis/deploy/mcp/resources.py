"""Resources: what a rig keeps for reading: pages, results, logs, the device list, and what its devices serve."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from pyralis.deploy.addresses import find_address, find_device
from pyralis.deploy.errors import UserError
from pyralis.deploy.mcp.answers import LOGS
from pyralis.deploy.mcp.fitted_results import fitted_results
from pyralis.deploy.mcp.run import Commands
from pyralis.deploy.mcp.sources import LIVE, file_of
from pyralis.deploy.mcp.text import fitted_file
from pyralis.deploy.rig import Rig, find_rig

MAX_RESOURCE_BYTES = 24_000  # some 8,000 tokens: clients warn beyond 10,000
DEVICES = "pyralis://devices"
RESULTS = "pyralis://results"
LAST_GOOD = "pyralis://results/last-good"
STATUS = "pyralis://status"
FOOTPRINT = "pyralis://footprint"
_MARKDOWN, _JSON, _TEXT = "text/markdown", "application/json", "text/plain"
Found = TypeVar("Found")


def add_resources(server: MCPServer[None], start: Path | None, commands: Commands) -> None:
    """Give a server the resources of the rig around a folder."""
    _add_files(server, lambda: _found(lambda: find_rig(start)))
    _add_devices(server, start, commands)


def _add_files(server: MCPServer[None], rig: Callable[[], Rig]) -> None:
    @server.resource(STATUS, mime_type=_MARKDOWN)
    def status() -> str:
        """Index of the status pages."""
        return _read(rig(), STATUS, "run_summarise writes it")

    @server.resource("pyralis://status/{page}", mime_type=_MARKDOWN)
    def status_page(page: str) -> str:
        """A status page: index, live-results, test-results, footprint or deploy-summary."""
        return _read(rig(), f"{STATUS}/{page}", "run_summarise writes them")

    @server.resource(FOOTPRINT, mime_type=_MARKDOWN)
    def footprint() -> str:
        """Bytes and RAM that each module takes on boards."""
        return _read(rig(), FOOTPRINT, "run_build for a board, and run_summarise write it")

    @server.resource(RESULTS, mime_type=_JSON)
    def results() -> str:
        """Merged results of the live tests; read_status has them shorter."""
        return _read_results(rig(), RESULTS, "run_livetest writes it")

    @server.resource(LAST_GOOD, mime_type=_JSON)
    def last_good() -> str:
        """The last run in which all passed, to compare with."""
        return _read_results(rig(), LAST_GOOD, "a live test in which all pass writes it")

    @server.resource(f"{LOGS}/{{name}}", mime_type=_TEXT)
    def log(name: str) -> str:
        """A log by its file's name: live-ID.log is what a board printed, flash-ID.log what esptool said."""
        return _read(rig(), f"{LOGS}/{name}", "logs are written by the commands")


def _add_devices(server: MCPServer[None], start: Path | None, commands: Commands) -> None:
    @server.resource(DEVICES, mime_type=_JSON)
    async def devices() -> str:
        """The device list, with what was flashed to each board."""
        exit_code, printed = await commands.printed(_found(lambda: find_rig(start)), ["devices"])
        if exit_code:
            raise ResourceError(printed)
        return printed

    @server.resource("pyralis://devices/{device}/results", mime_type=_JSON)
    def device_results(device: str) -> str:
        """All results of a device's last live test."""
        return _read_results(_rig_with(start, device), f"{DEVICES}/{device}/results", "run_livetest writes it")

    @server.resource("pyralis://devices/{device}/serial-log", mime_type=_TEXT)
    def serial_log(device: str) -> str:
        """What a device printed in its last live test."""
        return _read(_rig_with(start, device), f"{DEVICES}/{device}/serial-log", "run_livetest writes it")

    @server.resource("pyralis://devices/{device}/flash-log", mime_type=_TEXT)
    def flash_log(device: str) -> str:
        """What esptool said of a board."""
        return _read(_rig_with(start, device), f"{DEVICES}/{device}/flash-log", "run_flash writes it")

    @server.resource("pyralis://devices/{device}/log", mime_type=_JSON)
    def live_log(device: str) -> str:
        """The log of a device that runs: its GET /api/log."""
        return _asked(start, device, "log")

    @server.resource("pyralis://devices/{device}/modules", mime_type=_JSON)
    def live_modules(device: str) -> str:
        """The modules of a device that runs, from its GET /api/modules."""
        return _asked(start, device, "modules")


def _rig_with(start: Path | None, device: str) -> Rig:
    """The rig, if it has such a device."""
    rig = _found(lambda: find_rig(start))
    _found(lambda: find_device(rig, device))
    return rig


def _asked(start: Path | None, device: str, kind: str) -> str:
    """What a device that runs answers."""
    answer = _found(lambda: LIVE[kind](find_address(find_rig(start), device)))
    return json.dumps(answer, ensure_ascii=False, indent=1)


def _path(rig: Rig, uri: str, where_from: str) -> Path:
    path = file_of(rig, uri)
    if path is None:
        raise ResourceNotFoundError(f"{uri} is not the address of a file")
    if not path.is_file():
        raise ResourceNotFoundError(f"{path} is not there: {where_from}")
    return path


def _read(rig: Rig, uri: str, where_from: str) -> str:
    """A file, cut in the middle where it is long."""
    return fitted_file(_path(rig, uri, where_from), MAX_RESOURCE_BYTES)


def _read_results(rig: Rig, uri: str, where_from: str) -> str:
    """Results, of long ones what did not pass; all of a device stand in its own."""
    return _found(lambda: fitted_results(_path(rig, uri, where_from), MAX_RESOURCE_BYTES))


def _found(work: Callable[[], Found]) -> Found:
    try:
        return work()
    except UserError as error:
        raise ResourceError(str(error)) from None
