"""Kernels: has the checker look at kernels that it has not seen before."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from pyralis.deploy.build.sources import board_files
from pyralis.deploy.build.targets import Target
from pyralis.deploy.errors import UserError
from pyralis.deploy.files import write_whole
from pyralis.deploy.identity import module_files
from pyralis.deploy.rig import PACKAGE, Rig, package_environment

_MARK = b"micropython.viper"
_CACHE_FILE = "kernels.json"
_TIMEOUT_S = 60


def check_kernels(rig: Rig, target: Target) -> int:
    """Returns how many files were looked at; UserError with file, line and rule for a kernel outside the subset."""
    cache = rig.cache / _CACHE_FILE
    known = _read(cache)
    checker = hashlib.sha256(b"".join(path.read_bytes() for path in sorted((PACKAGE / "kernel").glob("checker*.py"))))
    keys: dict[str, Path] = {}
    for path in [*board_files(target), *module_files(rig)]:
        data = path.read_bytes()
        if _MARK in data:
            keys[hashlib.sha256(checker.digest() + data).hexdigest()[:32]] = path
    waiting = [path for key, path in keys.items() if key not in known]
    if waiting:
        _run_checker(rig, waiting)
    if waiting or set(known) - set(keys):
        write_whole(cache, json.dumps(sorted(keys)))
    return len(waiting)


def _run_checker(rig: Rig, files: list[Path]) -> None:
    # A process of its own: the pipeline does not import the runtime.
    shown = [str(path.relative_to(rig.root)) if path.is_relative_to(rig.root) else str(path) for path in files]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pyralis.kernel.checker", *shown],
        check=False,
        cwd=rig.root,
        env=package_environment(),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=_TIMEOUT_S,
    )
    if done.returncode == 0:
        return
    lines = (done.stdout + done.stderr).splitlines()
    raise UserError(
        f"{len(lines)} place{'s' if len(lines) != 1 else ''} where a kernel leaves the subset that boards can run",
        details=lines[-12:],
        whose="the kernel's: file, line and rule are above",
        todo="mend it; docs/kernels.md explains each rule",
    )


def _read(cache: Path) -> list[str]:
    try:
        value = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []  # it can be made again
    return [str(key) for key in value] if isinstance(value, list) else []
