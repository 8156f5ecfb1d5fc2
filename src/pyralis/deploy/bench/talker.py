"""Talker: a process that answers a JSON line with a JSON line."""

import contextlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import IO, Any, Self, cast

from pyralis.deploy.errors import UserError

_END_S = 10


class Talker:
    """One such process, which ends with the context."""

    def __init__(self, command: list[str], env: Mapping[str, str]) -> None:
        self._command = command
        self._process = subprocess.Popen(
            command, env=dict(env), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self._stdin, self._stdout = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)

    def ask(self, what: Mapping[str, object]) -> Any:
        """What it answers; of several times the median. UserError where it cannot."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin.write(json.dumps(what) + "\n")
            self._stdin.flush()
        line = self._stdout.readline()
        if not line.startswith(("{", "[")):
            said = [line.rstrip(), *self._stdout.read().splitlines()] if line else []
            raise UserError(f"{Path(self._command[0]).name} ended at {str(what)[:80]}", details=said[-5:])
        answer = json.loads(line)
        if isinstance(answer, list):
            return float(median(answer))
        if "error" in answer:
            raise UserError(answer["error"], whose="the bench's")
        return answer["answer"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()
