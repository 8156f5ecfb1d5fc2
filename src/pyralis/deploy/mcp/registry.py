"""Registry: the tools as the client sees them: strict and short schemas, and hints for who decides on calls."""

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import create_model

from pyralis.deploy.mcp import device_table, outcome, status_report
from pyralis.deploy.mcp.device_tools import SCHEMA as OF_A_DEVICE
from pyralis.deploy.mcp.device_tools import DeviceTools
from pyralis.deploy.mcp.tools import Tools

_STRICT = ("additionalProperties", False)


def registered(tools: Tools, device_tools: DeviceTools) -> list[Tool]:
    """All tools of a server."""
    run = outcome.SCHEMA
    return [
        _tool(tools.run_all_pc, run, _writes(open_world=False)),
        _tool(tools.run_all_devices, run, _writes(destructive=True)),
        _tool(tools.run_build, run, _writes(open_world=False)),
        _tool(tools.run_flash, run, _writes(destructive=True)),
        _tool(tools.run_livetest, run, _writes()),
        _tool(tools.run_summarise, run, _writes(open_world=False)),
        _tool(tools.read_status, status_report.SCHEMA, _reads()),
        _tool(tools.list_devices, device_table.SCHEMA, _reads()),
        _tool(device_tools.use_device, OF_A_DEVICE, _writes()),
        _tool(device_tools.tail_serial, OF_A_DEVICE, _reads(open_world=True)),
    ]


def _writes(*, destructive: bool = False, open_world: bool = True) -> ToolAnnotations:
    return ToolAnnotations(
        read_only_hint=False, destructive_hint=destructive, idempotent_hint=True, open_world_hint=open_world
    )


def _reads(*, open_world: bool = False) -> ToolAnnotations:
    return ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=open_world
    )


def _tool(function: Callable[..., Any], answer: dict[str, Any], annotations: ToolAnnotations) -> Tool:
    tool = Tool.from_function(function, annotations=annotations, structured_output=False)
    # A misspelt parameter must not be ignored: `device` for `devices` would flash every board.
    own = tool.fn_metadata.arg_model
    strict = create_model(own.__name__, __base__=own, __cls_kwargs__={"extra": "forbid"})
    tool.fn_metadata.arg_model = strict
    tool.parameters = _short(strict.model_json_schema(by_alias=True))
    tool.fn_metadata.output_schema = answer
    return tool


def _short(schema: Any) -> Any:
    """Without what costs more than it says: titles that repeat names, defaults, and that nothing else is taken."""
    if isinstance(schema, list):
        return [_short(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _short(value) for key, value in schema.items() if not _says_nothing(key, value)}


def _says_nothing(key: str, value: Any) -> bool:
    return key == "default" or (key == "title" and isinstance(value, str)) or (key, value) == _STRICT
