"""Build what the selected boards need, flash them, live-test them all, write the status pages."""

import argparse

from pyralis.deploy.commands.common import add_pipeline, flash_options, rig_of, run_step
from pyralis.deploy.pipeline import PipelineOptions, run_all_devices

_EPILOG = """examples:
  pyralis all-devices                       every board with "test": true
  pyralis all-devices --group wall --workers 8
  pyralis all-devices --flashfs             settings go back to those of the rig, too

A board that cannot be flashed or tested fails the run and holds up no other. The exit status is 1 if any did."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_pipeline(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Run the steps."""
    rig = rig_of(options)
    chosen = PipelineOptions(flash_options(options), options.workers)
    return run_step("all-devices", options, lambda step: run_all_devices(rig, step, options.group, chosen))
