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
    filters.add_argument("--group", default="", help="devices of this group")


def filters_of(options: argparse.Namespace, test: bool | None = None) -> "Filters":
    """The filters that were given."""
    from pyralis.deploy.devices import Filters

    return Filters(tuple(options.device), options.type, options.platform, options.group, test)


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
