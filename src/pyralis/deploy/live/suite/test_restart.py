"""A restart; the tests after it run on a device that came back from its settings."""

from typing import Any

from pyralis.deploy.live.suite.api import Api, settings
from pyralis.deploy.live.suite.fixtures import Plant
from pyralis.deploy.live.suite.tree import layer, node


def test_settings_survive_a_restart(device: Any, api: Api, plant: Plant) -> None:
    """The same modules with the same ids and values come back in the same order."""
    tree = plant(
        node("Line", length=7, axis="y", reverse=True),
        node("Ring", lights=12, x=9),
        layer(node("Rainbow", palette="ocean", speed=0), node("Solid", color="#0a0b0c", blend="add"), opacity=200),
        node("ArtNetOut", target="127.0.0.1", port=6499, color_order="BRG", sync=True),
        node("Preview", fps=5),
        brightness=100,
        gamma=15,
    )
    api.rename(tree.driver, "Decke Süd")
    api.move(tree["Solid"], tree["EffectsLayer"], 0)
    before, boot_id = settings(api.modules()), device.system()["boot_id"]
    after = device.restart()
    assert after["boot_id"] != boot_id
    assert settings(api.modules()) == before
    assert {module["id"]: module["status"] for module in tree.modules() if not module["setup_ok"]} == {}
