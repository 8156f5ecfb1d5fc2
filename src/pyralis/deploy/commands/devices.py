"""List the devices of devicelist.json that pass all filters, and what was flashed to each."""

import argparse
import json
import sys

from pyralis.deploy.commands.common import add_filters, add_json, add_rig, filters_of, rig_of
from pyralis.deploy.devices import Device, load, select
from pyralis.deploy.flash import record
from pyralis.deploy.rig import Rig
from pyralis.deploy.terminal import paint, say

_EPILOG = """examples:
  pyralis devices
  pyralis devices --type pc --json"""
_COLUMNS = ("id", "type", "platform", "group", "test", "where", "image", "notes")
_SHA_DIGITS = 12


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_filters(parser)
    add_rig(parser)
    add_json(parser, "the list as JSON")
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Print the list."""
    rig = rig_of(options)
    devices = select(load(rig), filters_of(options))
    if options.json:
        say(json.dumps([_to_json(rig, device) for device in devices], indent=1))
        return 0
    rows = [_COLUMNS, *(_row(rig, device) for device in devices)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        say(line if number else paint(line, "bold", sys.stdout))
    return 0


def _row(rig: Rig, device: Device) -> tuple[str, ...]:
    where = device.url or device.serial or "this machine"
    tested = "yes" if device.test else ""
    return (device.id, device.type, device.platform, device.group, tested, where, _image(rig, device), device.notes)


def _image(rig: Rig, device: Device) -> str:
    """What was written to a board from here."""
    if device.type != "esp32":
        return ""
    written = record.load(rig, device.file_name)
    if written is None or written.needs_flashing:
        return "needs flashing"
    return written.image_sha256[:_SHA_DIGITS]


def _to_json(rig: Rig, device: Device) -> dict[str, object]:
    """As in the device list, with what was written to a board from here."""
    fields = device.to_json()
    written = record.load(rig, device.file_name) if device.type == "esp32" else None
    return fields if written is None else {**fields, "flashed": vars(written)}
