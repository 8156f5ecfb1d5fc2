"""Make runtime, rig and page ready for a target in build/<target>; what has not changed is not built again."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import ALL, TARGETS, Target, find_targets
from pyralis.deploy.commands.common import add_json, add_rig, rig_of, run_step
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step

if TYPE_CHECKING:
    from pyralis.deploy.build.footprint import Footprint

_EPILOG = """examples:
  pyralis build                     for MicroPython on this PC
  pyralis build --target esp32s3
  pyralis build --target all --json
  pyralis build --target esp32s3 --pin-firmware https://micropython.org/resources/firmware/NAME.bin"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    targets = ", ".join(f"{target.name} ({target.description})" for target in TARGETS.values())
    parser.add_argument("--target", choices=[*TARGETS, ALL], default="pc", help=f"{targets}, or all; default: pc")
    firmware = parser.add_argument_group("MicroPython of a board").add_mutually_exclusive_group()
    firmware.add_argument("--firmware", type=Path, metavar="FILE", help="check this file in place of the pinned one")
    firmware.add_argument(
        "--pin-firmware", metavar="URL", help="fetch a .bin (or take a file) and write it into firmware.lock.json"
    )
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Build each target; then show what boards' images take."""
    rig = rig_of(options)
    targets = find_targets(options.target)
    _check(options, targets)
    footprints: dict[str, Footprint] = {}

    def work(step: Step) -> None:
        from pyralis.deploy.build.footprint import report
        from pyralis.deploy.twin.measure import ram_after_boot

        builds, app_bytes = [], dict[str, int]()
        for target in targets:
            with step.step(target.name) as own:
                builds.append(build(rig, target, own))
                app_bytes[target.name] = _firmware(rig, target, own, options)
        footprints.update(report(rig, builds, step, app_bytes, ram_after_boot(rig, builds, step)))

    status = run_step("build", options, work)
    if footprints and not options.json:
        _show(rig, footprints)
    return status


def _check(options: argparse.Namespace, targets: list[Target]) -> None:
    given = options.firmware or options.pin_firmware
    if given and (len(targets) != 1 or targets[0].name not in BOARDS):
        raise UserError(
            f"a firmware is for one board, and not for --target {options.target}",
            whose="the options'",
            todo=f"add --target {', '.join(BOARDS)}: one of these",
        )


def _firmware(rig: Rig, target: Target, step: Step, options: argparse.Namespace) -> int:
    """See to it that what the board's code runs on is there; returns how much room that takes, 0 where nobody knows."""
    from pyralis.deploy.firmware import find_firmware, is_pinned, pin_firmware

    board = BOARDS.get(target.name)
    if board is None:
        return 0
    if not options.pin_firmware and not options.firmware and not is_pinned(rig, board):
        return 0  # virtual boards bring their own
    with step.step("firmware") as own:
        if options.pin_firmware:
            pin_firmware(rig, board, options.pin_firmware, own)
        firmware = find_firmware(rig, board, own, options.firmware)
        own.summarise(f"MicroPython {firmware.version}, {firmware.app_bytes // 1024} KB", sha256=firmware.sha256)
    return firmware.app_bytes


def _show(rig: Rig, footprints: "dict[str, Footprint]") -> None:
    from pyralis.deploy.build.footprint import LAST_GOOD_FILE, load
    from pyralis.deploy.build.footprint_table import show_footprints

    show_footprints(footprints, load(rig.live / LAST_GOOD_FILE), sys.stdout)
