"""What live tests prove: read from their docstrings, without importing them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pyralis.deploy.live import run
from pyralis.deploy.live.proofs import Proof, proof_of, read_proofs
from pyralis.deploy.results import RESULT_TEST

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """
raise RuntimeError("this is never run")

def test_lights_up() -> None:
    \"\"\"Every light
    has 2.5 colours. What more is said is left out.\"\"\"

async def test_silent(): pass

class TestWall:
    def test_is_bright(self):
        "Is it? It is."

def helper():
    \"\"\"No test.\"\"\"
"""


def test_first_sentence_of_each_test(tmp_path: Path) -> None:
    (tmp_path / "test_wall.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "helpers.py").write_text("def test_not_collected(): ...", encoding="utf-8")
    proofs = read_proofs(tmp_path)
    assert {name: proof for name, proof in proofs.items() if proof.file} == {
        "lights up": Proof("test_wall.py", "Every light has 2.5 colours."),
        "silent": Proof("test_wall.py", ""),
        "is bright": Proof("test_wall.py", "Is it?"),
    }


def test_test_with_parameters_has_the_proof_of_its_function(tmp_path: Path) -> None:
    (tmp_path / "test_wall.py").write_text(SUITE, encoding="utf-8")
    proofs = read_proofs(tmp_path)
    assert proof_of("lights up: 170-rgb", proofs) == proofs["lights up"]
    assert proof_of("lights", proofs) is None


def test_every_test_of_the_suite_says_what_it_proves_and_has_a_name_of_its_own() -> None:
    proofs = {name: proof for name, proof in read_proofs().items() if proof.file}
    functions = [
        node
        for path in run.SUITE.glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert len(proofs) == len(functions) >= 30
    assert [name for name, proof in proofs.items() if not proof.sentence.endswith(".")] == []


def test_what_the_run_itself_finds_out_is_explained() -> None:
    proofs = read_proofs()
    for name in (run.FLASH_TEST, run.START_TEST, run.SUITE_TEST, RESULT_TEST):
        assert proofs[name].sentence
