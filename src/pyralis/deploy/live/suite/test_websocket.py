"""The WebSocket: a page gets everything once, then what changes."""

from typing import Any

from pyralis.deploy.live.suite.api import Api, settings, values
from pyralis.deploy.live.suite.fixtures import Plant, Watch
from pyralis.deploy.live.suite.tree import layer, node


def test_page_gets_all_at_start(device: Any, api: Api, plant: Plant, watch: Watch) -> None:
    """First the system's facts, then each module, then their order."""
    plant(node("Line", length=3), layer(node("Solid")))
    page, expected = watch(), settings(api.modules())
    first = page.next_event()
    assert first["event"] == "system"
    assert first["system"]["boot_id"] == device.system()["boot_id"]
    found = [page.event("module")["module"] for _ in expected]
    assert settings(found) == expected
    assert page.event("tree")["order"] == [[module["id"], module["parent"]] for module in expected]


def test_change_is_seen_by_others(api: Api, plant: Plant, watch: Watch) -> None:
    """What one client changes, every other one sees: controls, new modules and those that go."""
    tree = plant()
    pages = [watch(), watch()]
    for page in pages:
        page.event("tree")
    api.set(tree.driver, brightness=17)
    for page in pages:
        page.module(tree.driver, lambda module: values(module)["brightness"] == 17)
    line = tree.grow(tree.driver, node("Line", length=3))
    for page in pages:
        assert page.module(line)["parent"] == tree.driver
        page.event("tree", lambda event: [line, tree.driver] in event["order"])
    api.delete(f"/api/modules/{line}")
    for page in pages:
        page.event("tree", lambda event: [line, tree.driver] not in event["order"])


def test_log_entries_are_pushed(device: Any, plant: Plant, watch: Watch) -> None:
    """A page shows a log entry as soon as it is written."""
    page, start = watch(), device.system()["log_next"]
    tree = plant()
    entry = page.log_entry(lambda entry: entry["seq"] >= start and entry["source"] == tree.driver)
    assert (entry["level"], entry["text"]) == ("info", "added to the root")
