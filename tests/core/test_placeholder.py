"""A placeholder keeps the place and the settings of a module whose type cannot be loaded now."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stage import Stage, type_entry

from pyralis.core.errors import Refusal

ENTRY = {
    "id": "lost-7",
    "type": "Lost",
    "name": "Mine",
    "controls": {"speed": 42},
    "children": [{"id": "probe-8", "type": "Probe", "name": "Below"}],
}


@pytest.fixture
def lost(stage: Stage) -> Any:
    stage.manager.load([{"type": "Box", "children": [ENTRY]}])
    return stage.manager.find("lost-7")


def test_it_shows_the_type_that_is_missing_and_why(stage: Stage, lost: Any) -> None:
    stage.tick()
    assert (lost.type_name, lost.name, lost.status) == ("Lost", "Mine", "disabled")
    assert lost.reason == "there is no type 'Lost': GET /api/types lists all"


def test_a_type_that_fails_to_load_is_kept_in_the_same_way(stage: Stage) -> None:
    stage.platform.types.append(type_entry("Broken", "no_such_module_of_ours"))
    stage.manager.load([{"type": "Broken", "controls": {"speed": 42}}])
    broken = stage.manager.find("broken-1")
    assert broken.status == "disabled"
    assert "ModuleNotFoundError" in broken.reason


def test_a_module_in_a_place_that_does_not_take_it_is_kept_too(stage: Stage) -> None:
    stage.manager.load([{"type": "Solid", "controls": {"color": "#ff0000"}}])
    assert "the root takes driver, service" in stage.manager.find("solid-1").reason
    assert stage.manager.snapshot() == [
        {"id": "solid-1", "type": "Solid", "name": "Solid", "controls": {"color": "#ff0000"}}
    ]


@pytest.mark.usefixtures("lost")
def test_nothing_of_it_is_lost_when_the_tree_is_saved(stage: Stage) -> None:
    assert stage.manager.snapshot()[0]["children"] == [ENTRY]


@pytest.mark.usefixtures("lost")
def test_it_becomes_the_module_once_the_type_is_there_again(stage: Stage) -> None:
    again = Stage()
    again.platform.types.append(type_entry("Lost", "probes"))
    again.manager.load(json.loads(json.dumps(stage.manager.snapshot())))
    found: Any = again.manager.find("lost-7")
    assert (found.status, found.speed, again.manager.find("probe-8").parent) == ("ok", 42, found)


@pytest.mark.usefixtures("lost")
def test_a_new_name_is_saved(stage: Stage) -> None:
    stage.manager.rename("lost-7", "Other")
    assert stage.manager.snapshot()[0]["children"] == [{**ENTRY, "name": "Other"}]


def test_one_without_an_id_keeps_the_id_that_it_got(stage: Stage) -> None:
    stage.manager.load([{"type": "Lost"}])
    assert stage.manager.snapshot() == [{"id": "lost-1", "type": "Lost", "name": "Lost"}]


@pytest.mark.usefixtures("lost")
def test_it_can_be_moved_replaced_and_deleted(stage: Stage) -> None:
    stage.manager.move("lost-7", None, 0)
    assert stage.tree() == [("lost-7", None), ("box-1", None)]
    assert stage.manager.replace("lost-7", "Probe").status == "ok"
    assert stage.manager.delete("lost-7") == ["lost-7"]


@pytest.mark.usefixtures("lost")
def test_it_has_no_controls_to_set(stage: Stage) -> None:
    with pytest.raises(Refusal, match="has no control 'speed', it has: none"):
        stage.manager.set_controls("lost-7", {"speed": 1})


@pytest.mark.parametrize("module_id", ["probe-8", "other-9"])
def test_nothing_can_be_put_below_it_since_that_would_be_lost(stage: Stage, module_id: str) -> None:
    stage.manager.load([ENTRY, {"type": "Probe", "id": "probe-8"}, {"type": "Other", "id": "other-9"}])
    with pytest.raises(Refusal, match="takes nothing") as refusal:
        stage.manager.move(module_id, "lost-7")
    assert refusal.value.code == "not_accepted"
