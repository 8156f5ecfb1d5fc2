"""Proofs: what each live test proves, in the words of its own docstring.

Read from the syntax tree and never imported: the suite wants a device, and pages must not.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyralis.deploy.pytest_run import shown_name
from pyralis.deploy.syntax import parse

_SUITE = Path(__file__).resolve().parent / "suite"
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s")
# What the pipeline itself finds out, before and after the suite.
_OF_THE_RUN = {
    "the board is flashed": "Firmware and code were written and read back equal.",
    "the device starts and serves": "It answers over HTTP within its time, as the process and the build it should be.",
    "the suite runs to its end": "The device lasts, and pytest gets through all of its tests.",
    "the device leaves a result": "Each device that a run was to test is told of at its end.",
}


@dataclass(frozen=True)
class Proof:
    """Where a test stands, and the first sentence of what it says of itself."""

    file: str
    sentence: str


def read_proofs(suite: Path = _SUITE) -> dict[str, Proof]:
    """What the tests of a suite prove, by their shown names."""
    found = {name: Proof("", sentence) for name, sentence in _OF_THE_RUN.items()}
    for path in sorted(suite.glob("test_*.py")):
        for function in _functions(parse(path.read_text(encoding="utf-8"))):
            found[shown_name(f"{path.name}::{function.name}")] = Proof(path.name, _first_sentence(function))
    return found


def proof_of(name: str, proofs: Mapping[str, Proof]) -> Proof | None:
    """The proof of a shown name, that of a test with parameters too; None where the suite has no such test."""
    return proofs.get(name) or proofs.get(name.partition(": ")[0])


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def _first_sentence(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    words = " ".join((ast.get_docstring(function) or "").split())
    return _SENTENCE_ENDS.split(words)[0]
