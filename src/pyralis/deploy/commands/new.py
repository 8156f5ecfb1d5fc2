"""Make a rig: a folder with a module tree, a device list and an effect of your own to start from."""

import argparse
import json
from pathlib import Path

from pyralis.deploy.commands.common import add_json
from pyralis.deploy.new import make_rig
from pyralis.deploy.terminal import say, shown_path

_EPILOG = """example:
  pyralis new my-lights && cd my-lights && pyralis run"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder that is not there yet, or is empty")
    add_json(parser, "the files as JSON")
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Make it and say what to do next."""
    files = make_rig(options.folder)
    folder = shown_path(options.folder)
    if options.json:
        say(json.dumps({"folder": folder, "files": files}))
        return 0
    say(f"{folder} is a rig now:")
    for name in files:
        say(f"  {name}")
    say(f"next: cd {folder} && pyralis run")
    say("then change modules/sparkle.py and save: the lights follow")
    return 0
