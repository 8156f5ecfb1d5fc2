"""A user's module with a bug of each kind: it alone is red or amber, the reason helps, and all others run on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chaos_board import ChaosBoard
from user_bugs import BUGS, file_name, source

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.interpreters import CPYTHON, MICROPYTHON
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, unseen

HEAPS = {CPYTHON: str(300 * 1024), MICROPYTHON: "128wk"}
LIGHTS = 256
_DEADLINE_S = 20.0
_MOST_USES = 3  # their code takes what is free above the reserve
TREE = [
    {
        "type": "DriverLayer",
        "children": [{"type": "Grid"}, {"type": "EffectsLayer", "children": [{"type": "Plasma"}]}, {"type": "Preview"}],
    }
]


@pytest.fixture(scope="module")
def buggy_rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """A rig with all of them, built."""
    rig = Rig(tmp_path_factory.mktemp("buggy") / "rig")
    make_rig(rig.root)
    for name in BUGS:
        (rig.modules / file_name(name)).write_text(source(name), encoding="utf-8")
    rig.file.write_text(json.dumps({"name": "Wall", "tree": TREE}), encoding="utf-8")
    build(rig, TARGETS["pc"], Step("build", unseen))
    return rig


@pytest.fixture(scope="module")
def running(buggy_rig: Rig) -> Iterator[Callable[[str], ChaosBoard]]:
    """A runtime of an interpreter, the same for some of them as long as it is well: the code of a type stays."""
    boards: dict[str, ChaosBoard] = {}
    uses: dict[str, int] = {}

    def get(interpreter: str) -> ChaosBoard:
        uses[interpreter] = uses.get(interpreter, 0) + 1
        old = boards.get(interpreter)
        if old is not None and (not old.lives or uses[interpreter] > _MOST_USES or len(old.modules()) != 5):
            boards.pop(interpreter).close()
        if interpreter not in boards:
            uses[interpreter] = 1
            boards[interpreter] = ChaosBoard.process(buggy_rig, HEAPS[interpreter], interpreter, fps=60)
        return boards[interpreter]

    yield get
    for board in boards.values():
        board.close()


def wait(board: ChaosBoard, fits: Callable[[dict[str, dict[str, Any]]], Any], what: str) -> dict[str, dict[str, Any]]:
    end_s = time.monotonic() + _DEADLINE_S
    while True:
        modules = {one["id"]: one for one in board.modules()}
        if fits(modules):
            return modules
        told = {name: (one["status"], one["health"]) for name, one in modules.items()}
        assert time.monotonic() < end_s, f"not {what} in time: {told}; log: {board.lines[-5:]}"
        time.sleep(0.02)


def is_red_or_amber(one: dict[str, Any]) -> bool:
    return one["status"] not in ("ok", "compiling")


@pytest.mark.parametrize("name", BUGS)
@pytest.mark.parametrize("interpreter", [CPYTHON, MICROPYTHON])
def test_a_bug_shows_at_its_module_and_nowhere_else(
    running: Callable[[str], ChaosBoard], micropython: str, interpreter: str, name: str
) -> None:
    bug = BUGS[name]
    if bug.needs_heap and interpreter == CPYTHON:
        return  # a budget counts what is kept, and this keeps nothing
    board = running(interpreter)
    wait(board, lambda all_: all(one["status"] == "ok" for one in all_.values()), "green")
    parent = {"effect": "effectslayer-3", "layout": "driverlayer-1", "output": "driverlayer-1"}[bug.category]
    answer = board.change("POST", "/api/modules", {"type": name, "parent": parent})
    assert answer.status == 201, answer
    bad = answer.value["id"]

    modules = wait(board, lambda all_: is_red_or_amber(all_[bad]), "red or amber")
    shown = modules[bad]
    assert [words for words in bug.words if not any(word in shown["health"] for word in words.split("|"))] == [], shown[
        "health"
    ]
    assert len(shown["health"]) > 15
    if bug.status:
        assert (shown["status"], shown["setup_ok"]) == (bug.status, True)
    else:
        assert not shown["setup_ok"]
    wait(board, lambda _: any(bad in line for line in board.lines), "told in the log")

    board.wait_ticks(1500 if bug.status else 300)
    modules = {one["id"]: one for one in board.modules()}
    others = {one["id"]: one["health"] for one in modules.values() if one["id"] != bad and one["status"] != "ok"}
    assert others == {}
    assert board.system()["lights"] == LIGHTS
    wait(board, lambda _: board.system()["fps"] > (0 if bug.status == "slow" else 30), "at its frame rate")
    assert board.change("DELETE", f"/api/modules/{bad}").status == 200
    wait(board, lambda all_: all(one["status"] == "ok" for one in all_.values()), "green")
