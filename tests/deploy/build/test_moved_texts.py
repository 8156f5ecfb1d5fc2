"""Texts of refusals in a file beside the code."""

from pathlib import Path

import pytest

from pyralis.deploy.build.moved_texts import TextMover

SOURCE = """
class Refusal(Exception):
    pass

def check(name, bounds):
    if name == "x":
        raise Refusal("unknown", f"there is no '{name}', but {{these}}: {', '.join(bounds)}")
    if name == "y":
        raise Refusal("unknown", "not here either")
    if name == "z":
        raise ValueError(f"{name!r} is none")
    raise Refusal("formatted", f"{name:>5} is left as it is")
"""


def said(source: str, texts: Path, name: str) -> str:
    names: dict[str, object] = {"__file__": str(texts.with_suffix(".mpy"))}
    exec(compile(source, "sample", "exec"), names)
    with pytest.raises((names["Refusal"], ValueError)) as refused:  # type: ignore[arg-type]
        names["check"](name, ["a", "b"])  # type: ignore[operator]
    return str(refused.value.args[-1])


def test_refusals_say_what_they_said(tmp_path: Path) -> None:
    mover = TextMover()
    moved = mover.move("pyralis.core", SOURCE)
    texts = tmp_path / "texts.txt"
    texts.write_text("".join(text + "\n" for text in mover.texts), encoding="utf-8")
    assert "not here either" not in moved
    for name in ("x", "y", "z", "other"):
        assert said(moved, texts, name) == said(SOURCE, texts, name) != ""


def test_codes_and_texts_with_a_format_of_their_own_stay_in_the_code() -> None:
    mover = TextMover()
    moved = mover.move("pyralis.core", SOURCE)
    assert len(mover.texts) == 3
    assert "'formatted'" in moved
    assert "{name:>5} is left as it is" in moved


def test_what_is_said_when_memory_is_short_stays_in_the_code() -> None:
    assert (
        TextMover().move("pyralis.api", 'error_answer("no_memory", "not enough of it")\n').startswith("error_answer(")
    )


def test_only_one_module_reads_them_and_the_others_import_it() -> None:
    assert "def moved_text(" in TextMover().move("pyralis.core", SOURCE)
    assert TextMover().move("pyralis.api", SOURCE).startswith("from pyralis.core import moved_text\n")


def test_a_source_without_refusals_stays_as_it_is() -> None:
    assert TextMover().move("pyralis.api", "x = 1  # as it is\n") == "x = 1  # as it is\n"
