"""The routes: a request in, an answer out; knows no server, socket or clock.

Each change goes through the manager, which checks it whole before it touches anything.
"""

import json

from pyralis.api.answer import Answer, Request, error_answer, parse_object, refuse_rest, take
from pyralis.api.views import module_view
from pyralis.core.controls import is_number
from pyralis.core.errors import Refusal
from pyralis.core.log import entry_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyralis.api.views import SystemView
    from pyralis.core.manager import ModuleManager
    from pyralis.core.stateful import StatefulModule


class Routes:
    """Answers every request of the API."""

    def __init__(
        self,
        manager: "ModuleManager",
        system: "SystemView",
        reboot: "Callable[[], None]",
        more: "dict[str, Callable[[str, Request], Answer]] | None" = None,
    ) -> None:
        self._manager = manager
        self._system = system
        self._reboot = reboot
        self._handlers: dict[str, Callable[[str, Request], Answer]] = {
            "system": self._get_system,
            "types": self._types,
            "log": self._log,
            "reboot": self._post_reboot,
            "modules": self._modules,
        }
        self._handlers.update(more or {})  # what only this platform has

    def handle(self, request: Request) -> Answer:
        """The answer to a request; a refusal becomes its error."""
        scheduler = self._manager.scheduler
        answer, error = scheduler.attempt(self._answer, request)
        if error is None:
            return answer  # type: ignore[no-any-return]
        if isinstance(error, Refusal):
            return error_answer(error.code, error.message)
        if isinstance(error, MemoryError):
            self._manager.services.platform.collect_garbage()
            return error_answer("no_memory", "there is not enough memory to answer: remove something and try again")
        self._manager.services.log.error("api", scheduler.describe(error))
        return error_answer("internal", "a fault in the server: GET /api/log says where")

    def _answer(self, request: Request) -> Answer:
        parts, method = request.parts, request.method
        if parts[0] == "api":
            if len(parts) == 2:
                handler = self._handlers.get(parts[1])
                if handler is not None:
                    return handler(method, request)
            elif len(parts) == 3 and parts[1] == "modules":
                return self._module(method, parts[2])
            elif len(parts) == 4 and parts[1] == "modules" and parts[3] in ("controls", "move", "replace", "rename"):
                allow(method, "POST")
                return Answer(200, module_view(self._change(parts[2], parts[3], parse_object(request.body))))
        from pyralis.api.seldom import handle

        return handle(self._manager, self._system, method, request)

    def _get_system(self, method: str, request: Request) -> Answer:
        allow(method, "GET")
        return Answer(200, self._system.view())

    def _types(self, method: str, request: Request) -> Answer:
        allow(method, "GET")
        entries = ({key: entry[key] for key in entry if key != "module"} for entry in self._manager.registry.entries())
        return Answer(200, parts=json_parts("types", entries))

    def _log(self, method: str, request: Request) -> Answer:
        allow(method, "GET", "DELETE")
        log = self._manager.services.log
        if method == "DELETE":
            log.clear()
            return Answer(200, {"next": log.next_seq})
        since = request.query.get("since", "0")
        if not is_number(since):
            raise Refusal("invalid_value", "since takes a whole number from 0 on")
        entries = [entry_view(entry) for entry in log.since(int(since))]
        return Answer(200, parts=json_parts("entries", entries, next=log.next_seq))

    def _post_reboot(self, method: str, request: Request) -> Answer:
        allow(method, "POST")
        refuse_rest(parse_object(request.body))
        self._reboot()
        return Answer(202, {})

    def _modules(self, method: str, request: Request) -> Answer:
        allow(method, "GET", "POST")
        if method == "GET":
            views = (module_view(module) for module in self._manager.modules())
            return Answer(200, parts=json_parts("modules", views))
        fields = parse_object(request.body)
        type_name, parent = take(fields, "type", str, True), take(fields, "parent", str)
        index, name = take(fields, "index", int), take(fields, "name", str)
        controls, module_id = take(fields, "controls", dict), take(fields, "id", str)
        refuse_rest(fields)
        return Answer(201, module_view(self._manager.add(type_name, parent, index, name, controls, module_id)))

    def _module(self, method: str, module_id: str) -> Answer:
        allow(method, "GET", "DELETE")
        if method == "DELETE":
            return Answer(200, {"deleted": self._manager.delete(module_id)})
        return Answer(200, module_view(self._manager.find(module_id)))

    def _change(self, module_id: str, action: str, fields: "dict[str, object]") -> "StatefulModule":
        manager = self._manager
        if action == "controls":
            return manager.set_controls(module_id, fields)
        if action == "move":
            parent, index = take(fields, "parent", str), take(fields, "index", int)
            refuse_rest(fields)
            return manager.move(module_id, parent, index)
        text = take(fields, "type" if action == "replace" else "name", str, True)
        refuse_rest(fields)
        return manager.replace(module_id, text) if action == "replace" else manager.rename(module_id, text)


def allow(method: str, *methods: str) -> None:
    """Refuse a method that a path does not take."""
    if method not in methods:
        raise Refusal("method_not_allowed", f"this path takes {' or '.join(methods)}")


def json_parts(key: str, items: "Iterable[object]", **rest: object) -> "Iterator[str]":
    """A JSON object with one long list, item by item, so that a board never holds the whole text."""
    yield '{"' + key + '": ['
    separator = ""
    for item in items:
        yield separator + json.dumps(item)
        separator = ", "
    yield "]"
    for name, value in rest.items():
        yield ', "' + name + '": ' + json.dumps(value)
    yield "}"
