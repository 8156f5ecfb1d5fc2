"""Calibration: the least memory with which a virtual board serves what comes to it, found by trying.

What is asked of it is not estimated, but done, again and again, with less and less memory left.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyralis.deploy.bench.heap import Stage
from pyralis.deploy.bench.memory import client
from pyralis.deploy.build.builder import Build
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.reserve.exercise import Load, NotServedError, exercise
from pyralis.deploy.reserve.formula import buffer_bytes, profile
from pyralis.deploy.reserve.profiles import Profile
from pyralis.deploy.reserve.virtual_board import booted, make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Json, Step

CLIENTS = 4  # a board serves no more of them at a time
HOLES_PERCENT = 50
_LEAST_BYTES = 4 * 1024
_MOST_BYTES = 68 * 1024
_STEP_BYTES = 2048  # twice, as the words of the virtual board are twice as long, the KB that a reserve is rounded to
_LIVE = "live, no client"
_BOOT_STAGES = {"tree": "after module setup", "serving": "after server start"}


@dataclass(frozen=True)
class Trial:
    """What is tried with less and less memory; the reserve is made of the most that some of them need."""

    load: Load
    holes_percent: int = 0
    is_reserve: bool = False

    @property
    def name(self) -> str:
        """As the table has it."""
        return self.load.name


_ALL = Load(f"{CLIENTS} clients, a change and lists", CLIENTS, changes=True)
_HOLES = Load(f"the same, {HOLES_PERCENT} % of it in holes", CLIENTS, changes=True)
RESERVE_TRIALS = (Trial(_ALL, is_reserve=True), Trial(_HOLES, HOLES_PERCENT, is_reserve=True))
TRIALS = (
    Trial(Load("1 client", 1)),
    Trial(Load(f"{CLIENTS} clients", CLIENTS)),
    *RESERVE_TRIALS,
    Trial(Load("the same without holes, and a request of 8 KB", CLIENTS, changes=True, large=True)),
)


@dataclass
class Calibration:
    """What was found for a kind of board; bytes are those of the virtual one, but for the profile's."""

    board: str
    stages: list[Stage] = field(default_factory=list)
    needs: dict[str, int] = field(default_factory=dict)  # by what is tried
    profile: Profile = field(default_factory=lambda: Profile(0))

    def to_json(self) -> Json:
        """For machines."""
        stages = [stage.to_json() for stage in self.stages]
        return {"heap": BOARDS[self.board].heap, "stages": stages, "needs": self.needs, "profile": vars(self.profile)}


def calibrate(rig: Rig, boards: Sequence[str], step: Step, trials: Sequence[Trial] = TRIALS) -> list[Calibration]:
    """Measure each kind of board within `step`; UserError where its virtual board does not serve at all."""
    found = [Calibration(board) for board in boards]
    step.parallel([partial(_calibrate, rig, one, step, trials) for one in found], len(found))
    return found


def _calibrate(rig: Rig, found: Calibration, step: Step, trials: Sequence[Trial]) -> None:
    with step.step(found.board) as own, TemporaryDirectory(prefix="pyralis-calibrate-") as folder:
        made_rig, made = make_rig(rig, Path(folder), found.board)
        found.stages = _stages(made_rig, made, own.cancelled)
        most_bytes = min(_MOST_BYTES, *(stage.free_bytes for stage in found.stages if stage.name == _LIVE))
        for done, trial in enumerate(trials):
            own.progress(done, len(trials), trial.name)
            need_bytes, message_bytes = _least(made_rig, made, trial, most_bytes, own.cancelled)
            found.needs[trial.name] = need_bytes
            if trial.is_reserve:
                wanted = profile(need_bytes, buffer_bytes(trial.load, message_bytes))
                found.profile = max(found.profile, wanted, key=lambda one: one.reserve_bytes)
        own.summarise(f"reserve {found.profile.reserve_bytes} bytes", **found.to_json())


def _stages(rig: Rig, made: Build, cancelled: threading.Event) -> list[Stage]:
    """The heap from the start on, as it is with all the memory of the board."""
    with booted(rig, made, cancelled) as board, ExitStack() as pages:
        stages = [board.measure(_LIVE)]
        for clients in range(1, CLIENTS + 1):
            pages.enter_context(client(board.url))
            if clients in (1, CLIENTS):
                stages.append(board.measure(f"live, {clients} client{'s' * (clients > 1)}"))
        pages.close()
        exercise(board.url, _ALL, "all of it")
        stages.append(board.measure("live, after a change and lists"))
    total_bytes = stages[0].used_bytes + stages[0].free_bytes
    return [*_boot_stages(board.boot, total_bytes), *stages]


def _boot_stages(printed: Sequence[Mapping[str, Any]], total_bytes: int) -> Iterator[Stage]:
    for one in printed:
        if one["stage"] in _BOOT_STAGES:
            free_bytes, largest_bytes = one["free_kb"] * 1024, one["largest_kb"] * 1024
            yield Stage(_BOOT_STAGES[one["stage"]], total_bytes - free_bytes, free_bytes, largest_bytes)


def _least(rig: Rig, made: Build, trial: Trial, most_bytes: int, cancelled: threading.Event) -> tuple[int, int]:
    """(the least free bytes with which it is served, the largest message), each trial on a board that starts anew."""
    low_bytes, high_bytes = _LEAST_BYTES, most_bytes
    try:
        enough = _try(rig, made, trial, high_bytes, cancelled)
    except NotServedError as error:
        raise UserError(
            f"a virtual {made.target} with {high_bytes // 1024} KB free does not serve {trial.name}",
            details=[str(error)],
            whose="the rig's, whose modules leave too little, or the server's, which takes too much",
            todo="try it with a smaller tree in rig.json",
        ) from None
    while high_bytes - low_bytes > _STEP_BYTES:
        middle_bytes = (low_bytes + high_bytes) // 2
        try:
            enough = _try(rig, made, trial, middle_bytes, cancelled)
            high_bytes = middle_bytes
        except NotServedError:
            low_bytes = middle_bytes
    return enough


def _try(rig: Rig, made: Build, trial: Trial, free_bytes: int, cancelled: threading.Event) -> tuple[int, int]:
    """(bytes that were free before anybody came, the largest message); NotServedError where not all is served.

    All of it comes a second time, when the first has left memory in pieces.
    """
    with booted(rig, made, cancelled) as board:
        try:
            board.fill(free_bytes, trial.holes_percent)
            stage = board.measure(trial.name)
        except UserError as error:  # so little is left that not even this is answered
            raise NotServedError(error.what) from None
        largest_bytes = max(exercise(board.url, trial.load, name) for name in ("once", "twice"))
        if not board.holds_ballast():
            raise NotServedError("memory was so short that the board has let go of the ballast")
        return stage.free_bytes, largest_bytes
