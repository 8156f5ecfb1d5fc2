"""Start the selected devices anew, test them over HTTP at the same time, and write the results to live/."""

import argparse

from pyralis.deploy.commands.common import add_filters, add_json, add_rig, add_workers, filters_of, rig_of, run_step
from pyralis.deploy.devices import load, select
from pyralis.deploy.live.run import LiveRun
from pyralis.deploy.steps import Step
from pyralis.deploy.twin.host import Twins

_EPILOG = """examples:
  pyralis livetest                          every device with "test": true
  pyralis livetest --type pc
  pyralis livetest --type esp32 --group wall --workers 8
  pyralis livetest --device pc-micropython -k artnet

Results: live/live-results-<device>.json, live/live-results-all.json, live/live-results.xml (JUnit), and beside them
live/serial-<device>.log: what a board printed, with times. With -k they are not written, and what a device prints is
in .pyralis/logs/live-<device>.log alone."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_filters(parser)
    add_workers(parser)
    parser.add_argument(
        "-k", dest="keyword", default="", metavar="EXPRESSION", help="only tests that match (as pytest)"
    )
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Test the devices."""
    rig = rig_of(options)
    devices = select(load(rig), filters_of(options, test=None if options.device else True))
    arguments = ["-k", options.keyword] if options.keyword else []

    def work(step: Step) -> None:
        with Twins(rig, devices) as twins:
            LiveRun(rig, devices, step, arguments, twins.serial).run(options.workers)

    return run_step("livetest", options, work)
