"""All of it: build, unit tests, flash, live tests on this machine and on every board, status pages."""

import argparse

from pyralis.deploy.commands.common import add_pipeline, flash_options, rig_of, run_step
from pyralis.deploy.pipeline import PipelineOptions, run_all

_EPILOG = """examples:
  pyralis all                               all-pc and all-devices in one
  pyralis all --group wall                  of the boards, only those of this group
  pyralis all --json | tail -1              the whole result as one JSON object

Where the device list has virtual boards ("serial": "twin"), this needs no hardware."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_pipeline(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Run the steps."""
    rig = rig_of(options)
    chosen = PipelineOptions(flash_options(options), options.workers)
    return run_step("all", options, lambda step: run_all(rig, step, options.group, chosen))
