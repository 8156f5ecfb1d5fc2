"""Every kernel gives the same bytes on interpreted CPython, numba, MicroPython bytecode and viper.

frames.json holds a hash of 20 frames for each case. After a change that is meant to be seen:
`python tests/portable/update_frames.py` shows what changed, `--write` keeps it.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import frames
from micropython_tree import TIMEOUT_S, child_environment, command, compiled, micropython
from pyralis.kernel import numba_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
GOLDEN: dict[str, str] = json.loads((HERE / "frames.json").read_text(encoding="utf-8"))
SUBJECTS = list(dict.fromkeys(case.rpartition(" ")[0] for case in GOLDEN))
EXECUTORS = ("viper", "bytecode", "numba", "interpreted")

# With xdist one worker does them all, since they share the runs and the import of numba: see tools/same_worker.py.


def parse(output: str) -> dict[str, Any]:
    """The lines of frames.py by their case."""
    lines = [json.loads(line) for line in output.splitlines()]
    return {line["case"]: line for line in lines}


class Run:
    """An executor in a process of its own, which starts at once; `cases` waits for its end."""

    def __init__(self, call: list[str], extra: dict[str, str]) -> None:
        self.child = subprocess.Popen(
            call, env=child_environment(extra), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=HERE
        )
        self.found: dict[str, Any] | None = None

    def cases(self) -> dict[str, Any]:
        if self.found is None:
            output, _ = self.child.communicate(timeout=TIMEOUT_S)
            assert self.child.returncode == 0, output
            self.found = parse(output)
        return self.found

    def end(self) -> None:
        self.child.kill()
        self.child.communicate()


class NativeRun:
    """numba in this process, since importing it takes longer than all its frames."""

    def __init__(self) -> None:
        self.found: dict[str, Any] | None = None

    def cases(self) -> dict[str, Any]:
        if self.found is None:
            kernels = frames.all_kernels()
            before = [kernel._run for kernel in kernels]
            output = io.StringIO()
            try:
                for kernel in kernels:
                    assert kernel.compile(), kernel.error
                    assert kernel.native
                with contextlib.redirect_stdout(output):
                    frames.main()
            finally:
                for kernel, run in zip(kernels, before, strict=True):
                    kernel._run = run
            self.found = parse(output.getvalue())
        return self.found

    def end(self) -> None:
        """Nothing is left."""


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
        interpreter = micropython()
        folder = compiled(executor == "viper", pytestconfig, tmp_path_factory)
        return Run([interpreter, "-c", "import frames; frames.main()"], {"MICROPYPATH": str(folder)})

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
