"""Every path of the API: what it answers, and that a request it refuses changes nothing and stops no tick."""

from __future__ import annotations

from typing import Any

import pytest
from service import Service
from stage import type_entry

MODULE = "/api/modules/box-1"

REFUSED: list[tuple[str, str, Any, int, str]] = [
    # method, path, body, status, error
    ("GET", "/", None, 404, "unknown_route"),
    ("GET", "/api", None, 404, "unknown_route"),
    ("GET", "/api/nothing", None, 404, "unknown_route"),
    ("GET", "/api/system/more", None, 404, "unknown_route"),
    ("GET", "/api/modules/box-1/nothing", None, 404, "unknown_route"),
    ("POST", "/api/modules/box-1/move/again", {}, 404, "unknown_route"),
    ("GET", "/api/modules/nobody", None, 404, "unknown_module"),
    ("DELETE", "/api/modules/nobody", None, 404, "unknown_module"),
    ("POST", "/api/modules/nobody/controls", {}, 404, "unknown_module"),
    ("POST", "/api/modules/nobody/move", {}, 404, "unknown_module"),
    ("POST", "/api/modules/nobody/replace", {"type": "Box"}, 404, "unknown_module"),
    ("POST", "/api/modules/nobody/rename", {"name": "a"}, 404, "unknown_module"),
    ("POST", "/api/system", {}, 405, "method_not_allowed"),
    ("DELETE", "/api/types", None, 405, "method_not_allowed"),
    ("PUT", "/api/modules", {}, 405, "method_not_allowed"),
    ("PATCH", MODULE, {}, 405, "method_not_allowed"),
    ("POST", MODULE, {}, 405, "method_not_allowed"),
    ("GET", f"{MODULE}/controls", None, 405, "method_not_allowed"),
    ("GET", "/api/reboot", None, 405, "method_not_allowed"),
    ("POST", "/api/log", {}, 405, "method_not_allowed"),
    ("get", "/api/system", None, 405, "method_not_allowed"),
    ("POST", "/api/modules", b"{", 400, "bad_json"),
    ("POST", "/api/modules", b"\xff\xfe", 400, "bad_json"),
    ("POST", "/api/modules", [], 400, "bad_json"),
    ("POST", f"{MODULE}/controls", b"not json", 400, "bad_json"),
    ("POST", f"{MODULE}/controls", b"[" * 5000, 400, "bad_json"),
    ("POST", f"{MODULE}/move", "text", 400, "bad_json"),
    ("POST", "/api/reboot", b"}", 400, "bad_json"),
    ("POST", "/api/modules", {}, 422, "missing_field"),
    ("POST", "/api/modules", {"type": None}, 422, "missing_field"),
    ("POST", f"{MODULE}/replace", {}, 422, "missing_field"),
    ("POST", f"{MODULE}/rename", {}, 422, "missing_field"),
    ("POST", "/api/modules", {"type": "Probe", "size": 1}, 422, "unknown_field"),
    ("POST", f"{MODULE}/move", {"to": 1}, 422, "unknown_field"),
    ("POST", f"{MODULE}/replace", {"type": "Box", "name": "a"}, 422, "unknown_field"),
    ("POST", f"{MODULE}/rename", {"name": "a", "id": "b"}, 422, "unknown_field"),
    ("POST", "/api/reboot", {"now": True}, 422, "unknown_field"),
    ("POST", "/api/modules", {"type": 5}, 422, "invalid_value"),
    ("POST", "/api/modules", {"type": ["Probe"]}, 422, "invalid_value"),
    ("POST", "/api/modules", {"type": "Probe", "parent": 1}, 422, "invalid_value"),
    ("POST", "/api/modules", {"type": "Probe", "index": "0"}, 422, "invalid_value"),
    ("POST", "/api/modules", {"type": "Probe", "index": True}, 422, "invalid_value"),
    ("POST", "/api/modules", {"type": "Probe", "index": 99}, 422, "invalid_value"),
    ("POST", "/api/modules", {"type": "Probe", "name": 5}, 422, "invalid_value"),
    ("POST", "/api/modules", {"type": "Probe", "name": "x" * 33}, 422, "invalid_value"),
    ("POST", "/api/modules", {"type": "Probe", "controls": []}, 422, "invalid_value"),
    ("POST", "/api/modules", {"type": "Probe", "controls": {"speed": 101}}, 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", {"speed": 5, "shape": "oval"}, 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", {"speed": 1.5}, 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", b'{"speed": 1e999}', 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", b'{"speed": NaN}', 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", {"speed": None}, 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", {"active": 0}, 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", {"label": "much too long"}, 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", b'{"label": "\\ud800"}', 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", {"color": "red"}, 422, "invalid_value"),
    ("POST", f"{MODULE}/move", {"index": 2}, 422, "invalid_value"),
    ("POST", f"{MODULE}/move", {"index": -1}, 422, "invalid_value"),
    ("POST", f"{MODULE}/move", {"parent": {}}, 422, "invalid_value"),
    ("POST", f"{MODULE}/rename", {"name": " "}, 422, "invalid_value"),
    ("POST", f"{MODULE}/controls", {"size": 1}, 422, "unknown_control"),
    ("POST", f"{MODULE}/controls", {"setup_ok": False}, 422, "unknown_control"),
    ("POST", "/api/modules", {"type": "Nothing"}, 422, "unknown_type"),
    ("POST", f"{MODULE}/replace", {"type": "Nothing"}, 422, "unknown_type"),
    ("POST", "/api/modules", {"type": "WithoutSuper"}, 422, "type_failed"),
    ("POST", "/api/modules", {"type": "Probe", "parent": "nobody"}, 404, "unknown_module"),
    ("POST", f"{MODULE}/move", {"parent": "nobody"}, 404, "unknown_module"),
    ("POST", "/api/modules", {"type": "Solid"}, 409, "not_accepted"),
    ("POST", "/api/modules", {"type": "Solid", "parent": "box-1"}, 409, "not_accepted"),
    ("POST", f"{MODULE}/replace", {"type": "Probe"}, 409, "not_accepted"),
    ("POST", f"{MODULE}/move", {"parent": "box-1"}, 409, "cycle"),
    ("POST", f"{MODULE}/move", {"parent": "box-2"}, 409, "cycle"),
    ("GET", "/api/log?since=-1", None, 422, "invalid_value"),
    ("GET", "/api/log?since=x", None, 422, "invalid_value"),
    ("GET", "/api/log?since=²", None, 422, "invalid_value"),
    ("GET", "/api/log?since=99999999999", None, 422, "invalid_value"),
    ("GET", "/api/log?since=", None, 422, "invalid_value"),
]


@pytest.fixture
def service() -> Service:
    """box-1 holds box-2, which holds probe-3."""
    made = Service()
    made.platform.types.append(type_entry("WithoutSuper", "probes"))
    inner = made.add("Box", made.add("Box"))
    made.add("Probe", inner)
    made.scheduler.tick()
    return made


@pytest.mark.parametrize(("method", "path", "body", "status", "error"), REFUSED)
def test_what_is_wrong_is_refused_changes_nothing_and_stops_no_tick(
    service: Service, method: str, path: str, body: Any, status: int, error: str
) -> None:
    before = service.facts()
    found, answer = service.ask(method, path, body)
    assert (found, answer["error"]) == (status, error)
    assert set(answer) == {"error", "message"}
    assert len(answer["message"]) > 10
    assert service.facts() == before
    probe: Any = service.manager.find("probe-3")
    loops = probe.calls.count("loop")
    service.tick()
    assert probe.calls.count("loop") == loops + 1


def test_a_message_says_what_would_be_right(service: Service) -> None:
    assert service.ask("PUT", "/api/modules")[1]["message"] == "this path takes GET or POST"
    assert service.ask("POST", "/api/modules", {"typ": "Probe"})[1]["message"] == "the field 'type' is missing"
    assert service.ask("GET", "/api/modules/x")[1]["message"] == "there is no module 'x': GET /api/modules lists all"


# Reading.


def test_modules_are_listed_flat_parents_before_children(service: Service) -> None:
    status, answer = service.ask("GET", "/api/modules")
    assert status == 200
    assert [(module["id"], module["parent"]) for module in answer["modules"]] == service.tree()
    assert answer["modules"][2] == service.ask("GET", "/api/modules/probe-3")[1]


def test_an_empty_tree_is_an_empty_list() -> None:
    assert Service().ask("GET", "/api/modules") == (200, {"modules": []})


def test_types_are_listed_with_category_and_description_alone(service: Service) -> None:
    status, answer = service.ask("GET", "/api/types")
    assert status == 200
    assert len(answer["types"]) == len(service.platform.types)
    assert answer["types"][0] == {"type": "Probe", "category": "service", "description": "Probe, as a test needs it."}


def test_the_log_is_read_from_a_number_on(service: Service) -> None:
    service.log.clear()
    first = service.log.next_seq
    service.log.info("test", "one")
    service.log.error("test", 'two "quoted" €')
    status, answer = service.ask("GET", f"/api/log?since={first + 1}")
    assert status == 200
    assert answer["next"] == first + 2
    assert answer["entries"] == [
        {"seq": first + 1, "ms": 0, "level": "error", "source": "test", "text": 'two "quoted" €'}
    ]
    assert len(service.ask("GET", "/api/log")[1]["entries"]) == 2


def test_a_read_of_the_log_leaves_no_entry(service: Service) -> None:
    before = service.log.next_seq
    service.ask("GET", "/api/log")
    assert service.log.next_seq == before


def test_the_log_is_cleared_and_its_numbers_go_on(service: Service) -> None:
    number = service.log.next_seq
    assert service.ask("DELETE", "/api/log") == (200, {"next": number})
    assert service.ask("GET", "/api/log") == (200, {"entries": [], "next": number})


# Changing.


def test_a_module_is_added(service: Service) -> None:
    body = {"type": "Probe", "parent": "box-1", "index": 0, "name": "Left", "controls": {"speed": 7}}
    status, module = service.ask("POST", "/api/modules", body)
    assert status == 201
    assert (module["id"], module["parent"], module["name"]) == ("probe-4", "box-1", "Left")
    assert module["controls"][0]["value"] == 7
    assert service.tree()[1] == ("probe-4", "box-1")


def test_fields_that_are_null_are_as_if_they_were_not_there(service: Service) -> None:
    body = {"type": "Probe", "parent": None, "index": None, "name": None, "controls": None}
    status, module = service.ask("POST", "/api/modules", body)
    assert (status, module["parent"], module["name"]) == (201, None, "Probe")


def test_a_module_is_deleted_with_all_below_it(service: Service) -> None:
    assert service.ask("DELETE", "/api/modules/box-2") == (200, {"deleted": ["box-2", "probe-3"]})
    assert service.tree() == [("box-1", None)]


def test_controls_are_set_and_shown_as_they_were_taken(service: Service) -> None:
    status, module = service.ask("POST", "/api/modules/probe-3/controls", {"speed": 99, "color": "#ABCDEF"})
    values = {control["name"]: control["value"] for control in module["controls"]}
    assert status == 200
    assert (values["speed"], values["color"], values["shape"]) == (99, "#abcdef", "round")


def test_no_controls_are_a_change_of_nothing(service: Service) -> None:
    assert service.ask("POST", "/api/modules/probe-3/controls", b"")[0] == 200


def test_a_module_is_moved_to_another_parent_and_to_the_root(service: Service) -> None:
    assert service.ask("POST", "/api/modules/probe-3/move", {"parent": "box-1", "index": 0})[1]["parent"] == "box-1"
    assert service.tree() == [("box-1", None), ("probe-3", "box-1"), ("box-2", "box-1")]
    assert service.ask("POST", "/api/modules/probe-3/move", {"parent": None})[1]["parent"] is None
    assert service.tree()[-1] == ("probe-3", None)


def test_a_module_is_replaced(service: Service) -> None:
    status, module = service.ask("POST", "/api/modules/probe-3/replace", {"type": "Sender"})
    assert (status, module["id"], module["type"], module["name"]) == (200, "probe-3", "Sender", "Sender")


def test_a_module_is_renamed(service: Service) -> None:
    status, module = service.ask("POST", "/api/modules/probe-3/rename", {"name": "Größe 🔥"})
    assert (status, module["id"], module["name"]) == (200, "probe-3", "Größe 🔥")


def test_a_reboot_is_asked_for_once(service: Service) -> None:
    status, _ = service.ask("POST", "/api/reboot")
    assert (status, service.reboots) == (202, 1)


# Faults that are the server's.


def test_a_fault_in_the_server_is_a_500_that_points_to_the_log(service: Service) -> None:
    def fail() -> list[dict[str, str]]:
        raise KeyError("catalogue")

    service.platform.type_entries = fail  # type: ignore[method-assign]
    status, answer = service.ask("GET", "/api/types")
    assert (status, answer["error"]) == (500, "internal")
    assert "GET /api/log" in answer["message"]
    assert "api: KeyError: 'catalogue'" in service.texts("error")


def test_no_memory_to_answer_is_a_507_and_garbage_is_collected(service: Service) -> None:
    def fail() -> list[dict[str, str]]:
        raise MemoryError

    service.platform.type_entries = fail  # type: ignore[method-assign]
    before = service.platform.collections
    status, answer = service.ask("GET", "/api/types")
    assert (status, answer["error"]) == (507, "no_memory")
    assert service.platform.collections > before
