"""Runs frames.py on each interpreter and reads what it prints. For the host alone."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import frames
from micropython_tree import TIMEOUT_S, child_environment, compiled, micropython

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent
_HEAP = "64m"  # for the largest pictures


def parse(output: str) -> dict[str, Any]:
    """The lines of frames.py by their case."""
    lines = [json.loads(line) for line in output.splitlines()]
    return {line["case"]: line for line in lines}


def on_micropython(entry: str, viper: bool, config: pytest.Config, temporary: pytest.TempPathFactory) -> Run:
    """A function of frames.py on MicroPython, or a skip."""
    interpreter = micropython()
    folder = compiled(viper, config, temporary)
    call = [interpreter, "-X", f"heapsize={_HEAP}", "-c", f"import frames; frames.{entry}()"]
    return Run(call, {"MICROPYPATH": str(folder)})


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

    def __init__(self, entry: str = "main") -> None:
        self.entry = entry
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
                    getattr(frames, self.entry)()
            finally:
                for kernel, run in zip(kernels, before, strict=True):
                    kernel.use(run)
            self.found = parse(output.getvalue())
        return self.found

    def end(self) -> None:
        """Nothing is left."""
