"""Modules: added, changed, moved, replaced, renamed and deleted while everything runs."""

from pyralis.deploy.live.suite.api import Api, Json, settings, values
from pyralis.deploy.live.suite.fixtures import Plant
from pyralis.deploy.live.suite.tree import Tree, layer, node

WORKING = ("ok", "compiling")


def _types(api: Api, *categories: str) -> list[str]:
    found: list[Json] = api.get("/api/types")["types"]
    return [entry["type"] for entry in found if not categories or entry["category"] in categories]


def _places(api: Api, tree: Tree) -> dict[str, str | None]:
    """Below which module of the tree each type can stand."""
    places = {
        **dict.fromkeys(("driver", "service"), None),
        **dict.fromkeys(("layout", "layer", "output"), tree.driver),
        **dict.fromkeys(("effect", "modifier"), tree["EffectsLayer"]),
    }
    return {entry["type"]: places[entry["category"]] for entry in api.get("/api/types")["types"]}


def _below(api: Api, parent: str) -> list[str]:
    return [module["id"] for module in api.modules() if module["parent"] == parent]


def test_every_type_comes_and_goes(api: Api, plant: Plant) -> None:
    """Each type of the catalogue comes, works, and goes without a trace."""
    tree = plant(node("Grid", width=4, height=4), layer())
    for type_name, parent in _places(api, tree).items():
        module = api.post("/api/modules", {"type": type_name, "parent": parent, "name": f"My {type_name}"}, 201)
        assert (module["type"], module["parent"], module["name"]) == (type_name, parent, f"My {type_name}")
        assert module["status"] in WORKING, module["health"]
        assert api.module(module["id"])["controls"] == module["controls"]
        assert api.delete(f"/api/modules/{module['id']}") == {"deleted": [module["id"]]}
        api.refuses(404, "unknown_module", "GET", f"/api/modules/{module['id']}")
    assert api.delete(f"/api/modules/{tree.driver}")["deleted"] == [tree.driver, tree["Grid"], tree["EffectsLayer"]]


def test_effect_control_bounds(api: Api, plant: Plant) -> None:
    """Every control of every effect takes its bounds and refuses what is just beyond."""
    tree = plant(node("Grid", width=4, height=4), layer())
    for type_name in _types(api, "effect", "modifier"):
        module = api.add(type_name, tree["EffectsLayer"])
        _check_bounds(api, module)
        api.delete(f"/api/modules/{module['id']}")  # Fault is left taking all memory


def test_other_control_bounds(api: Api, plant: Plant) -> None:
    """The same for every control of drivers, layers, layouts and outputs."""
    tree = plant(layer())
    for module in tree.modules():
        _check_bounds(api, module)
    for type_name in _types(api, "layout", "output"):  # one at a time: together they are more than a small board holds
        module = api.add(type_name, tree.driver)
        _check_bounds(api, module)
        api.remove(module["id"])


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


def test_module_moved_and_renamed(api: Api, plant: Plant) -> None:
    """A module goes to another layer or position, or gets another name of up to 32 characters; its id stays."""
    tree = plant(layer(node("Solid", color="#123456"), node("Rainbow")), layer(node("Plasma")))
    one, two = tree.all("EffectsLayer")
    solid, rainbow, plasma = tree["Solid"], tree["Rainbow"], tree["Plasma"]
    moved = api.move(solid, two, 0)
    assert (moved["parent"], values(moved)["color"]) == (two, "#123456")
    assert (_below(api, one), _below(api, two)) == ([rainbow], [solid, plasma])
    api.move(solid, two)
    assert _below(api, two) == [plasma, solid]
    api.move(two, tree.driver, 0)
    assert _below(api, tree.driver) == [two, one]
    assert _below(api, two) == [plasma, solid]
    for name in ("Decke Süd ✦", "x" * 32):
        assert api.rename(solid, f" {name} ")["name"] == name
    for name in ("", "   ", "x" * 33, "two\nlines"):
        api.refuses(422, "invalid_value", "POST", f"/api/modules/{solid}/rename", {"name": name})
    assert (api.module(solid)["name"], values(api.module(solid))["color"]) == ("x" * 32, "#123456")


def test_module_replaced_keeps_values(api: Api, plant: Plant) -> None:
    """The new module has id, place and children of the old one, and the values of controls of equal name."""
    tree = plant(
        node("Grid", width=4, height=2, x=3),
        layer(node("Solid"), node("Rainbow", speed=9, palette="ocean", bands=3, opacity=77), node("Solid")),
    )
    plasma = api.replace(tree["Rainbow"], "Plasma")
    assert (plasma["id"], plasma["type"], plasma["name"]) == (tree["Rainbow"], "Plasma", "Plasma")
    assert values(plasma) == {"blend": "normal", "opacity": 77, "speed": 9, "scale": 16, "palette": "ocean"}
    assert _below(api, tree["EffectsLayer"])[1] == plasma["id"]
    line = api.replace(tree["Grid"], "Line")
    assert (values(line)["x"], values(line)["length"]) == (3, 30)
    assert "30 lights in 33 x 1 x 1" in api.module(tree.driver)["health"]
    before = settings(tree.modules())
    path = f"/api/modules/{plasma['id']}/replace"
    api.refuses(409, "not_accepted", "POST", path, {"type": "Preview"})
    api.refuses(422, "unknown_type", "POST", path, {"type": "NoSuchType"})
    assert settings(tree.modules()) == before
