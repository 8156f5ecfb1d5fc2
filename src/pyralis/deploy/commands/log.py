"""Show the log of a running device: what changed, and what went wrong."""

import argparse
import json
import sys
from typing import Any

from pyralis.deploy.addresses import find_address
from pyralis.deploy.commands.common import add_json, add_rig
from pyralis.deploy.errors import UserError
from pyralis.deploy.log import entries
from pyralis.deploy.rig import find_rig
from pyralis.deploy.running import running
from pyralis.deploy.terminal import paint, say

_EPILOG = """examples:
  pyralis log                               of what `pyralis run` runs here
  pyralis log --follow
  pyralis log --url http://192.168.1.50 --since 120
  pyralis log --device wall-3 --json

A device keeps its last 64 entries; the number in front of each is what --since takes."""
_STYLES = {"error": "bold red", "warning": "yellow"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--device", metavar="ID", help="a device of the device list")
    which.add_argument("--url", help="the address of a device")
    parser.add_argument("--since", type=int, default=0, metavar="N", help="only entries from this number on")
    parser.add_argument("--follow", "-f", action="store_true", help="go on showing new entries until Ctrl-C")
    add_rig(parser)
    add_json(parser, "entries as JSON lines")
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Print the entries."""
    for entry in entries(options.url or _find(options), max(0, options.since), options.follow):
        say(json.dumps(entry, ensure_ascii=False) if options.json else _line(entry))
    return 0


def _line(entry: dict[str, Any]) -> str:
    seconds, ms = divmod(int(entry["ms"]), 1000)
    head = paint(f"{entry['seq']:>5}  {seconds:>6}.{ms:03} s", "dim", sys.stdout)
    level = paint(f"{entry['level']:<8}", _STYLES.get(entry["level"], "dim"), sys.stdout)
    return f"{head}  {level}{paint(entry['source'], 'cyan', sys.stdout)}: {entry['text']}"


def _find(options: argparse.Namespace) -> str:
    """The address of the chosen device, or of the one that runs here."""
    rig = find_rig(options.rig)
    if options.device:
        return find_address(rig, options.device)
    runs = running(rig)
    if len(runs) == 1:
        return runs[0].url
    what = "several runtimes of this rig run here" if runs else "no runtime of this rig runs here"
    raise UserError(
        what,
        details=[f"{one.interpreter}: {one.url}" for one in runs],
        whose="the command's: it cannot guess which one is meant",
        todo="choose with --url or --device" if runs else "start it with `pyralis run`, or give an address with --url",
    )
