"""Small boards take any change in any order while clients come and go: see any_change.py for what must hold.

Here in a short form, the same on each run. The long one has 2,000 changes on each board, from another seed each time:

    PYRALIS_ANY_CHANGE=2000 uv run pytest tests/deploy/chaos/test_any_change.py

A failure prints its sequence, its seed and the command that repeats it. That one, as any with a count, then looks for
the least sequence that fails, for up to five minutes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable

import pytest
import virtual_boards
from any_change import TREE, AnyChange
from chaos_board import ChaosBoard
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.interpreters import CPYTHON
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step

COUNT = "PYRALIS_ANY_CHANGE"
SEED = "PYRALIS_ANY_CHANGE_SEED"
SHORT = 60
_THIS = "tests/deploy/chaos/test_any_change.py"
_IN_A_ROW = 50
_SHORT_SEED = 4
_BUDGET = str(200 * 1024)


@pytest.fixture
def start(rig: Rig, step: Step, micropython: str) -> Callable[[str], Callable[[], ChaosBoard]]:
    """What starts a board: MicroPython with a heap of that size, a whole virtual board, or CPython with a budget."""
    rig.file.write_text(json.dumps({"name": "Wall", "tree": TREE}), encoding="utf-8")

    def prepare(board: str) -> Callable[[], ChaosBoard]:
        if board == CPYTHON:
            return lambda: ChaosBoard.process(rig, _BUDGET, CPYTHON)
        if board not in BOARDS:
            build(rig, TARGETS["pc"], step)
            return lambda: ChaosBoard.process(rig, board)
        device = virtual_boards.board(f"chaos-{board}", board)
        virtual_boards.put_image(rig, device)
        flash = virtual_boards.flash_file(rig, device.id).read_bytes()
        return lambda: ChaosBoard.virtual(rig, flash, board)

    return prepare


@pytest.mark.parametrize("board", ["128wk", "192wk", "256wk", "esp32dev", CPYTHON])
def test_any_change_in_any_order(start: Callable[[str], Callable[[], ChaosBoard]], board: str) -> None:
    count = int(os.environ.get(COUNT, SHORT))
    number = int(os.environ.get(SEED, _SHORT_SEED if COUNT not in os.environ else time.time_ns() // 10**6 % 10**6))
    in_a_row = min(_IN_A_ROW, count // 2)

    class Machine(AnyChange):
        make_board = staticmethod(start(board))

    chosen = settings(
        max_examples=count // in_a_row,
        stateful_step_count=in_a_row,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if COUNT in os.environ else [Phase.generate],
    )
    try:
        while Machine.changes < count:
            run_state_machine_as_test(seed(number + sum(board.encode()) + Machine.changes)(Machine), settings=chosen)
    except BaseException as error:
        again = f"{SEED}={number} {COUNT}={count} uv run pytest {_THIS} -k {board}"
        error.add_note(f"from seed {number}; to repeat it: {again}")
        raise
    print(f"{board}: {Machine.changes} changes from seed {number}")
