"""Requests and answers as plain values: bodies are JSON objects, fields have kinds, errors have one form."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pyralis.api.answer import CODES, Request, error_answer, parse_object, refuse_rest, take
from pyralis.core.errors import Refusal


def code(call: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        call()
    return refusal.value.code


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/api/system", ["api", "system"]),
        ("/api/modules/solid-3/move", ["api", "modules", "solid-3", "move"]),
        ("/api/modules/", ["api", "modules"]),
    ],
)
def test_a_path_has_parts(path: str, parts: list[str]) -> None:
    assert Request("GET", path).parts == parts


@pytest.mark.parametrize(
    ("body", "value"), [(b"", {}), (b"{}", {}), (b' {"a": [1]} ', {"a": [1]}), ('{"ä": 1}'.encode(), {"ä": 1})]
)
def test_a_body_is_a_json_object_and_an_empty_one_has_no_fields(body: bytes, value: object) -> None:
    assert parse_object(body) == value


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"5",
        b'"text"',
        b"{a: 1}",
        b"{} {}",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"[" * 8000,
        b'{"a":' * 1500,
    ],
)
def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    assert code(lambda: parse_object(body)) == "bad_json"


def test_fields_are_taken_by_their_kind() -> None:
    fields: dict[str, Any] = {"name": "a", "index": 0, "controls": {}, "none": None}
    assert take(fields, "name", str) == "a"
    assert take(fields, "index", int) == 0
    assert take(fields, "controls", dict) == {}
    assert take(fields, "none", int) is None
    assert take(fields, "missing", int) is None
    assert fields == {}


@pytest.mark.parametrize(
    ("value", "kind", "hint"),
    [
        (5, str, "a text"),
        (True, int, "a whole number"),
        (1.0, int, "a whole number"),
        ("1", int, "a whole number"),
        ([], dict, "an object"),
    ],
)
def test_a_field_of_another_kind_is_refused(value: object, kind: type, hint: str) -> None:
    with pytest.raises(Refusal) as refusal:
        take({"field": value}, "field", kind)
    assert (refusal.value.code, refusal.value.message) == ("invalid_value", f"the field 'field' takes {hint}")


@pytest.mark.parametrize("fields", [{}, {"type": None}])
def test_a_field_that_is_needed_is_missed(fields: dict[str, Any]) -> None:
    assert code(lambda: take(fields, "type", str, required=True)) == "missing_field"


def test_a_field_that_nobody_takes_is_refused() -> None:
    refuse_rest({})
    assert code(lambda: refuse_rest({"typ": 1})) == "unknown_field"


@pytest.mark.parametrize("error", re.findall(r"[a-z_]+", CODES))
def test_every_error_has_one_form_and_a_status_of_its_own_class(error: str) -> None:
    answer = error_answer(error, "do this")
    assert answer.value == {"error": error, "message": "do this"}
    assert 400 <= answer.status < 600
    assert (answer.status >= 500) == (error in ("internal", "no_memory", "no_storage"))
