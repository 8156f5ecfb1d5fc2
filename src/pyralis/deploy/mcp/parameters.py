"""Parameters of the tools: those of the commands, described and bounded."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

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


def _id_or_address(text: str) -> str:
    return text if text.startswith("http://") else _device_id(text)


def _few(ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(ids) > _MAX_IDS:
        raise ValueError(f"must be at most {_MAX_IDS}; group takes any number")
    return ids


def _at_least_one(value: float) -> float:
    if value < 1:
        raise ValueError("must be at least 1")
    return value


# Checked here and not by the schema, which each conversation pays for: what no client would get wrong by itself.
DeviceId = Annotated[str, AfterValidator(_device_id)]
Devices = Annotated[tuple[DeviceId, ...], Field(description="Only these"), AfterValidator(_few)]
Group = Annotated[str, Field(description="Only this group", max_length=64), AfterValidator(_printable)]
Type = Annotated[Literal["", "pc", "esp32"], Field(description="Only this type")]
Target = Annotated[
    Literal["pc", "esp32dev", "esp32s3", "esp32c3", "all"], Field(description="Kind of board, all, or pc (default)")
]
Workers = Annotated[int, Field(description="Devices at a time", le=256), AfterValidator(_at_least_one)]
FlashFs = Annotated[bool, Field(description="Erase settings")]
TimeoutS = Annotated[float, Field(description="Seconds a board", le=3600), AfterValidator(_at_least_one)]
DryRun = Annotated[bool, Field(description="Only tell")]
Confirm = Annotated[bool, Field(description="User agreed")]
TheDevice = Annotated[DeviceId, Field(description="Its id", max_length=48)]
IdOrAddress = Annotated[str, Field(description="Id or http://address", max_length=128), AfterValidator(_id_or_address)]
Action = Annotated[Literal["system", "modules", "log", "set"], Field(description="What to do")]
Module = Annotated[str, Field(description="Module id", max_length=64), AfterValidator(_printable)]
Controls = Annotated[
    dict[str, int | bool | str] | None,
    Field(max_length=32),
    WithJsonSchema({"description": "Names to values", "maxProperties": 32, "type": "object"}),
]
Since = Annotated[int, Field(description="Log from this number", ge=0)]
TailS = Annotated[float, Field(description="Seconds to listen", ge=0.1, le=120)]
Lines = Annotated[int, Field(description="Lines at most", ge=1, le=500)]
OneDevice = Annotated[str, Field(description="Only this id", max_length=48)]
