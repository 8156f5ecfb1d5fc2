"""The paths of WLED: /json and what is below it, and /presets.json."""

import json

from pyralis.api.answer import Answer, Request, parse_object
from pyralis.api.routes import allow
from pyralis.api.wled.changes import change_state
from pyralis.api.wled.lists import effect_data, effect_names, list_parts, palette_names
from pyralis.api.wled.memory import Remembered
from pyralis.api.wled.picture import Picture
from pyralis.api.wled.views import info_text, state_text
from pyralis.core.errors import Refusal
from pyralis.core.presets import presets_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyralis.api.views import SystemView
    from pyralis.core.manager import ModuleManager

_CHANGED_AT = ("json", "json/state", "json/si")


def answer_wled(manager: "ModuleManager", system: "SystemView", method: str, request: Request) -> Answer:
    """The answer to a request, or Refusal."""
    services = manager.services
    remembered: Remembered | None = getattr(services, "wled", None)
    if remembered is None:
        remembered = services.wled = Remembered(services.platform)
    return _Wled(manager, system, remembered).answer(method, request)


class _Wled:
    """Answers one request, for the first effect of the first layer of the first driver."""

    def __init__(self, manager: "ModuleManager", system: "SystemView", remembered: Remembered) -> None:
        self._manager = manager
        self._system = system
        self._remembered = remembered
        self._presets = presets_of(manager.services)

    def answer(self, method: str, request: Request) -> Answer:
        """The answer to a request, or Refusal."""
        path = "/".join(request.parts)
        if method == "POST" and path in _CHANGED_AT:
            fields = parse_object(request.body)
            change_state(self._manager, self._remembered, self._presets, fields)
            if fields.get("v") is not True:
                return Answer(200, {"success": True})
            return Answer(200, parts=[self._state()] if path == "json/state" else self._si())
        parts = self._parts(path)
        if parts is None:
            raise Refusal("unknown_route", "this path of WLED is not answered here: docs/wled.md lists those that are")
        allow(method, "GET")
        return Answer(200, parts=parts)

    def _parts(self, path: str) -> "Iterable[str] | None":
        if path == "json":
            return self._all()
        if path == "json/si":
            return self._si()
        if path == "json/state":
            return [self._state()]
        if path == "json/info":
            return [self._info()]
        if path in ("json/eff", "json/effects"):
            return list_parts(effect_names(self._manager))
        if path == "json/fxdata":
            return list_parts(effect_data(self._manager))
        if path in ("json/pal", "json/palettes"):
            return list_parts(palette_names())
        return self._preset_parts() if path == "presets.json" else None

    def _state(self) -> str:
        return state_text(self._manager, Picture(self._manager), self._remembered, self._presets)

    def _info(self) -> str:
        return info_text(self._manager, self._system, Picture(self._manager), self._remembered, self._presets)

    def _si(self) -> "list[str]":
        return ['{"state":', self._state(), ',"info":', self._info(), "}"]

    def _all(self) -> "Iterable[str]":
        parts = self._si()
        parts[-1] = ',"effects":'
        return self._with_lists(parts)

    def _with_lists(self, parts: "list[str]") -> "Iterator[str]":
        yield from parts
        yield from list_parts(effect_names(self._manager))
        yield ',"palettes":'
        yield from list_parts(palette_names())
        yield "}"

    def _preset_parts(self) -> "Iterator[str]":
        names = self._presets.names()
        yield '{"0":{}'
        for number in sorted(names):
            yield ',"%d":{"n":%s,"on":true}' % (number, json.dumps(names[number]))
        yield "}"
