"""Health: what cannot work is switched off with a reason, everything else goes on, and it comes back."""

from typing import Any

from pyralis.deploy.live.suite.api import Api, Json
from pyralis.deploy.live.suite.fixtures import Plant, Watch
from pyralis.deploy.live.suite.tree import layer, node


def test_too_large_layout_comes_back(device: Any, api: Api, plant: Plant) -> None:
    """The layout that makes a geometry too large says why; the lights that were there stay."""
    tree = plant(node("Grid", width=4, height=4), layer(node("Solid")), node("Preview"))
    start = device.system()["log_next"]
    large = api.add("Grid", tree.driver, index=0, controls={"width": 1024, "height": 1024})
    assert (large["status"], large["setup_ok"]) == ("disabled", False)
    assert "1048592 lights in a box of 1024 x 1024 x 1 are too many" in large["health"]
    assert any(entry["source"] == large["id"] and large["health"] in entry["text"] for entry in api.log(start))
    assert [module["status"] for module in tree.modules() if module["id"] != large["id"]] == ["ok"] * 5
    assert "16 lights in 4 x 4" in api.module(tree.driver)["health"]
    back = api.set(large["id"], width=4, height=2, x=4)
    assert (back["status"], back["health"]) == ("ok", "OK")
    assert "24 lights in 8 x 4" in api.module(tree.driver)["health"]


def test_memory_is_refused_in_time(device: Any, api: Api, plant: Plant) -> None:
    """What fits runs; what does not is switched off with the numbers, and the device serves on."""
    tree = plant(node("Grid", width=4, height=4), layer(node("Solid")))
    for side in (32, 64, 128, 200, 255):
        api.set(tree["Grid"], width=side, height=side)
        for module in tree.modules():
            assert module["setup_ok"] or "bytes" in module["health"], module["health"]
    largest_fits = api.module(tree["Grid"])["setup_ok"]
    free_bytes = device.system()["heap_free_bytes"]
    assert largest_fits or free_bytes is not None
    api.set(tree["Grid"], width=4, height=4)
    assert {module["id"]: module["health"] for module in tree.modules() if module["status"] != "ok"} == {}


def test_failing_effect_comes_back(device: Any, api: Api, plant: Plant, watch: Watch) -> None:
    """An exception switches off the effect that raised it, with file and reason; all others tick on."""
    tree = plant(node("Grid", width=4, height=4), layer(node("Fault"), node("Solid", opacity=128)), node("Preview"))
    start = device.system()["log_next"]
    page = watch()
    in_loop = tree["Fault"]
    api.set(in_loop, kind="exception_in_loop")
    in_setup = api.add("Fault", tree["EffectsLayer"], controls={"kind": "exception_in_setup"})
    assert in_setup["status"] == "failed"
    failed = page.module(in_loop, lambda module: module["status"] == "failed")
    for module, where in ((failed, "its loop"), (in_setup, "setup")):
        assert not module["setup_ok"]
        assert f"this effect fails in {where}" in module["health"]
        assert "fault" in module["health"].partition("(")[2]
        assert _has_error(api, start, module)
    assert [module["id"] for module in tree.modules() if not module["setup_ok"]] == [in_loop, in_setup["id"]]
    sequence = page.frame().sequence
    page.frame(lambda frame: frame.sequence > sequence)
    for module_id in (in_loop, in_setup["id"]):
        api.set(module_id, kind="none")
    for module_id in (in_loop, in_setup["id"]):
        page.module(module_id, lambda module: module["status"] == "ok")


def _has_error(api: Api, start: int, module: Json) -> bool:
    wanted = ("error", module["id"], module["health"])
    return any((entry["level"], entry["source"], entry["text"]) == wanted for entry in api.log(start))
