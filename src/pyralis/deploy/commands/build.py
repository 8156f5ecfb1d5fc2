"""Compile runtime, rig and page for a target into build/<target>; what has not changed is not built again."""

import argparse

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import ALL, TARGETS, find_targets
from pyralis.deploy.commands.common import add_json, add_rig, rig_of, run_step
from pyralis.deploy.steps import Step

_EPILOG = """examples:
  pyralis build                     for MicroPython on this PC
  pyralis build --target esp32s3
  pyralis build --target all --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    targets = ", ".join(f"{target.name} ({target.description})" for target in TARGETS.values())
    parser.add_argument("--target", choices=[*TARGETS, ALL], default="pc", help=f"{targets}, or all; default: pc")
    add_rig(parser)
    add_json(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Build each target."""
    rig = rig_of(options)

    def work(step: Step) -> None:
        for target in find_targets(options.target):
            with step.step(target.name) as own:
                build(rig, target, own)

    return run_step("build", options, work)
