"""JSON lists: files that people write; what is wrong in one is told by file, entry and field, with what is allowed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyralis.deploy.errors import UserError

_SHOWN_PROBLEMS = 8
Entry = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """What a list has to look like."""

    whose: str  # "the device list's"
    entries: Mapping[str, Any]  # the JSON schema of one entry, with its properties
    key: str  # the field that names an entry
    meanings: Mapping[str, str]  # what is allowed in a field, where the schema does not say it well
    beyond: Callable[[Sequence[Entry]], list[tuple[int, str]]]  # what no schema can say: (entry, problem)


def read_list(path: Path, form: Form) -> list[Entry]:
    """The entries of a file; UserError for one that is not right, FileNotFoundError where there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise _wrong(path, form, f"{path.name} is not UTF-8: {error}", "save it as UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"{path.name}:{error.lineno}:{error.colno}"
        raise _wrong(path, form, f"{place}: not JSON: {error.msg}", "mend the JSON there") from None
    problems = _problems(value, form)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        todo = "mend each of these fields; docs/pipeline.md describes them all"
        raise _wrong(path, form, f"{path.name} is not right{more}", todo, problems[:_SHOWN_PROBLEMS])
    found: list[Entry] = value
    return found


def _problems(value: Any, form: Form) -> list[str]:
    # Slow to import, and only those who have such a file need it.
    from jsonschema import Draft202012Validator

    schema = {"type": "array", "items": form.entries}
    found = [_explain(error, value, form) for error in Draft202012Validator(schema).iter_errors(value)]
    return found or [f"{_name(number, value, form)}: {text}" for number, text in form.beyond(value)]


def _explain(error: Any, value: Any, form: Form) -> str:
    """Entry, field and what is allowed there."""
    where = list(error.absolute_path)
    if not where:
        return "must be a list: [ {…}, {…} ]"
    entry, fields = _name(where[0], value, form), form.entries["properties"]
    if error.validator == "required":
        missing = error.message.split("'")[1]
        return f"{entry}: '{missing}' is missing{_allowed(missing, form)}"
    if error.validator == "additionalProperties":
        unknown = [name for name in value[where[0]] if name not in fields]
        return f"{entry}: unknown field '{unknown[0]}'; there are: {', '.join(fields)}"
    if len(where) == 1:
        return f"{entry}: must be an object"
    return f"{entry}: {where[1]}: {json.dumps(error.instance)} is not allowed{_allowed(str(where[1]), form)}"


def _name(number: Any, value: Any, form: Form) -> str:
    entry = value[number]
    name = entry.get(form.key) if isinstance(entry, dict) else None
    return f"entry {number + 1} ({name})" if isinstance(name, str) else f"entry {number + 1}"


def _allowed(name: str, form: Form) -> str:
    rule = form.entries["properties"].get(name, {})
    if name in form.meanings:
        return f"; allowed: {form.meanings[name]}"
    if "enum" in rule:
        return f"; allowed: {', '.join(rule['enum'])}"
    if "minimum" in rule:
        return f"; allowed: {rule['minimum']} to {rule['maximum']}"
    return f"; allowed: {'true or false' if rule.get('type') == 'boolean' else 'a text'}"


def _wrong(path: Path, form: Form, what: str, todo: str, details: list[str] | None = None) -> UserError:
    return UserError(what, details=details, whose=f"{form.whose}: {path}", todo=todo)
