"""Requests and answers as plain values, so that routes run without a network."""

import json

from pyralis.core.errors import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

# Codes of errors, in groups that end with their status. One text: a dict takes a board 1 KB more.
CODES = (
    "bad_json bad_request 400;"
    "unknown_module unknown_preset unknown_route 404;"
    "method_not_allowed 405;"
    "cycle not_accepted too_many_modules 409;"
    "too_large 413;"
    "unknown_type unknown_control unknown_field missing_field invalid_value type_failed 422;"
    "too_many_connections 429;"
    "no_memory no_storage 507;"
    "internal 500;"
)

_KIND_NAMES = {str: "a text", int: "a whole number", dict: "an object"}


class Request:
    """What a client asks: method, the parts of the path, query and body."""

    def __init__(self, method: str, path: str, query: "dict[str, str] | None" = None, body: bytes = b"") -> None:
        self.method = method
        self.parts = path.strip("/").split("/")
        self.query = query or {}
        self.body = body


class Answer:
    """A status, and a body that is either one JSON value or the parts of a JSON text."""

    def __init__(self, status: int, value: "Any" = None, parts: "Iterable[str] | None" = None) -> None:
        self.status = status
        self.value = value
        self.parts = parts


def error_answer(code: str, message: str) -> Answer:
    """The one form of an error."""
    return Answer(status_of(code), {"error": code, "message": message})


def status_of(code: str) -> int:
    """The status that goes with a code."""
    end = CODES.index(";", CODES.index(code + " "))
    return int(CODES[end - 3 : end])


def parse_object(body: bytes) -> "dict[str, object]":
    """The JSON object in a request's body, or Refusal."""
    try:
        value = json.loads(body.decode() if body else "{}")
    except (ValueError, RuntimeError):  # not UTF-8, not JSON, or nested without end
        raise Refusal("bad_json", "the body is not JSON: send an object such as {}") from None
    except MemoryError:  # a board holds some hundred levels
        raise Refusal("too_large", "the body takes more memory than there is: make it shorter or flatter") from None
    if not isinstance(value, dict):
        raise Refusal("bad_json", "the body is JSON, but not an object: send {…}")
    return value


def take(fields: "dict[str, object]", name: str, kind: type, required: bool = False):  # type: ignore[no-untyped-def]
    """Take a field of that kind out of a request's object; None where it is null or not there."""
    value = fields.pop(name, None)
    if value is None:
        if required:
            raise Refusal("missing_field", f"the field '{name}' is missing")
        return None
    # On CPython True is an int, too.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Refusal("invalid_value", f"the field '{name}' takes {_KIND_NAMES[kind]}")
    return value


def refuse_rest(fields: "dict[str, object]") -> None:
    """Refuse fields that nobody took, so that a misspelt one is not silently lost."""
    for name in fields:
        raise Refusal("unknown_field", f"there is no field '{name}' here")
