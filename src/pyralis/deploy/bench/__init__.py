"""Measure effects, memory, serving, flashing, the MCP server, the page and endurance; write the pages in docs."""

import argparse
import sys

from pyralis.deploy.commands.common import add_json, add_rig, rig_of, run_step
from pyralis.deploy.steps import Step

PARTS = ("effects", "light", "outputs", "memory", "http", "reload", "flash", "mcp")
PAGE = "page"  # needs a browser
SOAK = "soak"
_PARTS = (*PARTS, PAGE, SOAK)
_MOST_MINUTES = 7 * 24 * 60
_EPILOG = """examples:
  pyralis bench                     all eight, in some ten minutes
  pyralis bench effects             what each effect costs a tick, at three sizes, on both interpreters
  pyralis bench light               a tick beside C++, NumPy and MicroPython, and how its cost grows
  pyralis bench outputs             what each protocol costs a frame of 97 packets, beside the system calls alone
  pyralis bench memory              what each stage of a start costs MicroPython's heap
  pyralis bench http --json         how fast the runtime starts and answers, and how busy it keeps a core
  pyralis bench reload              how soon a saved effect is on the wire, and a mistake on its module
  pyralis bench flash               how long a fleet of virtual boards takes to flash, by ways to reach them
  pyralis bench mcp                 how fast the MCP server answers and ends, what it survives, and a conversation
  pyralis bench page                how soon the page is there in a real browser; needs Chromium, not in `bench` alone
  pyralis bench soak --minutes 30   whether memory grows under four pages and constant changes; not in `bench` alone

Figures are medians, but of this machine as busy as it is: measure when nothing else runs.
--json tells all of them; --no-write leaves the pages alone."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    parser.add_argument(
        "parts", nargs="*", type=_part, metavar="PART", help=f"{', '.join(_PARTS)}; default: all but {PAGE} and {SOAK}"
    )
    parser.add_argument("--minutes", type=_minutes, default=30.0, metavar="N", help=f"of {SOAK}; default: 30")
    parser.add_argument("--check", action="store_true", help="exit status 1 where a target is missed")
    parser.add_argument("--no-write", action="store_true", help="do not write the pages in docs")
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Measure, write the pages, and print the tables."""
    from pyralis.deploy.bench.run import Bench

    names = [part for part in _PARTS if part in (options.parts or PARTS)]
    bench = Bench(rig_of(options), names, options.check, options.minutes)

    def work(step: Step) -> None:
        bench.run(step)
        if not options.no_write:
            bench.write(step)

    status = run_step("bench", options, work)
    if not options.json:
        sys.stdout.write(f"\n{bench.text()}\n")
    return status


def _part(text: str) -> str:
    if text not in _PARTS:
        raise argparse.ArgumentTypeError(f"'{text}' is not one of {', '.join(_PARTS)}")
    return text


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= _MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of minutes, such as 30 or 0.5")
    return minutes
