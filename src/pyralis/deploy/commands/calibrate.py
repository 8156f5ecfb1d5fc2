"""Measure on virtual boards what a server with its clients needs, and write the reserve of each kind of board."""

import argparse
import sys
from typing import TYPE_CHECKING

from pyralis.deploy.commands.common import add_json, add_rig, rig_of, run_step
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.reserve.profiles import profile_file, save
from pyralis.deploy.steps import Step
from pyralis.deploy.terminal import shown_path

if TYPE_CHECKING:
    from pyralis.deploy.reserve.calibration import Calibration

_EPILOG = """examples:
  pyralis calibrate                         every kind of board, in two minutes
  pyralis calibrate --platform esp32dev     one kind
  pyralis calibrate --json --no-write       only tell

A virtual board with this rig's tree is filled up further and further, until pages, a change and lists are no longer
all served. From the least memory with which they are, the reserve follows: docs/memory.md says how. It is written into
profiles.json of the rig, and the next build puts it into the image. Measure when little else runs."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    parser.add_argument(
        "--platform", action="append", choices=list(BOARDS), help="this kind of board; may be repeated; default: all"
    )
    parser.add_argument("--no-write", action="store_true", help="leave profiles.json alone")
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Measure, write, and print the tables."""
    rig = rig_of(options)
    boards = list(dict.fromkeys(options.platform or BOARDS))
    found: list[Calibration] = []

    def work(step: Step) -> None:
        from pyralis.deploy.reserve.calibration import calibrate
        from pyralis.deploy.reserve.tables import tables, update_page

        found.extend(calibrate(rig, boards, step))
        if options.no_write:
            return
        path = profile_file(rig)
        save(path, {one.board: one.profile for one in found})
        step.note(f"wrote {shown_path(path)}")
        page = rig.root / "docs" / "memory.md"
        if boards == list(BOARDS) and update_page(page, tables(found)):
            step.note(f"wrote {shown_path(page)}")

    status = run_step("calibrate", options, work)
    if found and not options.json:
        from pyralis.deploy.reserve.tables import tables

        sys.stdout.write(f"\n{tables(found)}\n")
    return status
