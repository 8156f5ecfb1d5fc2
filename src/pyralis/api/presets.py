"""The routes of presets; imported when they are first asked for."""

from pyralis.api.answer import Answer, Request, parse_object, refuse_rest, take
from pyralis.api.routes import allow, json_parts
from pyralis.core.controls import is_number
from pyralis.core.errors import Refusal
from pyralis.core.presets import presets_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.manager import ModuleManager
    from pyralis.core.presets import Presets


def answer_presets(manager: "ModuleManager", method: str, request: Request) -> Answer:
    """The answer to what is at or below /api/presets, or Refusal."""
    presets, parts = presets_of(manager.services), request.parts
    if len(parts) == 2:
        allow(method, "GET", "POST")
        return _list(presets) if method == "GET" else _save(presets, request)
    number = int(parts[2]) if is_number(parts[2]) else 0
    if len(parts) == 3:
        allow(method, "DELETE")
        presets.delete(number)
        return Answer(200, {"deleted": number})
    if len(parts) == 4 and parts[3] == "recall":
        allow(method, "POST")
        refuse_rest(parse_object(request.body))
        presets.recall(number)
        return _shown(200, presets, number)
    raise Refusal("unknown_route", "there is no such path: docs/api.md lists all")


def _list(presets: "Presets") -> Answer:
    names = presets.names()
    entries = ({"id": number, "name": names[number]} for number in sorted(names))
    return Answer(200, parts=json_parts("presets", entries, current=presets.current or None))


def _save(presets: "Presets", request: Request) -> Answer:
    fields = parse_object(request.body)
    name, number = take(fields, "name", str, True), take(fields, "id", int)
    refuse_rest(fields)
    return _shown(201, presets, presets.save(name, number))


def _shown(status: int, presets: "Presets", number: int) -> Answer:
    return Answer(status, {"id": number, "name": presets.names()[number]})
