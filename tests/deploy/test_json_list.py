"""Lists that people write: what is wrong is told by file, entry and field, with what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.errors import UserError
from pyralis.deploy.json_list import Form, read_list

if TYPE_CHECKING:
    from pathlib import Path

FORM = Form(
    whose="the fruit list's",
    entries={
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "color": {"enum": ["red", "green"]},
            "ripe": {"type": "boolean"},
            "grams": {"type": "integer", "minimum": 1, "maximum": 900},
            "origin": {"type": "string", "minLength": 2},
        },
    },
    key="name",
    meanings={"origin": "a country such as Chile"},
    beyond=lambda entries: [(n, "name: is no fruit") for n, entry in enumerate(entries) if entry["name"] == "potato"],
)


def problems(folder: Path, text: str) -> list[str]:
    path = folder / "fruits.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as raised:
        read_list(path, FORM)
    assert raised.value.whose == f"the fruit list's: {path}"
    return [raised.value.what, *raised.value.details]


def test_good_list_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fruits.json"
    path.write_text('[{"name": "apple", "ripe": true}]', encoding="utf-8")
    assert read_list(path, FORM) == [{"name": "apple", "ripe": True}]


def test_missing_file_is_the_callers_business(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_list(tmp_path / "fruits.json", FORM)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('{"color": "red"}', "entry 1: 'name' is missing; allowed: a text"),
        ('{"name": "fig", "color": "blue"}', 'entry 1 (fig): color: "blue" is not allowed; allowed: red, green'),
        ('{"name": "fig", "ripe": 1}', "entry 1 (fig): ripe: 1 is not allowed; allowed: true or false"),
        ('{"name": "fig", "grams": 901}', "entry 1 (fig): grams: 901 is not allowed; allowed: 1 to 900"),
        ('{"name": "fig", "origin": ""}', 'entry 1 (fig): origin: "" is not allowed; allowed: a country such as Chile'),
        (
            '{"name": "fig", "size": 1}',
            "entry 1 (fig): unknown field 'size'; there are: name, color, ripe, grams, origin",
        ),
        ('{"name": "potato"}', "entry 1 (potato): name: is no fruit"),
        ("3", "entry 1: must be an object"),
    ],
)
def test_problem_names_entry_field_and_what_is_allowed(tmp_path: Path, entry: str, problem: str) -> None:
    assert problems(tmp_path, f"[{entry}]") == ["fruits.json is not right", problem]


def test_many_problems_are_counted_and_the_first_are_shown(tmp_path: Path) -> None:
    what, *details = problems(tmp_path, f"[{', '.join(['3'] * 20)}]")
    assert what == "fruits.json is not right (and 19 more)"
    assert len(details) == 8


def test_what_is_no_list(tmp_path: Path) -> None:
    assert problems(tmp_path, "{}") == ["fruits.json is not right", "must be a list: [ {…}, {…} ]"]
    assert problems(tmp_path, "[\n,") == ["fruits.json:2:1: not JSON: Expecting value"]
