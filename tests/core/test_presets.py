"""Presets keep what the layers show; a recall shows all of it, or leaves the picture as it is and says why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from stage import Stage, type_entry

from pyralis.core.errors import Refusal
from pyralis.core.presets import LAST_ID, MAX_PRESET_BYTES, MAX_PRESETS, Presets, presets_of

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def driver(stage: Stage) -> Any:
    """A wall of 2 x 2 lights with one layer in red, and another in half of blue over it."""
    driver = stage.add("DriverLayer", gamma=10)
    stage.add("Grid", driver, width=2, height=2)
    stage.add("Solid", stage.add("EffectsLayer", driver), color="#ff0000")
    stage.add("Solid", stage.add("EffectsLayer", driver, blend="add", opacity=128), color="#0000ff")
    stage.add("Preview", driver)
    stage.tick()
    return driver


@pytest.fixture
def presets(stage: Stage) -> Presets:
    return presets_of(stage.services)


def refused(call: Callable[..., object], *arguments: Any) -> tuple[str, str]:
    """Code and message of a refusal."""
    with pytest.raises(Refusal) as refusal:
        call(*arguments)
    return refusal.value.code, refusal.value.message


def colors(driver: Any) -> str:
    return bytes(driver.buffer[:3]).hex()


def facts(stage: Stage, driver: Any) -> Any:
    """What a recall that fails must leave alone."""
    stage.tick()
    return stage.manager.snapshot(), colors(driver), [module.status for module in stage.manager.modules()]


def test_everybody_has_the_same_presets(stage: Stage, presets: Presets) -> None:
    assert presets_of(stage.services) is presets


def test_a_recall_shows_what_was_saved_with_its_ids(stage: Stage, driver: Any, presets: Presets) -> None:
    saved, shown = stage.manager.snapshot(), colors(driver)
    assert presets.save("Evening") == 1
    stage.set(driver, brightness=7)
    stage.manager.delete("effectslayer-3")
    stage.manager.replace("solid-6", "Plasma")
    stage.tick()
    assert colors(driver) != shown
    presets.recall(1)
    stage.tick()
    assert stage.manager.snapshot() == saved
    assert colors(driver) == shown


def test_layers_come_to_the_place_where_layers_were(stage: Stage, driver: Any, presets: Presets) -> None:
    presets.save("Evening")
    presets.recall(1)
    assert [child.type_name for child in driver.children] == ["Grid", "EffectsLayer", "EffectsLayer", "Preview"]


def test_what_goes_away_gives_back_what_it_holds(stage: Stage, driver: Any, presets: Presets) -> None:
    presets.save("Evening")
    before = [module for module in stage.manager.modules() if module.type_name in ("EffectsLayer", "Solid")]
    presets.recall(1)
    assert [(module.setup_ok, module.heap_bytes()) for module in before] == [(False, 0)] * 4
    assert stage.services.set_up_last not in before


def test_an_id_that_another_module_has_now_becomes_another_one(stage: Stage, driver: Any, presets: Presets) -> None:
    presets.save("Evening")
    stage.manager.delete("effectslayer-3")
    stage.manager.add("Box", module_id="solid-4")
    presets.recall(1)
    ids = [module.id for module in stage.manager.modules()]
    assert len(set(ids)) == len(ids)
    assert stage.manager.find("solid-4").type_name == "Box"


def test_names_numbers_and_what_shows(stage: Stage, driver: Any, presets: Presets) -> None:
    assert (presets.save(" Evening "), presets.save("Morning"), presets.save("Late", 9)) == (1, 2, 9)
    assert presets.names() == {1: "Evening", 2: "Morning", 9: "Late"}
    assert [presets.find(text) for text in ("Morning", "9", "Noon", "3")] == [2, 9, 0, 0]
    assert presets.current == 9
    presets.recall(2)
    assert presets.current == 2
    stage.set(driver, brightness=9)
    assert presets.current == 0
    presets.save("Early", 1)
    assert presets.names()[1] == "Early"


def test_a_preset_that_is_deleted_is_gone_and_its_number_free(driver: Any, presets: Presets) -> None:
    presets.save("Evening")
    presets.delete(1)
    assert (presets.names(), presets.current) == ({}, 0)
    assert refused(presets.recall, 1)[0] == "unknown_preset"
    assert refused(presets.delete, 1)[0] == "unknown_preset"
    assert presets.save("Morning") == 1


def test_presets_outlive_the_runtime_and_each_is_a_record(stage: Stage, driver: Any, presets: Presets) -> None:
    presets.save("Evening")
    presets.save("Morning")
    again = Stage()
    again.platform.storage = stage.platform.storage
    again.manager.load(stage.manager.snapshot()[:1])
    later = presets_of(again.services)
    later.recall(2)
    assert again.manager.snapshot() == stage.manager.snapshot()
    assert {"preset-1.json", "preset-2.json", "presets.json"} <= set(stage.platform.storage.files)


def test_without_lights_there_is_nothing_to_save(presets: Presets) -> None:
    assert refused(presets.save, "Evening") == ("unknown_module", "there are no lights yet: add a DriverLayer first")


@pytest.mark.parametrize("name", ["", "  ", "x" * 33, "a\nb", "\ud800"])
def test_a_name_is_one_that_can_be_shown(driver: Any, presets: Presets, name: str) -> None:
    assert refused(presets.save, name)[0] == "invalid_value"
    assert presets.names() == {}


@pytest.mark.parametrize("number", [0, -1, LAST_ID + 1])
def test_a_number_has_bounds(driver: Any, presets: Presets, number: int) -> None:
    assert refused(presets.save, "Evening", number)[0] == "invalid_value"


def test_there_are_only_so_many(driver: Any, presets: Presets) -> None:
    for number in range(MAX_PRESETS):
        presets.save(f"Number {number}" + "x" * 20)
    code, message = refused(presets.save, "One more")
    assert (code, message) == ("no_storage", f"there are {MAX_PRESETS} presets: delete one first")
    presets.save("In the place of one", MAX_PRESETS)


def test_one_has_only_so_many_bytes(stage: Stage, driver: Any, presets: Presets) -> None:
    layer = stage.manager.find("effectslayer-3")
    for _ in range(60):
        stage.add("Solid", layer, color="#123456")
    code, message = refused(presets.save, "Large")
    assert code == "no_storage"
    assert f"bytes of {MAX_PRESET_BYTES}: have" in message
    assert presets.names() == {}


def test_a_storage_that_takes_nothing_says_so(stage: Stage, driver: Any, presets: Presets) -> None:
    stage.platform.storage.failing = True
    code, message = refused(presets.save, "Evening")
    assert code == "no_storage"
    assert "the storage says" in message


def test_a_type_that_is_gone_leaves_the_picture(stage: Stage, driver: Any, presets: Presets) -> None:
    presets.save("Evening")
    stage.manager.replace("solid-4", "Plasma")
    stage.manager.replace("solid-6", "Plasma")
    stage.manager.registry.forget_unused()
    stage.platform.types = [entry for entry in stage.platform.types if entry["type"] != "Solid"]
    before = facts(stage, driver)
    code, message = refused(presets.recall, 1)
    assert code == "unknown_type"
    assert message.startswith("preset 1 cannot be shown: there is no type 'Solid'")
    assert facts(stage, driver) == before


def test_what_needs_more_than_is_free_leaves_the_picture(stage: Stage, driver: Any, presets: Presets) -> None:
    large = type_entry("Large", "probes", "effect")
    stage.platform.types.append(large)
    stage.manager.replace("solid-6", "Large")
    presets.save("Large")
    stage.manager.replace("solid-6", "Solid")
    before = facts(stage, driver)
    stage.platform.heap_limit_bytes = 20_000
    code, message = refused(presets.recall, 1)
    assert code == "no_memory"
    assert "needs 1000000 bytes, but 20000 are free" in message
    assert facts(stage, driver) == before


def test_what_takes_more_than_it_said_leaves_the_picture(stage: Stage, driver: Any, presets: Presets) -> None:
    stage.platform.types.append(type_entry("Greedy", "probes", "effect"))
    stage.manager.replace("solid-6", "Greedy")
    presets.save("Greedy")
    stage.manager.replace("solid-6", "Solid")
    before = facts(stage, driver)
    stage.platform.heap_limit_bytes = 20_000
    code, message = refused(presets.recall, 1)
    assert code == "no_memory"
    assert "'Greedy' needs 1000000 bytes" in message
    assert facts(stage, driver) == before


@pytest.mark.parametrize(
    "record",
    [b"", b"{", b"[]", b'{"layers": [5]}', b'{"layers": [{"type": 5}]}', b'{"layers": [{"type": "Grid"}, {}]}'],
)
def test_a_broken_record_does_no_harm(stage: Stage, driver: Any, presets: Presets, record: bytes) -> None:
    presets.save("Evening")
    stage.platform.storage.files["preset-1.json"] = record
    before = facts(stage, driver)
    assert refused(presets.recall, 1)[0] == "invalid_value"
    assert facts(stage, driver) == before


def test_a_broken_list_of_names_is_an_empty_one(stage: Stage, driver: Any, presets: Presets) -> None:
    for broken in (b"\xff", b"[]", b'{"a": "b"}', b'{"1": '):
        stage.platform.storage.files["presets.json"] = broken
        assert presets.names() == {}


def test_a_recall_within_a_tick_stops_no_other_module(stage: Stage, driver: Any, presets: Presets) -> None:
    presets.save("Evening")
    stage.add("Playlist", seconds=5)
    stage.set(driver, brightness=9)
    stage.tick(500, 3)
    assert presets.current == 1
    assert {module.status for module in stage.manager.modules()} == {"ok"}
    assert stage.texts("error") == []


def test_what_is_kept_is_json(stage: Stage, driver: Any, presets: Presets) -> None:
    presets.save("Evening")
    record = json.loads(stage.platform.storage.files["preset-1.json"])
    assert (record["brightness"], [layer["type"] for layer in record["layers"]]) == (255, ["EffectsLayer"] * 2)
