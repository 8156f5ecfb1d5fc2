"""Start the selected devices from nothing, test them over HTTP at the same time, and write the results to live/."""

import argparse

from pyralis.deploy.commands.common import add_filters, add_json, add_rig, filters_of, rig_of, run_step
from pyralis.deploy.devices import load, select
from pyralis.deploy.live.run import LiveRun

_EPILOG = """examples:
  pyralis livetest                          every device with "test": true
  pyralis livetest --type pc
  pyralis livetest --device pc-micropython -k artnet

Results: live/live-results-<device>.json, live/live-results-all.json, live/live-results.xml (JUnit).
With -k they are not written. Logs: .pyralis/logs."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_filters(parser)
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="devices at a time")
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
    return run_step("livetest", options, lambda step: LiveRun(rig, devices, step, arguments).run(options.workers))
