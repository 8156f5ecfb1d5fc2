"""Build, unit tests, live tests on CPython and MicroPython, status pages: everything that needs no board."""

import argparse

from pyralis.deploy.commands.common import add_json, add_rig, rig_of, run_step
from pyralis.deploy.pipeline import run_all_pc

_EPILOG = """examples:
  pyralis all-pc
  pyralis all-pc --json | tail -1           the whole result as one JSON object

Failed tests do not keep the later steps from running; a failed build does. The exit status is 1 if any step failed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Run the four steps."""
    rig = rig_of(options)
    return run_step("all-pc", options, lambda step: run_all_pc(rig, step))
