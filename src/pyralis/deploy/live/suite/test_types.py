"""Every type of the catalogue: the last tests, as no installation has the code of all, and names of code stay."""

from typing import Any

from pyralis.deploy.live.suite.api import Api, Json, values
from pyralis.deploy.live.suite.fixtures import Plant
from pyralis.deploy.live.suite.tree import layer, node

WORKING = ("ok", "compiling")
_IN_LAYERS = ("effect", "modifier")
_AT_THE_ROOT = ("driver", "service")


def test_every_effect_comes_and_goes(api: Api, plant: Plant) -> None:
    """Each effect and modifier comes, works, takes the bounds of its controls and no more, and goes without a trace."""
    tree = plant(node("Grid", width=4, height=4), layer())
    for type_name, category in _types(api):
        if category in _IN_LAYERS:
            _come_and_go(api, type_name, tree["EffectsLayer"])


def test_every_other_type_comes_and_goes(device: Any, api: Api, plant: Plant) -> None:
    """The same for layouts, outputs, layers, drivers and services, after a restart."""
    device.restart()
    tree = plant(node("Grid", width=4, height=4), layer())
    for type_name, category in _types(api):
        if category not in _IN_LAYERS:
            _come_and_go(api, type_name, None if category in _AT_THE_ROOT else tree.driver)
    assert api.delete(f"/api/modules/{tree.driver}")["deleted"] == [tree.driver, tree["Grid"], tree["EffectsLayer"]]


def _types(api: Api) -> list[tuple[str, str]]:
    return [(entry["type"], entry["category"]) for entry in api.get("/api/types")["types"]]


def _come_and_go(api: Api, type_name: str, parent: str | None) -> None:
    module = api.post("/api/modules", {"type": type_name, "parent": parent, "name": f"My {type_name}"}, 201)
    assert (module["type"], module["parent"], module["name"]) == (type_name, parent, f"My {type_name}")
    assert module["status"] in WORKING, module["health"]
    assert api.module(module["id"])["controls"] == module["controls"]
    _check_bounds(api, module)
    assert api.delete(f"/api/modules/{module['id']}") == {"deleted": [module["id"]]}
    api.refuses(404, "unknown_module", "GET", f"/api/modules/{module['id']}")


def _check_bounds(api: Api, module: Json) -> None:
    controls = module["controls"]
    accepted = {control["name"]: _accepted(control) for control in controls}
    wanted: Json = {}
    for turn in range(max(map(len, accepted.values()), default=0)):
        wanted = {name: choices[turn % len(choices)] for name, choices in accepted.items()}
        assert values(api.set(module["id"], **wanted)) == wanted
    for control in controls:
        for value in _beyond(control):
            path = f"/api/modules/{module['id']}/controls"
            message = api.refuses(422, "invalid_value", "POST", path, {control["name"]: value})
            assert message.startswith(control["name"])
    assert values(api.module(module["id"])) == wanted


def _accepted(control: Json) -> list[object]:
    kind = control["type"]
    if kind == "int":
        return [control["min"], control["max"]]
    if kind == "bool":
        return [True, False]
    if kind == "select":
        return list(control["options"])
    if kind == "color":
        return ["#000000", "#ffffff"]
    return ["", "x" * control["max_length"]]


def _beyond(control: Json) -> list[object]:
    kind = control["type"]
    if kind == "int":
        return [control["min"] - 1, control["max"] + 1, "1"]
    if kind == "bool":
        return [1, "true"]
    if kind == "select":
        return ["none of them", 0]
    if kind == "color":
        return ["#12345", "#12345g"]
    return ["x" * (control["max_length"] + 1), "two\nlines"]
