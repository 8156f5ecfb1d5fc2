"""Run pytest on the rig's folder `tests` and write live/unit-results.json."""

import argparse

from pyralis.deploy.commands.common import add_json, add_rig, rig_of, run_step
from pyralis.deploy.steps import Step
from pyralis.deploy.unittest import run_unit_tests

_EPILOG = """examples:
  pyralis unittest
  pyralis unittest tests/light -k plasma    arguments go to pytest; a selection is not written to the results"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="…", help="what to pass on to pytest")
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Run the tests."""
    rig = rig_of(options)
    arguments = [word for word in options.arguments if word != "--"]

    def work(step: Step) -> None:
        with step.step("unit tests") as own:
            run_unit_tests(rig, own, arguments)

    return run_step("unittest", options, work)
