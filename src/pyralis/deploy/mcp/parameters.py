"""Parameters of the tools: those of the commands, described and bounded."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pyralis.deploy.devices import ENTRY

_ID_PATTERN = re.compile(ENTRY["properties"]["id"]["pattern"])
_MAX_IDS = 64


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not have control characters")
    return text


def _device_id(text: str) -> str:
    if not _ID_PATTERN.fullmatch(text):
        raise ValueError(f"'{text}' is not an id; list_devices has them")
    return text


# Checked here and not by a pattern in the schema, which each conversation would pay for.
DeviceId = Annotated[str, AfterValidator(_device_id)]
Devices = Annotated[tuple[DeviceId, ...], Field(description="Only these ids", max_length=_MAX_IDS)]
Group = Annotated[str, Field(description="Only this group", max_length=64), AfterValidator(_printable)]
Type = Annotated[Literal["", "pc", "esp32"], Field(description="Only this type")]
Target = Annotated[
    Literal["pc", "esp32dev", "esp32s3", "esp32c3", "all"], Field(description="Kind of board, pc, or all of them")
]
Workers = Annotated[int, Field(description="Devices at a time", ge=1, le=256)]
FlashFs = Annotated[bool, Field(description="Replace settings by data/, too")]
TimeoutS = Annotated[float, Field(description="Seconds a board may take", ge=1, le=3600)]
DryRun = Annotated[bool, Field(description="Only tell what would be done")]
TheDevice = Annotated[DeviceId, Field(description="Its id", max_length=48)]
Action = Annotated[Literal["system", "modules", "log", "set"], Field(description="What to read; set: controls")]
Module = Annotated[str, Field(description="Id of one module", max_length=64), AfterValidator(_printable)]
Controls = Annotated[dict[str, int | bool | str] | None, Field(description="For set: control to value", max_length=32)]
Since = Annotated[int, Field(description="For log: from this number on", ge=0, le=2**31)]
TailS = Annotated[float, Field(description="Seconds to listen", ge=0.1, le=120)]
Lines = Annotated[int, Field(description="Lines at most", ge=1, le=500)]
OneDevice = Annotated[str, Field(description="Only this id", max_length=48)]
