"""Presets over the API: listed, saved, recalled and deleted; what is refused changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from service import Service

ONE = "/api/presets/1"
REFUSED: list[tuple[str, str, Any, int, str]] = [
    ("PUT", "/api/presets", {}, 405, "method_not_allowed"),
    ("GET", ONE, None, 405, "method_not_allowed"),
    ("GET", f"{ONE}/recall", None, 405, "method_not_allowed"),
    ("POST", f"{ONE}/forget", {}, 404, "unknown_route"),
    ("POST", f"{ONE}/recall/now", {}, 404, "unknown_route"),
    ("POST", "/api/presets/2/recall", {}, 404, "unknown_preset"),
    ("POST", "/api/presets/Evening/recall", {}, 404, "unknown_preset"),
    ("DELETE", "/api/presets/2", None, 404, "unknown_preset"),
    ("DELETE", "/api/presets/-1", None, 404, "unknown_preset"),
    ("POST", "/api/presets", b"{", 400, "bad_json"),
    ("POST", "/api/presets", {}, 422, "missing_field"),
    ("POST", "/api/presets", {"name": 5}, 422, "invalid_value"),
    ("POST", "/api/presets", {"name": ""}, 422, "invalid_value"),
    ("POST", "/api/presets", {"name": "a", "id": "1"}, 422, "invalid_value"),
    ("POST", "/api/presets", {"name": "a", "id": 251}, 422, "invalid_value"),
    ("POST", "/api/presets", {"name": "a", "fade": 1}, 422, "unknown_field"),
    ("POST", f"{ONE}/recall", {"fade": 1}, 422, "unknown_field"),
]


@pytest.fixture
def lit(service: Service) -> Service:
    """A wall with Solid, kept as preset 1."""
    driver = service.add("DriverLayer")
    service.add("Grid", driver, width=2, height=2)
    service.add("Solid", service.add("EffectsLayer", driver))
    assert service.ask("POST", "/api/presets", {"name": "Evening"}) == (201, {"id": 1, "name": "Evening"})
    return service


def test_presets_are_listed_recalled_and_deleted(lit: Service) -> None:
    saved = lit.manager.snapshot()
    listed = {"presets": [{"id": 1, "name": "Evening"}], "current": 1}
    assert lit.ask("GET", "/api/presets") == (200, listed)
    lit.ask("POST", "/api/modules/solid-4/controls", {"color": "#000000"})
    assert lit.ask("GET", "/api/presets")[1]["current"] is None
    assert lit.ask("POST", f"{ONE}/recall", {}) == (200, {"id": 1, "name": "Evening"})
    assert lit.manager.snapshot() == saved
    assert lit.ask("POST", "/api/presets", {"name": "Late", "id": 7}) == (201, {"id": 7, "name": "Late"})
    assert lit.ask("DELETE", ONE) == (200, {"deleted": 1})
    assert lit.ask("GET", "/api/presets") == (200, {"presets": [{"id": 7, "name": "Late"}], "current": 7})


@pytest.mark.parametrize(("method", "path", "body", "status", "error"), REFUSED)
def test_what_is_wrong_is_refused_and_changes_nothing(
    lit: Service, method: str, path: str, body: object, status: int, error: str
) -> None:
    before, files = lit.facts(), dict(lit.platform.storage.files)
    found, answer = lit.ask(method, path, body)
    assert (found, answer["error"]) == (status, error)
    assert answer["message"]
    assert (lit.facts(), lit.platform.storage.files) == (before, files)


def test_a_storage_that_is_full_is_the_devices_fault(lit: Service) -> None:
    lit.platform.storage.failing = True
    assert lit.ask("POST", "/api/presets", {"name": "Late"})[0] == 507
