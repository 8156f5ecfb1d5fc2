"""Prompts: how to go about what comes up again and again, for an agent that has only these tools."""

from typing import Annotated, Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from pydantic import Field, ValidationError


def add_prompts(server: MCPServer[None]) -> None:
    """Give a server its prompts."""

    @server.prompt()
    def bring_up_board(
        device: Annotated[str, Field(description="The id it will have")],
        platform: Annotated[str, Field(description="esp32dev, esp32s3 or esp32c3")] = "esp32dev",
    ) -> str:
        """Take a new board into the rig, up to green live tests."""
        return f"""Bring up the board '{device}' of platform {platform}.
1. list_devices: is it there already? If not, add it to devicelist.json with id, type "esp32", platform, serial
   (a path in /dev/serial/by-id, or "twin" for a virtual board), a group, and "test": true.
2. run_build with target {platform}: is a firmware pinned? Without one a real board cannot be flashed.
3. run_flash with devices ["{device}"] and dry_run, then without it. When it fails, read pyralis://devices/{device}/flash-log.
4. run_livetest with devices ["{device}"]. When it is red, read_status of it, and pyralis://devices/{device}/serial-log.
5. Tell what you changed, and what is still open."""

    @server.prompt()
    def why_red(device: Annotated[str, Field(description="Id of the device")]) -> str:
        """Find out why a device is red, before anything is changed."""
        return f"""Find out why '{device}' is red. Change nothing before you know the cause.
1. read_status of {device}: which tests failed, with which reason and assertions? Do other devices fail alike?
2. list_devices: is it connected, was it flashed to its end, does somebody use it?
3. pyralis://devices/{device}/serial-log for what it printed; for a board pyralis://devices/{device}/flash-log, too.
4. While it runs: use_device with action log, and with action modules for what is failed or disabled, and why.
5. Say the cause, the line that shows it, and the smallest change that mends it. Then mend, build, flash and test."""

    @server.prompt()
    def compare_with_last_good() -> str:
        """What differs between this run and the last one in which all passed."""
        return """Compare the latest live results with the last good ones.
1. read_status for the latest run; pyralis://results and pyralis://results/last-good for both in full.
2. List the tests that passed then and do not now, by device; then what differs in facts: build, firmware, fps, heap.
3. `git log` between the two commits: which change explains it? pyralis://footprint shows growth in bytes and RAM.
4. Say which change is the cause, how sure you are, and how to prove it."""

    @server.prompt()
    def write_effect(what: Annotated[str, Field(description="What it should look like")]) -> str:
        """Write an effect of the rig's own, up to green tests."""
        return f"""Write an effect: {what}
1. Read docs/modules.md and docs/kernels.md, and one effect in modules/ that is near to it.
2. One file in the rig's modules/; pixel loops are kernels, in integers. Add it to the tree in rig.json.
3. run_build for pc, then for the boards of the rig: what does it take in bytes and RAM?
4. run_all_pc. When it is red, mend it by its reason, and run it again.
5. run_flash and run_livetest for the boards; then tell how fast it draws there."""


async def refuse_wrong_prompts(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """What is wrong with a request for a prompt is the request's fault; the SDK says that it is the server's."""
    try:
        return await call_next(ctx)
    except ValueError as error:
        if ctx.method != "prompts/get" or isinstance(error, ValidationError):
            raise
        raise MCPError(INVALID_PARAMS, str(error)) from None
