"""Write firmware and code to boards, many at once, verify them and start them; settings stay unless --flashfs."""

import argparse

from pyralis.deploy.commands.common import (
    add_filters,
    add_flash,
    add_json,
    add_rig,
    filters_of,
    flash_options,
    rig_of,
    run_step,
)
from pyralis.deploy.devices import load, select
from pyralis.deploy.flash.plan import build_boards, check_boards
from pyralis.deploy.flash.run import FlashRun
from pyralis.deploy.steps import Step
from pyralis.deploy.twin.host import Twins

_EPILOG = """examples:
  pyralis flash                             every board with "test": true
  pyralis flash --group wall --workers 8
  pyralis flash --device wall-3 --flashfs   settings too: those in the rig's folder data/
  pyralis flash --device wall-3 --firmware ESP32_GENERIC-20260801-v1.29.0.bin

The build is brought up to date first. The chip is checked before anything is written, everything that was written is
read back as a hash, and what is in the flash already is not written again. A board that fails is tried again with a
slower line, and holds up no other. Logs: .pyralis/logs/flash-<device>.log."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_filters(parser)
    add_flash(parser)
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Flash the boards."""
    rig = rig_of(options)
    filters = filters_of(options, test=None if options.device else True, default_type="esp32")
    devices = select(load(rig), filters)
    check_boards(devices)

    def work(step: Step) -> None:
        with step.step("build") as own:
            builds = build_boards(rig, devices, own)
        with Twins(rig, devices) as twins, step.step("flash") as own:
            FlashRun(rig, devices, builds, own, flash_options(options), twins.serial).run()
        step.summarise(own.result.summary)
        if not own.result.ok:
            step.fail(own.result.reason)

    return run_step("flash", options, work)
