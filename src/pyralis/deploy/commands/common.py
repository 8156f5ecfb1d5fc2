"""What several commands share: options, and running a step with its progress shown.

Imports little, because `run` uses it too.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pyralis.deploy.rig import Rig, find_rig

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.deploy.devices import Filters
    from pyralis.deploy.flash.run import FlashOptions
    from pyralis.deploy.steps import Step


def add_rig(parser: argparse.ArgumentParser) -> None:
    """`--rig DIR`."""
    parser.add_argument("--rig", type=Path, metavar="DIR", help="the rig (default: the one around you)")


def add_json(parser: argparse.ArgumentParser, what: str = "events as JSON lines, the whole result last") -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help=f"print {what}")


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Filters over the device list."""
    from pyralis.deploy.devices import PLATFORMS, TYPES

    filters = parser.add_argument_group("filters (a device must pass all of them)")
    filters.add_argument("--device", action="append", default=[], metavar="ID", help="this device; may be repeated")
    filters.add_argument("--type", choices=TYPES, default="", help="devices of this type")
    platforms = [platform for of_type in PLATFORMS.values() for platform in of_type]
    filters.add_argument("--platform", choices=platforms, default="", help="devices of this platform")
    add_group(filters)


def add_group(parser: argparse._ActionsContainer) -> None:
    """`--group G`."""
    parser.add_argument("--group", default="", help="devices of this group")


def filters_of(options: argparse.Namespace, test: bool | None = None, default_type: str = "") -> "Filters":
    """The filters that were given; a device that is named may be of any type."""
    from pyralis.deploy.devices import Filters

    kind = options.type or ("" if options.device else default_type)
    return Filters(tuple(options.device), kind, options.platform, options.group, test)


def add_workers(parser: argparse.ArgumentParser) -> None:
    """`--workers N`."""
    parser.add_argument(
        "--workers",
        type=_workers,
        default=4,
        metavar="N",
        help="devices at a time, as many as the hub takes; default: 4",
    )


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 256):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of devices: 1 to 256")
    return int(text)


def add_flash(parser: argparse.ArgumentParser) -> None:
    """Options of flashing."""
    add_workers(parser)
    parser.add_argument("--flashfs", action="store_true", help="write the settings of the rig's folder data/, too")
    parser.add_argument(
        "--firmware", type=Path, metavar="FILE", help="MicroPython for the boards, instead of the locked one"
    )
    parser.add_argument(
        "--timeout", type=_seconds, default=180.0, metavar="S", help="seconds a board may take; default: 180"
    )


def add_pipeline(parser: argparse.ArgumentParser) -> None:
    """Options of everything that builds, flashes and tests boards."""
    add_group(parser)
    add_flash(parser)
    add_rig(parser)
    add_json(parser)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds: 1 to 3600")
    return value


def flash_options(options: argparse.Namespace) -> "FlashOptions":
    """The options of flashing that were given."""
    from pyralis.deploy.flash.run import FlashOptions

    return FlashOptions(options.flashfs, options.workers, options.timeout, options.firmware)


def rig_of(options: argparse.Namespace) -> Rig:
    """The rig that was given, or the one around the working directory."""
    return find_rig(options.rig)


def run_step(name: str, options: argparse.Namespace, work: "Callable[[Step], object]") -> int:
    """Do the work as a step with its progress shown; returns the exit status."""
    from pyralis.deploy.progress import Show
    from pyralis.deploy.steps import Step

    with Show(options.json) as show:
        with Step(name, show) as step:
            work(step)
        show.result(step.result)
    return 0 if step.result.ok else 1
