"""all-pc: build, unit tests, live tests on both interpreters, summarise: what every change passes."""

from collections.abc import Callable

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.devices import Filters, load, select
from pyralis.deploy.errors import UserError
from pyralis.deploy.live.run import LiveRun
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, failure_of
from pyralis.deploy.summarise import summarise
from pyralis.deploy.unittest import run_unit_tests

BUILD, UNIT_TESTS, LIVE_TESTS, SUMMARISE = "build", "unit tests", "live tests", "summarise"


def run_all_pc(rig: Rig, step: Step) -> None:
    """Run the four steps; failed tests do not keep the rest from running, a failed build does."""
    step.plan(BUILD, UNIT_TESTS, LIVE_TESTS, SUMMARISE)
    if not _attempt(step, BUILD, lambda own: build(rig, TARGETS["pc"], own)):
        for name in (UNIT_TESTS, LIVE_TESTS, SUMMARISE):
            step.not_run(name, "there is no build")
    else:
        _attempt(step, UNIT_TESTS, lambda own: run_unit_tests(rig, own))
        _attempt(step, LIVE_TESTS, lambda own: _live_tests(rig, own))
        _attempt(step, SUMMARISE, lambda own: summarise(rig, own))
    failed = [result.name for result in step.result.steps if not result.ok]
    step.summarise("all passed")
    if failed:
        step.fail(f"failed: {', '.join(failed)}")


def _live_tests(rig: Rig, step: Step) -> None:
    LiveRun(rig, select(load(rig), Filters(type="pc", test=True)), step).run()


def _attempt(parent: Step, name: str, work: Callable[[Step], object]) -> bool:
    """Do the work as a step; a UserError is its failure and goes no further."""
    with parent.step(name) as step:
        try:
            work(step)
        except UserError as error:
            step.fail(error.what, [failure_of(name, error)])
    return step.result.ok
