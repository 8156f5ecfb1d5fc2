"""The routes on CPython and MicroPython: what they answer, and that a refusal changes nothing. A portable test."""

import json

from pyralis.api.answer import Request
from pyralis.api.routes import Routes
from pyralis.api.views import SystemView
from test_core_parts import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REFUSED = (
    ("GET", "/api/nothing", b"", 404, "unknown_route"),
    ("GET", "/api/modules/nobody", b"", 404, "unknown_module"),
    ("PUT", "/api/modules", b"{}", 405, "method_not_allowed"),
    ("POST", "/api/modules", b"", 422, "missing_field"),
    ("POST", "/api/modules", b"{", 400, "bad_json"),
    ("POST", "/api/modules", b'{"type": "Box"', 400, "bad_json"),
    ("POST", "/api/modules", b'{"type": "Box"} x', 400, "bad_json"),
    ("POST", "/api/modules", b"[]", 400, "bad_json"),
    ("POST", "/api/modules", b"null", 400, "bad_json"),
    ("POST", "/api/modules", b"\xff\xfe", 400, "bad_json"),
    ("POST", "/api/modules", b"[" * 8000, 400, "bad_json"),
    ("POST", "/api/modules", b'{"type": 5}', 422, "invalid_value"),
    ("POST", "/api/modules", b'{"type": "Nothing"}', 422, "unknown_type"),
    ("POST", "/api/modules", b'{"type": "Box", "parent": "nobody"}', 404, "unknown_module"),
    ("POST", "/api/modules", b'{"type": "Box", "index": true}', 422, "invalid_value"),
    ("POST", "/api/modules", b'{"type": "Box", "index": 1.0}', 422, "invalid_value"),
    ("POST", "/api/modules", b'{"type": "Box", "index": 7}', 422, "invalid_value"),
    ("POST", "/api/modules", b'{"type": "Box", "extra": 1}', 422, "unknown_field"),
    ("POST", "/api/modules/box-1/controls", b'{"speed": 101}', 422, "invalid_value"),
    ("POST", "/api/modules/box-1/controls", b'{"speed": 1e99}', 422, "invalid_value"),
    ("POST", "/api/modules/box-1/controls", b'{"speed": 99999999999999999999}', 422, "invalid_value"),
    ("POST", "/api/modules/box-1/controls", b'{"speed": "5"}', 422, "invalid_value"),
    ("POST", "/api/modules/box-1/controls", b'{"label": "a\\nb"}', 422, "invalid_value"),
    ("POST", "/api/modules/box-1/controls", b'{"size": 1}', 422, "unknown_control"),
    ("POST", "/api/modules/box-1/move", b'{"parent": "box-2"}', 409, "cycle"),
    ("POST", "/api/modules/box-1/rename", b'{"name": " "}', 422, "invalid_value"),
    ("POST", "/api/modules/box-1/replace", b'{"type": "Nothing"}', 422, "unknown_type"),
    ("POST", "/api/reboot", b'{"now": 1}', 422, "unknown_field"),
)


class Service(Stage):
    """box-1 holds box-2, and the routes around them."""

    def __init__(self) -> None:
        super().__init__()
        self.reboots: list[int] = []
        system = SystemView(self.manager, self.platform.facts())
        self.routes = Routes(self.manager, system, lambda: self.reboots.append(1))
        self.manager.add("Box", self.manager.add("Box").id)

    def ask(
        self, method: str, path: str, body: bytes = b"", query: "dict[str, str] | None" = None
    ) -> "tuple[int, Any]":
        answer = self.routes.handle(Request(method, path, query, body))
        if answer.parts is None:
            return answer.status, answer.value
        return answer.status, json.loads("".join(list(answer.parts)))


def test_what_is_wrong_is_refused_changes_nothing_and_stops_no_tick() -> None:
    service = Service()
    for method, path, body, status, error in REFUSED:
        before = (json.dumps(service.manager.snapshot()), service.services.revision)
        found, answer = service.ask(method, path, body)
        assert (found, answer["error"]) == (status, error), (path, body[:40], found, answer)
        assert answer["message"]
        assert (json.dumps(service.manager.snapshot()), service.services.revision) == before, (path, body[:40])
        box: Any = service.manager.find("box-2")
        loops = box.loops
        service.tick(20)
        assert box.loops == loops + 1
    assert service.reboots == []


def test_the_tree_is_changed_and_read() -> None:
    service = Service()
    status, module = service.ask(
        "POST", "/api/modules", b'{"type": "Box", "name": "Gr\xc3\xb6\xc3\x9fe", "controls": {"speed": 7}}'
    )
    assert (status, module["id"], module["name"], module["parent"]) == (201, "box-3", "Größe", None)
    assert service.ask("POST", "/api/modules/box-3/move", b'{"parent": "box-2"}')[1]["parent"] == "box-2"
    assert service.ask("POST", "/api/modules/box-3/controls", b'{"speed": 8}')[0] == 200
    modules = service.ask("GET", "/api/modules")[1]["modules"]
    assert [(each["id"], each["parent"]) for each in modules] == [
        ("box-1", None),
        ("box-2", "box-1"),
        ("box-3", "box-2"),
    ]
    assert [each["value"] for each in modules[2]["controls"] if each["name"] == "speed"] == [8]
    assert service.ask("DELETE", "/api/modules/box-2") == (200, {"deleted": ["box-2", "box-3"]})


def test_types_log_and_system_are_read() -> None:
    service = Service()
    service.log.info("test", 'quoted "€"')
    assert service.ask("GET", "/api/types")[1]["types"][0]["type"] == "Box"
    found = service.ask("GET", "/api/log", b"", {"since": str(service.log.next_seq - 1)})[1]
    assert [entry["text"] for entry in found["entries"]] == ['quoted "€"']
    assert service.ask("GET", "/api/log", b"", {"since": "²"})[0] == 422
    system = service.ask("GET", "/api/system")[1]
    assert (system["modules"], system["lights"], system["heap_free_bytes"]) == (2, 0, None)
    assert service.ask("DELETE", "/api/log")[1] == {"next": found["next"]}
    assert service.ask("POST", "/api/reboot") == (202, {})
    assert service.reboots == [1]
