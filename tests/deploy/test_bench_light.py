"""The bench of the light engine: kernels as C++, what the tables say, and one real round."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.bench import cpp, light
from pyralis.deploy.bench.as_cpp import HEAD, alone, as_cpp, parameters
from pyralis.deploy.bench.cpp import LEVELS
from pyralis.deploy.bench.light import BYTECODE, NUMBA, VIPER, LightBench, kernel_table, light_plot, tick_table
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import PACKAGE, Rig

if TYPE_CHECKING:
    from pathlib import Path

    from pyralis.deploy.steps import Step

KERNELS = [
    (path, name)
    for path in sorted((PACKAGE / "light").rglob("*.py"))
    for name in re.findall(r"@micropython\.viper\ndef (\w+)\(", path.read_text(encoding="utf-8"))
]
SMALL = {"SIZE": 16, "SIZES": (16,), "MODULES": (2,), "PEER_US": {"Plasma": 1, "Metaballs": 1e9}, "_ROUNDS": 1}


def test_every_kernel_of_the_runtime_is_c_plus_plus(tmp_path: Path) -> None:
    assert len(KERNELS) > 40
    compiler = shutil.which("g++")
    assert compiler, "install g++"
    parts = [f"namespace n{number} {{ {as_cpp(path, name)} }}" for number, (path, name) in enumerate(KERNELS)]
    source = tmp_path / "all.cpp"
    source.write_text(HEAD + "\n".join(parts), encoding="utf-8")
    command = [
        compiler,
        "-std=c++20",
        "-Wall",
        "-Wno-unused-function",
        "-Wno-parentheses",
        "-fsyntax-only",
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_may_overflow_is_unsigned_and_what_is_stored_to_is_not_const(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(
        "from pyralis.kernel import const\n_MASK = const(255)\n"
        "def one(dst: ptr8, src: ptr16, count: int):\n"
        "    for i in range(count, 0, -1):\n        dst[i] = (src[i] * 7 + i // 3) & _MASK\n",
        encoding="utf-8",
    )
    text = as_cpp(path, "one")
    assert "constexpr int _MASK_ = 255;" in text
    assert "run(uint8_t* dst_, const uint16_t* src_, int count_)" in text
    assert "for (int i_ = count_, end_of = 0; i_ > end_of; i_ += (-1)) {" in text
    assert "int(unsigned(int(unsigned(src_[i_]) * unsigned(7))) + unsigned(divide(i_, 3)))" in text
    assert parameters(path, "one") == ["ptr8", "ptr16", "int"]
    assert alone(path, "one").startswith(
        "import micropython\nfrom micropython import const\n_MASK = const(255)\ndef one"
    )


def test_a_round_compares_bytes_and_times_every_form(rig: Rig, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(light, name, value)
    bench = LightBench(rig)
    bench.run(step)
    assert [bench.us(f"Metaballs effect {form}") > 0 for form in (NUMBA, *LEVELS, VIPER, BYTECODE)] == [True] * 5
    assert bench.kernels["Plasma"] == ["plasma", "gather", "pack", "number"]
    assert any(text.startswith("Plasma ") for text in bench.missed)
    assert not any(text.startswith("Metaballs ") for text in bench.missed)
    assert "polyline" in light_plot(bench)
    figures: Any = bench.figures()
    assert figures["us"]["tick Plasma"] > 0
    assert kernel_table(bench).count("\n") == 1 + 5


def test_other_bytes_are_an_error(rig: Rig, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(light, name, value)
    monkeypatch.setattr(cpp, "as_cpp", lambda path, kernel: as_cpp(path, kernel).replace("171", "170"))
    with pytest.raises(UserError, match=r"C\+\+ -O2 makes other bytes of Plasma tick"):
        LightBench(rig).run(step)


def test_without_a_compiler_there_are_no_columns_for_it(
    rig: Rig, step: Step, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(light, name, value)
    monkeypatch.setenv("PATH", str(tmp_path))
    bench = LightBench(rig)
    bench.run(step)
    assert "C++ -O2" not in kernel_table(bench)
    assert "C++ -O2" not in tick_table(bench)
    assert light.light_tables(bench).startswith("There is no `g++`")
