"""Resources: what a rig keeps for reading: pages, results, logs, the device list, and what its devices serve."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from pyralis.deploy.errors import UserError
from pyralis.deploy.mcp import running_device
from pyralis.deploy.mcp.answers import LOGS
from pyralis.deploy.mcp.run import Commands
from pyralis.deploy.mcp.text import fitted_file
from pyralis.deploy.rig import Rig, find_rig

MAX_RESOURCE_BYTES = 24_000  # some 8,000 tokens: clients warn beyond 10,000
DEVICES = "pyralis://devices"
RESULTS = "pyralis://results"
LAST_GOOD = "pyralis://results/last-good"
STATUS = "pyralis://status"
FOOTPRINT = "pyralis://footprint"
_MARKDOWN, _JSON, _TEXT = "text/markdown", "application/json", "text/plain"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
Found = TypeVar("Found")
# What a command changes, by its first word.
_CHANGED = {
    "build": (FOOTPRINT,),
    "flash": (DEVICES,),
    "livetest": (RESULTS, LAST_GOOD),
    "summarise": (STATUS, FOOTPRINT),
    "all-pc": (RESULTS, LAST_GOOD, STATUS),
    "all-devices": (DEVICES, RESULTS, LAST_GOOD, STATUS, FOOTPRINT),
}


def changed_by(command: str) -> Sequence[str]:
    """The resources that have changed once a command has ended, however it ended."""
    return _CHANGED.get(command, ())


def add_resources(server: MCPServer[None], start: Path | None, commands: Commands) -> None:
    """Give a server the resources of the rig around a folder."""
    _add_files(server, lambda: _found(lambda: find_rig(start)))
    _add_devices(server, start, commands)


def _add_files(server: MCPServer[None], rig: Callable[[], Rig]) -> None:
    @server.resource(STATUS, mime_type=_MARKDOWN)
    def status() -> str:
        """Index of the status pages."""
        return _read(rig().status / "index.md", "run_summarise writes it")

    @server.resource("pyralis://status/{page}", mime_type=_MARKDOWN)
    def status_page(page: str) -> str:
        """A status page: index, live-results, test-results, footprint or deploy-summary."""
        return _read(rig().status / f"{_name(page)}.md", "run_summarise writes them")

    @server.resource(FOOTPRINT, mime_type=_MARKDOWN)
    def footprint() -> str:
        """Bytes and RAM that each module takes on boards."""
        return _read(rig().status / "footprint.md", "run_build for a board, and run_summarise write it")

    @server.resource(RESULTS, mime_type=_JSON)
    def results() -> str:
        """Merged results of the live tests; read_status has them shorter."""
        return _read_json(rig().live / "live-results-all.json", "run_livetest writes it")

    @server.resource(LAST_GOOD, mime_type=_JSON)
    def last_good() -> str:
        """The last run in which all passed, to compare with."""
        return _read_json(rig().live / "live-results-all-last-good.json", "a live test in which all pass writes it")

    @server.resource(f"{LOGS}/{{name}}", mime_type=_TEXT)
    def log(name: str) -> str:
        """A log by its file's name: live-ID.log is what a board printed, flash-ID.log what esptool said."""
        return _read(rig().logs / _name(name), "logs are written by the commands")


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
        rig = _found(lambda: find_rig(start))
        found = _found(lambda: running_device.find_device(rig, device))
        return _read_json(rig.live / f"live-results-{found.file_name}.json", "run_livetest writes it")

    @server.resource("pyralis://devices/{device}/serial-log", mime_type=_TEXT)
    def serial_log(device: str) -> str:
        """What a device printed in its last live test."""
        return _device_log(start, device, "live", "run_livetest writes it")

    @server.resource("pyralis://devices/{device}/flash-log", mime_type=_TEXT)
    def flash_log(device: str) -> str:
        """What esptool said of a board."""
        return _device_log(start, device, "flash", "run_flash writes it")

    @server.resource("pyralis://devices/{device}/log", mime_type=_JSON)
    def live_log(device: str) -> str:
        """The log of a device that runs: its GET /api/log."""
        return _asked(start, device, lambda url: running_device.log_since(url, 0))

    @server.resource("pyralis://devices/{device}/modules", mime_type=_JSON)
    def live_modules(device: str) -> str:
        """The modules of a device that runs, from its GET /api/modules."""
        return _asked(start, device, running_device.modules)


def _device_log(start: Path | None, device_id: str, kind: str, where_from: str) -> str:
    rig = _found(lambda: find_rig(start))
    device = _found(lambda: running_device.find_device(rig, device_id))
    return _read(rig.logs / f"{kind}-{device.file_name}.log", where_from)


def _asked(start: Path | None, device_id: str, ask: Callable[[str], Any]) -> str:
    def work() -> str:
        rig = find_rig(start)
        url = running_device.address(rig, running_device.find_device(rig, device_id))
        return json.dumps(ask(url), ensure_ascii=False, indent=1)

    return _found(work)


def _read(path: Path, where_from: str) -> str:
    """A file, cut in the middle where it is long."""
    if not path.is_file():
        raise ResourceNotFoundError(f"{path} is not there: {where_from}")
    return fitted_file(path, MAX_RESOURCE_BYTES)


def _read_json(path: Path, where_from: str) -> str:
    """A file that nobody could read with its middle cut out."""
    if path.is_file() and path.stat().st_size > MAX_RESOURCE_BYTES:
        raise ResourceError(
            f"{path} has {path.stat().st_size} bytes, too many for here: read the file, or a part of it by read_status"
            " or pyralis://devices/{device}/results"
        )
    return _read(path, where_from)


def _name(text: str) -> str:
    """A name that leads to nowhere else."""
    if not _NAME.fullmatch(text):
        raise ResourceNotFoundError(f"'{text}' is not a name of a file")
    return text


def _found(work: Callable[[], Found]) -> Found:
    try:
        return work()
    except UserError as error:
        raise ResourceError(str(error)) from None
