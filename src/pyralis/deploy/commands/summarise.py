"""Write docs/status from the results in live/; needs no device."""

import argparse

from pyralis.deploy.commands.common import add_json, add_rig, rig_of, run_step
from pyralis.deploy.steps import Step
from pyralis.deploy.summarise import summarise

_EPILOG = """example:
  pyralis summarise && less docs/status/index.md"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Write the pages."""
    rig = rig_of(options)

    def work(step: Step) -> None:
        with step.step("summarise") as own:
            summarise(rig, own)

    return run_step("summarise", options, work)
