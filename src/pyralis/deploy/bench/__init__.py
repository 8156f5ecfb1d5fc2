"""Measure effects, memory, serving and flashing on this machine; write docs/performance.md and docs/memory.md."""

import argparse
import sys

from pyralis.deploy.commands.common import add_json, add_rig, rig_of, run_step
from pyralis.deploy.steps import Step

PARTS = ("effects", "memory", "http", "flash")
_EPILOG = """examples:
  pyralis bench                     all four, in three minutes
  pyralis bench effects             what each effect costs a tick, at three sizes, on both interpreters
  pyralis bench memory              what each stage of a start costs MicroPython's heap
  pyralis bench http --json         how fast the runtime starts and answers, and how busy it keeps a core
  pyralis bench flash               how long a fleet of virtual boards takes to flash, by ways to reach them

Figures are medians, but of this machine as busy as it is: measure when nothing else runs.
--json tells all of them; --no-write leaves the pages alone."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    parser.add_argument("parts", nargs="*", type=_part, metavar="PART", help=f"{', '.join(PARTS)}; default: all")
    parser.add_argument("--check", action="store_true", help="exit status 1 where a target is missed")
    parser.add_argument("--no-write", action="store_true", help="do not write the pages in docs")
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Measure, write the pages, and print the tables."""
    from pyralis.deploy.bench.run import Bench

    names = [part for part in PARTS if part in (options.parts or PARTS)]
    bench = Bench(rig_of(options), names, options.check)

    def work(step: Step) -> None:
        bench.run(step)
        if not options.no_write:
            bench.write(step)

    status = run_step("bench", options, work)
    if not options.json:
        sys.stdout.write(f"\n{bench.text()}\n")
    return status


def _part(text: str) -> str:
    if text not in PARTS:
        raise argparse.ArgumentTypeError(f"'{text}' is not one of {', '.join(PARTS)}")
    return text
