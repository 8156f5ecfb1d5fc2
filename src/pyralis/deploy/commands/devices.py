"""List the devices of devicelist.json that pass all filters."""

import argparse
import json
import sys

from pyralis.deploy.commands.common import add_filters, add_json, add_rig, filters_of, rig_of
from pyralis.deploy.devices import Device, load, select
from pyralis.deploy.terminal import paint, say

_EPILOG = """examples:
  pyralis devices
  pyralis devices --type pc --json"""
_COLUMNS = ("id", "type", "platform", "group", "test", "where", "notes")


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_filters(parser)
    add_rig(parser)
    add_json(parser, "the list as JSON")
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Print the list."""
    devices = select(load(rig_of(options)), filters_of(options))
    if options.json:
        say(json.dumps([device.to_json() for device in devices], indent=1))
        return 0
    rows = [_COLUMNS, *(_row(device) for device in devices)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        say(line if number else paint(line, "bold", sys.stdout))
    return 0


def _row(device: Device) -> tuple[str, ...]:
    where = device.url or device.serial or "this machine"
    return (device.id, device.type, device.platform, device.group, "yes" if device.test else "", where, device.notes)
