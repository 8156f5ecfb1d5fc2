"""MicroPython keeps a name for each character that is taken out of a text: what users write must leave none behind."""

from __future__ import annotations

import re
import subprocess

import pytest

from micropython_tree import TIMEOUT_S, child_environment, compiled, micropython

PROGRAM = """
import micropython
from pyralis.core.controls import COLOR, Control, is_number, is_plain_text, is_valid
from pyralis.core.manager import is_id, is_name

color = Control("color", COLOR, "#000000", 0, 0, "")

def look(text):
    is_plain_text(text), is_number(text), is_name(text), is_id(text)
    for value in (text[1:] + "12345a", "#" + text + "1234"):
        is_valid(color, value)

look("a1")
micropython.qstr_info()
texts = [bytes((32 + i, 228, 184 + i // 64, 128 + i % 64)).decode() for i in range(90)]  # chr keeps a name, too
for text in texts:
    {look}
micropython.qstr_info()
"""


@pytest.mark.parametrize(("look", "keeps"), [("look(text)", False), ("[c for c in text]", True)])
def test_looking_at_texts_keeps_no_names(
    look: str, keeps: bool, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = compiled(True, pytestconfig, tmp_path_factory)
    done = subprocess.run(
        [micropython(), "-c", PROGRAM.format(look=look)],
        env=child_environment({"MICROPYPATH": str(folder)}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    before, after = (int(count) for count in re.findall(r"n_qstr=(\d+)", done.stdout))
    assert (after > before) == keeps
