"""Paths that few boards are ever asked for: presets, and the JSON API of WLED. Imported with the first of them."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.api.answer import Answer, Request
    from pyralis.api.views import SystemView
    from pyralis.core.manager import ModuleManager


def handle(manager: "ModuleManager", system: "SystemView", method: str, request: "Request") -> "Answer":
    """The answer to a request, or Refusal."""
    if request.parts[0] == "api":
        from pyralis.api.presets import answer_presets

        return answer_presets(manager, method, request)
    from pyralis.api.wled.routes import wled_of

    return wled_of(manager, system).answer(method, request)
