"""Completions: what a client can offer while somebody types an argument of a resource or a prompt."""

from collections.abc import Iterable
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp_types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from pyralis.deploy.devices import PLATFORMS, load
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import find_rig

_MOST = 100  # as the protocol has it


def add_completions(server: MCPServer[None], start: Path | None) -> None:
    """Give a server its completions, from the rig around a folder."""

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK's, which has no types
    async def complete(
        _of: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        _context: CompletionContext | None,
    ) -> Completion:
        found = [one for one in _values(start, argument.name) if one.startswith(argument.value)]
        return Completion(values=found[:_MOST], total=len(found), has_more=len(found) > _MOST)


def _values(start: Path | None, name: str) -> Iterable[str]:
    """All values of an argument; none where the rig cannot be read, since nobody is there to read why."""
    try:
        rig = find_rig(start)
        if name == "device":
            return [device.id for device in load(rig)]
    except UserError:
        return []
    if name == "page":
        return sorted(path.stem for path in rig.status.glob("*.md"))
    if name == "name":
        return sorted(path.name for path in rig.logs.glob("*.log"))
    return PLATFORMS["esp32"] if name == "platform" else []
