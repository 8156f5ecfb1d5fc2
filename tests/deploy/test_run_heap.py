"""`run --heap`: which sizes there are, and what they come to on either interpreter."""

from __future__ import annotations

import re

import pytest

from pyralis.deploy import cli
from pyralis.deploy.errors import UserError
from pyralis.deploy.interpreters import HEAP_PATTERN, heap_budget
from pyralis.deploy.rig import Rig


@pytest.mark.parametrize(
    ("heap", "size_bytes"), [("200k", "204800"), ("200K", "204800"), ("1m", "1048576"), ("150000", "150000")]
)
def test_budget_is_in_whole_bytes(heap: str, size_bytes: str) -> None:
    assert heap_budget(heap) == size_bytes


def test_words_are_for_micropython() -> None:
    with pytest.raises(UserError, match="'w' doubles a heap whose words are twice a board's") as raised:
        heap_budget("128wk")
    assert raised.value.todo.startswith("write 128k")


@pytest.mark.parametrize("heap", ["1", "31k", "32767"])
def test_too_little_is_refused(heap: str) -> None:
    with pytest.raises(UserError, match=rf"--heap {heap} is less than a server with a client takes") as raised:
        heap_budget(heap)
    assert "32k at least" in raised.value.todo


@pytest.mark.parametrize("heap", ["256k", "256K", "128wk", "1m", "1wm", "200000"])
def test_sizes_that_micropython_takes(heap: str) -> None:
    assert re.fullmatch(HEAP_PATTERN, heap)


@pytest.mark.parametrize("heap", ["", "0", "k", "-1k", "1.5k", "128kw", "128 k", "1g", "²k", "12345678901"])
def test_sizes_that_are_none(heap: str, rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["run", "--rig", str(rig.root), f"--heap={heap}"])
    assert raised.value.code == 2
    assert f"'{heap}' is not a size such as 256k, 1m, or a number of bytes" in capsys.readouterr().err


def test_size_for_the_other_interpreter_starts_nothing(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--rig", str(rig.root), "--port", "0", "--heap", "128wk"]) == 1
    assert "--heap 128wk is a size for MicroPython" in capsys.readouterr().err
    assert not rig.logs.exists()
