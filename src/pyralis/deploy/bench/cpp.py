"""C++: recorded kernels as libraries, compiled by the system's g++."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pyralis.deploy.bench.as_cpp import HEAD, as_cpp, parameters
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import PACKAGE

LEVELS = ("C++ -O2", "C++ -O3")
_TIMEOUT_S = 120


def compiled(folder: Path, calls: Sequence[tuple[str, str]]) -> dict[str, Path]:
    """By level, a library with a function `call_N` for each call of a kernel; none where there is no g++.

    Such a function takes a table of addresses and numbers, as the kernel has its parameters.
    """
    compiler = shutil.which("g++")
    if compiler is None:
        return {}
    source = folder / "kernels.cpp"
    source.write_text(_source(calls), encoding="utf-8")
    libraries = {}
    for level in LEVELS:
        optimise = level.split()[1]
        library = folder / f"kernels{optimise}.so"
        command = [compiler, "-std=c++20", optimise, "-shared", "-fPIC", "-o", str(library), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        if done.returncode:
            raise UserError("g++ does not compile the kernels", details=done.stderr.splitlines()[:5])
        libraries[level] = library
    return libraries


def _source(calls: Sequence[tuple[str, str]]) -> str:
    parts = [HEAD]
    kernels = list(dict.fromkeys(map(tuple, calls)))
    for number, (module, name) in enumerate(kernels):
        parts.append(f"namespace of_{number} {{\n{as_cpp(path_of(module), name)}}}\n")
    for number, (module, name) in enumerate(calls):
        kinds = parameters(path_of(module), name)
        values = [f"(int)(long)a[{at}]" if kind == "int" else _pointer(kind, at) for at, kind in enumerate(kinds)]
        run = f"of_{kernels.index((module, name))}::{name}_::run"
        parts.append(f'extern "C" void call_{number}(void** a) {{ {run}({", ".join(values)}); }}\n')
    return "".join(parts)


def _pointer(kind: str, at: int) -> str:
    return f"(uint{kind[3:]}_t*)a[{at}]"


def path_of(module: str) -> Path:
    """Its source."""
    return PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
