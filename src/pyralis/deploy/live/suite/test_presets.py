"""Presets, and the same lights as programs that know WLED see them: those of the device's first driver."""

from pyralis.deploy.live.suite.api import Api, settings
from pyralis.deploy.live.suite.fixtures import Plant
from pyralis.deploy.live.suite.tree import layer, node


def _first_driver(api: Api) -> str:
    return next(str(module["id"]) for module in api.modules() if module["category"] == "driver")


def test_presets_are_recalled(api: Api, plant: Plant) -> None:
    """Layers, effects and brightness are as they were when the preset was saved, with the same ids."""
    plant(node("Line", length=4), layer(node("Solid", color="#0a0b0c"), opacity=200), brightness=100)
    before, driver = settings(api.modules()), _first_driver(api)
    preset = api.post("/api/presets", {"name": "Live test"}, 201)
    try:
        assert preset in api.get("/api/presets")["presets"]
        for module in api.modules():
            if module["category"] == "layer" and module["parent"] == driver:
                api.set(module["id"], opacity=1)
                api.add("Solid", module["id"])
        api.set(driver, brightness=1)
        assert api.post(f"/api/presets/{preset['id']}/recall", {}) == preset
        assert settings(api.modules()) == before
    finally:
        api.delete(f"/api/presets/{preset['id']}")
    api.refuses(404, "unknown_preset", "POST", f"/api/presets/{preset['id']}/recall")


def test_wled_programs_are_told(api: Api, plant: Plant) -> None:
    """State, info and effects in WLED's form; on, off and brightness; a wrong value changes nothing."""
    plant(node("Line", length=4), layer(node("Solid")))
    driver = _first_driver(api)
    before = api.get("/json")
    types = [entry["type"] for entry in api.get("/api/types")["types"] if entry["category"] == "effect"]
    assert sorted(before["effects"]) == types
    assert before["info"]["fxcount"] == len(types)
    brightness = before["state"]["bri"]
    try:
        state = api.post("/json/state", {"bri": 77, "v": True})
        assert (state["on"], state["bri"], _brightness(api, driver)) == (True, 77, 77)
        api.refuses(422, "invalid_value", "POST", "/json/state", {"bri": 256})
        state = api.post("/json/state", {"on": False, "v": True})
        assert (state["on"], state["bri"], _brightness(api, driver)) == (False, 77, 0)
    finally:
        api.set(driver, brightness=brightness)
    assert api.get("/json/state") == before["state"]


def _brightness(api: Api, driver: str) -> int:
    controls = api.module(driver)["controls"]
    return next(int(control["value"]) for control in controls if control["name"] == "brightness")
