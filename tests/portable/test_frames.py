"""Every kernel gives the same bytes on interpreted CPython, numba, MicroPython bytecode and viper.

frames.json holds a hash of 20 frames for each case. After a change that is meant to be seen:
`python tests/portable/update_frames.py` shows what changed, `--write` keeps it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from executors import NativeRun, Run, on_micropython
from micropython_tree import command
from pyralis.kernel import numba_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
GOLDEN: dict[str, str] = json.loads((HERE / "frames.json").read_text(encoding="utf-8"))
SUBJECTS = list(dict.fromkeys(case.rpartition(" ")[0] for case in GOLDEN))
EXECUTORS = ("viper", "bytecode", "numba", "interpreted")

# With xdist one worker does them all, since they share the runs and the import of numba: see tools/same_worker.py.


@pytest.fixture(scope="session")
def runs(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Run | NativeRun]]:
    """A function that gives the run of an executor; all that have what they need start together."""
    started: dict[str, Run | NativeRun] = {}

    def begin(executor: str) -> Run | NativeRun:
        if executor == "numba":
            if numba_missing():
                pytest.skip("no numba: install the extra 'fast'")
            return NativeRun()
        if executor == "interpreted":
            return Run([sys.executable, str(HERE / "frames.py")], {})
        return on_micropython("main", executor == "viper", pytestconfig, tmp_path_factory)

    def get(executor: str) -> Run | NativeRun:
        if not started:
            missing = {"numba"} if numba_missing() else set()
            if not (command("micropython", "PYRALIS_MICROPYTHON") and command("mpy-cross", "PYRALIS_MPY_CROSS")):
                missing |= {"bytecode", "viper"}
            started.update({each: begin(each) for each in EXECUTORS if each not in missing})
        return started[executor] if executor in started else begin(executor)

    yield get
    for run in started.values():
        run.end()


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("executor", EXECUTORS)
def test_frames_are_the_golden_ones(executor: str, subject: str, runs: Callable[[str], Run | NativeRun]) -> None:
    """20 frames of an effect or kernel on an executor, at every size."""
    found = runs(executor).cases()
    wrong = [case for case in GOLDEN if case.rpartition(" ")[0] == subject and found[case]["hash"] != GOLDEN[case]]
    for case in wrong:
        pairs = enumerate(zip(found[case]["frames"], runs("interpreted").cases()[case]["frames"], strict=True))
        other = [number for number, (one, two) in pairs if one != two]
        print(case, f"frames {other} differ from interpreted CPython" if other else "is as on interpreted CPython")
    assert not wrong, f"not what frames.json holds, on {executor}: see the docstring of this file"


@pytest.mark.parametrize("executor", EXECUTORS)
def test_every_case_has_a_golden_hash(executor: str, runs: Callable[[str], Run | NativeRun]) -> None:
    """No case is left out of frames.json, and none there is stale."""
    assert list(runs(executor).cases()) == list(GOLDEN)
