"""One thread parses at a time, and trees that are only read are shared."""

import ast
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from types import SimpleNamespace

import pytest

from pyralis.deploy import syntax

SOURCE = Path(syntax.__file__).with_name("rig.py").read_text(encoding="utf-8")


def test_only_one_thread_parses_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = Lock()

    def watched(source: str, filename: str) -> ast.Module:
        assert inside.acquire(blocking=False)
        time.sleep(0.001)  # lets others run, as a collection of garbage can in the midst of it
        inside.release()
        return ast.parse(source, filename)

    monkeypatch.setattr(syntax, "ast", SimpleNamespace(parse=watched))
    with ThreadPoolExecutor(4) as pool:
        trees = list(pool.map(syntax.parse, [SOURCE] * 20))
    assert {ast.dump(tree) for tree in trees} == {ast.dump(ast.parse(SOURCE))}


def test_who_parses_has_a_tree_of_its_own() -> None:
    assert syntax.parse(SOURCE) is not syntax.parse(SOURCE)


def test_nodes_are_made_once_for_each_source() -> None:
    assert syntax.nodes(SOURCE) is syntax.nodes(SOURCE)
    assert [type(node) for node in syntax.nodes("a = 1")[:3]] == [ast.Module, ast.Assign, ast.Name]


def test_error_names_file_and_line() -> None:
    with pytest.raises(SyntaxError) as raised:
        syntax.parse("\n)", "effects/mine.py")
    assert (raised.value.filename, raised.value.lineno) == ("effects/mine.py", 2)
