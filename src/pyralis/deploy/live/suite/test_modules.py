"""Modules: added, changed, moved, replaced, renamed and deleted while everything runs."""

from pyralis.deploy.live.suite.api import Api, settings, values
from pyralis.deploy.live.suite.fixtures import Plant
from pyralis.deploy.live.suite.tree import layer, node


def _below(api: Api, parent: str) -> list[str]:
    return [module["id"] for module in api.modules() if module["parent"] == parent]


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
