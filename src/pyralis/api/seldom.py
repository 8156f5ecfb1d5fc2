"""Paths that few boards are ever asked for: presets, and the JSON API of WLED. Imported with the first of them."""

from pyralis.core.errors import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.api.answer import Answer, Request
    from pyralis.api.views import SystemView
    from pyralis.core.manager import ModuleManager
    from pyralis.core.services import Services

_PRESETS = "api.presets core.presets core.swap"
_WLED = "api.wled.changes api.wled.fields api.wled.lists api.wled.picture api.wled.routes api.wled.views"


def handle(manager: "ModuleManager", system: "SystemView", method: str, request: "Request") -> "Answer":
    """The answer to a request, or Refusal."""
    is_wled = request.parts[0] != "api"
    if not is_wled and request.parts[1:2] != ["presets"]:
        raise Refusal("unknown_route", "there is no such path: docs/api.md lists all")
    services = manager.services
    code: Code | None = getattr(services, "seldom", None)
    if code is None:
        code = services.seldom = Code(services)
    code.has_presets = True
    if not is_wled:
        from pyralis.api.presets import answer_presets

        return answer_presets(manager, method, request)
    code.has_wled = True
    from pyralis.api.wled.routes import answer_wled

    return answer_wled(manager, system, method, request)


class Code:
    """The code of these paths, which gives way where memory is short; who asks again has it loaded again."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._next = services.memory.make_room
        services.memory.make_room = self.give_way
        self.has_presets = self.has_wled = False

    def give_way(self) -> bool:
        """True where there was any."""
        names = _PRESETS if self.has_presets else ""
        if self.has_wled:
            names += " " + _WLED
        self.has_presets = self.has_wled = False
        if not names:
            return self._next is not None and self._next()
        presets = getattr(self._services, "presets", None)
        if presets is not None:
            presets.close()
            self._services.presets = None  # type: ignore[assignment]  # made anew when it is needed
        for name in names.split():
            self._services.platform.forget_code("pyralis." + name)
        return True
