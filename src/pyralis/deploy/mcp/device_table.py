"""Device table: what the device list says, what is in each board's flash, and who has it now."""

from collections.abc import Sequence
from typing import Any

from pyralis.deploy.device_claim import user_of
from pyralis.deploy.devices import Device, Filters, load, select
from pyralis.deploy.flash.record import WRITTEN
from pyralis.deploy.rig import Rig

NEEDS_FLASHING = "needs flashing"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"devices": {"type": "array", "items": {"type": "object", "required": ["id", "type", "platform"]}}},
}
_SHOWN = ("id", "type", "platform", "group", "test", "serial", "url", "connected", "product", "notes")
_SHA_DIGITS = 12


def entry(rig: Rig, fields: dict[str, Any]) -> dict[str, Any]:
    """One device, from what `pyralis devices --json` tells of it."""
    found = {name: fields[name] for name in _SHOWN if name in fields}
    if fields["type"] == "esp32":
        written = fields.get("flashed") or {}
        complete = written.get("state") == WRITTEN
        found["image"] = str(written["image_sha256"])[:_SHA_DIGITS] if complete else NEEDS_FLASHING
    if user := user_of(rig, Device(fields["id"], fields["type"], fields["platform"])):
        found["in_use_by"] = user
    return found


def line(fields: dict[str, Any]) -> str:
    """One device as a line."""
    where = fields.get("url") or fields.get("serial") or "this machine"
    said = [fields["id"], fields["type"], fields["platform"], where]
    said += [f"group {fields['group']}"] if fields.get("group") else []
    said += ["tested" if fields.get("test") else "not tested"]
    said += [] if fields.get("connected", True) else ["not connected"]
    if image := fields.get("image"):
        said.append(image if image == NEEDS_FLASHING else f"image {image}")
    said += [f"in use by {fields['in_use_by']}"] if "in_use_by" in fields else []
    said += [fields["notes"]] if fields.get("notes") else []
    return "  ".join(said)


def planned(rig: Rig, filters: Filters) -> list[dict[str, Any]]:
    """The devices that a command with these filters would take; UserError where it would take none."""
    return [_planned(rig, device) for device in select(load(rig), filters)]


def _planned(rig: Rig, device: Device) -> dict[str, Any]:
    user = user_of(rig, device)
    return {"id": device.id, "platform": device.platform, **({"in_use_by": user} if user else {})}


def filters(devices: Sequence[str] = (), kind: str = "", group: str = "", board: bool = False) -> Filters:
    """As the commands choose: those that are named whatever they are, else those that are to be tested."""
    kind = kind or ("esp32" if board and not devices else "")
    return Filters(tuple(devices), kind, "", group, None if devices else True)
