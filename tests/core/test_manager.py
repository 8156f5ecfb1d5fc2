"""The manager changes the tree while it runs; what it refuses leaves no trace, and nothing is lost over a restart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from probes import Box, Probe
from stage import Stage, type_entry

from pyralis.core.errors import Refusal
from pyralis.wire import MAX_MODULES, MAX_NAME_CHARS

if TYPE_CHECKING:
    from collections.abc import Callable

BROKEN_TYPES = {
    "NotAModule": "a module type derives from StatefulModule",
    "WithoutHealth": "a module type derives from StatefulModule",
    "WithoutSuper": "AttributeError",
    "BadDefault": "speed takes a whole number from 0 to 5",
    "HidingControl": "a control 'children' would hide",
    "SameControlTwice": "a control 'active' would hide",
    "RaisingConstructor": "OSError: no such thing",
}


def refused(call: Callable[[], object]) -> Refusal:
    """The refusal that a call ends in."""
    with pytest.raises(Refusal) as refusal:
        call()
    return refusal.value


def children(module: Any) -> list[str]:
    return [child.id for child in module.children]


@pytest.fixture
def boxes(stage: Stage) -> tuple[Box, Box, Box]:
    """box-1 holds box-2, which holds box-3."""
    outer = stage.add("Box")
    middle = stage.add("Box", outer)
    return outer, middle, stage.add("Box", middle)


# Adding.


def test_a_module_gets_an_id_a_name_and_its_place_and_is_set_up(stage: Stage) -> None:
    box: Box = stage.add("Box")
    probe: Probe = stage.add("Probe", box)
    assert (probe.id, probe.name, probe.type_name, probe.parent) == ("probe-2", "Probe", "Probe", box)
    assert probe.calls == ["on_control", "setup"]
    assert box.calls[-1] == "on_children_ready"
    assert stage.tree() == [("box-1", None), ("probe-2", "box-1")]


def test_a_module_is_added_at_the_end_or_where_one_says(stage: Stage) -> None:
    for index in (None, 0, 1):
        stage.manager.add("Probe", index=index)
    assert children(stage.manager.root) == ["probe-2", "probe-3", "probe-1"]


def test_a_module_is_added_with_name_and_controls_before_it_is_set_up(stage: Stage) -> None:
    probe = stage.manager.add("Probe", name="  Left wall ", controls={"speed": 99, "fault": "setup"})
    assert (probe.name, probe.speed, probe.status) == ("Left wall", 99, "failed")  # type: ignore[attr-defined]


def test_a_module_that_fails_in_setup_is_added_all_the_same(stage: Stage) -> None:
    probe: Probe = stage.add("Probe", fault="setup")
    assert stage.tree() == [("probe-1", None)]
    assert probe.status == "failed"


def test_an_id_is_not_used_twice(stage: Stage) -> None:
    ids = []
    for _ in range(3):
        ids.append(stage.add("Probe").id)
        stage.manager.delete(ids[-1])
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        ({"type_name": "Nothing"}, "unknown_type", "GET /api/types"),
        ({"type_name": "Probe", "parent_id": "box-9"}, "unknown_module", "GET /api/modules"),
        ({"type_name": "Probe", "parent_id": ""}, "unknown_module", "GET /api/modules"),
        ({"type_name": "Solid"}, "not_accepted", "the root takes driver, service, and a Solid is of category effect"),
        ({"type_name": "Probe", "parent_id": "probe-2"}, "not_accepted", "a Probe takes nothing"),
        ({"type_name": "Probe", "index": 3}, "invalid_value", "index takes a whole number from 0 to 2"),
        ({"type_name": "Probe", "index": -1}, "invalid_value", "index takes"),
        ({"type_name": "Probe", "name": " "}, "invalid_value", "name takes 1 to 32 characters"),
        ({"type_name": "Probe", "name": "x" * (MAX_NAME_CHARS + 1)}, "invalid_value", "name takes"),
        ({"type_name": "Probe", "name": "a\nb"}, "invalid_value", "name takes"),
        ({"type_name": "Probe", "controls": {"size": 1}}, "unknown_control", "it has: speed, active, shape"),
        ({"type_name": "Probe", "controls": {"speed": 1, "shape": "oval"}}, "invalid_value", "one of: round, square"),
        ({"type_name": "Probe", "controls": {"id": "x"}}, "unknown_control", "no control 'id'"),
    ],
)
def test_what_cannot_be_added_is_refused_and_leaves_no_trace(
    stage: Stage, arguments: dict[str, Any], code: str, hint: str
) -> None:
    box = stage.add("Box")
    stage.add("Probe")
    before = (stage.manager.snapshot(), stage.services.revision, stage.log.next_seq, list(box.calls))
    refusal = refused(lambda: stage.manager.add(**arguments))
    assert refusal.code == code
    assert hint in refusal.message
    assert (stage.manager.snapshot(), stage.services.revision, stage.log.next_seq, box.calls) == before
    assert stage.add("Probe").id == "probe-3"


@pytest.mark.parametrize("type_name", BROKEN_TYPES)
def test_a_type_that_cannot_be_made_is_refused_with_the_fault(stage: Stage, type_name: str) -> None:
    stage.platform.types.append(type_entry(type_name, "probes"))
    refusal = refused(lambda: stage.manager.add(type_name))
    assert refusal.code == "type_failed"
    assert refusal.message.startswith(f"'{type_name}' cannot be made: ")
    assert BROKEN_TYPES[type_name] in refusal.message
    assert stage.tree() == []
    stage.tick()


def test_there_are_at_most_256_modules(stage: Stage) -> None:
    for _ in range(MAX_MODULES):
        stage.add("Probe")
    refusal = refused(lambda: stage.add("Probe"))
    assert (refusal.code, refusal.message) == ("too_many_modules", "there are 256 modules: delete one first")
    stage.manager.delete("probe-7")
    stage.add("Probe")
    assert len(stage.manager.modules()) == MAX_MODULES


# Deleting.


def test_a_module_goes_with_all_below_it_children_torn_down_first(stage: Stage, boxes: tuple[Box, Box, Box]) -> None:
    outer, middle, inner = boxes
    torn_down: list[str] = []
    for box in boxes:
        box.teardown = lambda box=box: torn_down.append(box.id)  # type: ignore[method-assign,misc]
    assert stage.manager.delete(middle.id) == [middle.id, inner.id]
    assert torn_down == [inner.id, middle.id]
    assert stage.tree() == [(outer.id, None)]
    assert outer.calls[-1] == "on_children_ready"


def test_a_deleted_module_is_not_ticked_any_more(stage: Stage) -> None:
    probe: Probe = stage.add("Probe")
    stage.manager.delete(probe.id)
    probe.calls.clear()
    stage.tick(500, times=4)
    assert probe.calls == []


def test_a_module_that_fails_while_it_is_torn_down_goes_all_the_same(stage: Stage) -> None:
    probe: Probe = stage.add("Probe", fault="teardown")
    assert stage.manager.delete(probe.id) == [probe.id]
    assert stage.tree() == []


def test_an_unknown_module_cannot_be_deleted_twice(stage: Stage) -> None:
    stage.add("Probe")
    stage.manager.delete("probe-1")
    assert refused(lambda: stage.manager.delete("probe-1")).code == "unknown_module"


def test_the_root_cannot_be_deleted(stage: Stage) -> None:
    assert refused(lambda: stage.manager.delete("")).code == "unknown_module"


# Moving.


def test_a_module_moves_within_its_parent_and_is_not_set_up_for_it(stage: Stage) -> None:
    for _ in range(3):
        stage.add("Probe")
    first: Any = stage.manager.find("probe-1")
    first.calls.clear()
    for index, order in ((2, ["2", "3", "1"]), (0, ["1", "2", "3"]), (1, ["2", "1", "3"]), (None, ["2", "3", "1"])):
        stage.manager.move("probe-1", None, index)
        assert children(stage.manager.root) == [f"probe-{number}" for number in order]
    assert first.calls == []


def test_a_module_moves_to_another_parent_and_is_set_up_there(stage: Stage, boxes: tuple[Box, Box, Box]) -> None:
    outer, middle, _ = boxes
    probe: Probe = stage.add("Probe", middle)
    for box in (outer, middle, probe):
        box.calls.clear()
    stage.manager.move(probe.id, outer.id, 0)
    assert children(outer) == [probe.id, middle.id]
    assert probe.parent is outer
    assert probe.calls == ["teardown", "on_control", "setup"]
    assert outer.calls == middle.calls == ["on_children_ready"]


def test_a_module_moves_with_all_below_it(stage: Stage, boxes: tuple[Box, Box, Box]) -> None:
    stage.manager.move(boxes[1].id, None)
    assert stage.tree() == [("box-1", None), ("box-2", None), ("box-3", "box-2")]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("box-1", "box-1"), "cycle"),
        (("box-1", "box-2"), "cycle"),
        (("box-1", "box-3"), "cycle"),
        (("box-1", "nobody"), "unknown_module"),
        (("nobody", None), "unknown_module"),
        (("box-3", "probe-4"), "not_accepted"),
        (("box-1", None, 2), "invalid_value"),
        (("box-3", None, 3), "invalid_value"),
        (("box-3", None, -1), "invalid_value"),
    ],
)
def test_what_cannot_be_moved_is_refused_and_stays(
    stage: Stage, boxes: tuple[Box, Box, Box], arguments: Any, code: str
) -> None:
    stage.add("Probe")
    for box in boxes:
        box.calls.clear()
    before = (stage.tree(), stage.services.revision)
    assert refused(lambda: stage.manager.move(*arguments)).code == code
    assert (stage.tree(), stage.services.revision) == before
    assert [box.calls for box in boxes] == [[], [], []]


# Replacing.


def test_a_module_is_replaced_in_its_place_with_id_children_and_fitting_controls(
    stage: Stage, boxes: tuple[Box, Box, Box]
) -> None:
    outer, middle, inner = boxes
    stage.add("Probe", outer)
    stage.set(middle, speed=42, label="left")
    new: Any = stage.manager.replace(middle.id, "Box")
    assert new is not middle
    assert children(outer) == [new.id, "probe-4"]
    assert (new.id, new.parent, new.children, inner.parent) == ("box-2", outer, [inner], new)
    assert (new.speed, new.label, new.shape) == (42, "left", "round")
    assert middle.calls[-1] == "teardown"
    assert new.calls == ["on_control", "setup", "on_children_ready"]


def test_a_control_that_does_not_fit_the_new_type_gets_its_default(stage: Stage) -> None:
    stage.add("Probe", speed=42, shape="square")
    stage.platform.types.append(type_entry("Slow", "probes"))
    new: Any = stage.manager.replace("probe-1", "Slow")
    assert (new.speed, new.shape) == (3, "square")
    assert "manager: Slow: speed takes a whole number from 0 to 5; the default is used" in stage.texts("warning")


def test_a_name_that_was_given_stays_and_that_of_the_type_follows_it(stage: Stage) -> None:
    stage.add("Probe")
    stage.manager.add("Probe", name="Mine")
    assert stage.manager.replace("probe-1", "Sender").name == "Sender"
    assert stage.manager.replace("probe-2", "Sender").name == "Mine"


def test_the_replaced_module_is_not_ticked_any_more(stage: Stage) -> None:
    old: Probe = stage.add("Probe")
    new: Any = stage.manager.replace("probe-1", "Sender")
    old.calls.clear()
    stage.tick()
    assert old.calls == []
    assert new.calls[-1] == "loop"


@pytest.mark.parametrize(
    ("module_id", "type_name", "code"),
    [
        ("box-2", "Probe", "not_accepted"),  # takes no children
        ("box-2", "Solid", "not_accepted"),  # the parent takes no effects
        ("box-2", "Nothing", "unknown_type"),
        ("nobody", "Box", "unknown_module"),
    ],
)
def test_what_cannot_be_replaced_is_refused_and_stays(
    stage: Stage, boxes: tuple[Box, Box, Box], module_id: str, type_name: str, code: str
) -> None:
    before = (stage.manager.snapshot(), stage.services.revision, [list(box.calls) for box in boxes])
    assert refused(lambda: stage.manager.replace(module_id, type_name)).code == code
    assert (stage.manager.snapshot(), stage.services.revision, [box.calls for box in boxes]) == before


# Renaming.


def test_a_module_is_renamed_and_keeps_its_id(stage: Stage) -> None:
    probe: Probe = stage.add("Probe")
    before = probe.revision
    assert stage.manager.rename(probe.id, " Größe 🔥 ") is probe
    assert (probe.id, probe.name) == ("probe-1", "Größe 🔥")
    assert probe.revision > before


@pytest.mark.parametrize("name", ["", "   ", "x" * (MAX_NAME_CHARS + 1), "a\nb", "\x00", "\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(stage: Stage, name: str) -> None:
    probe: Probe = stage.add("Probe")
    assert refused(lambda: stage.manager.rename(probe.id, name)).code == "invalid_value"
    assert probe.name == "Probe"


# Controls.


def test_controls_are_set_and_the_module_is_told_of_each(stage: Stage) -> None:
    probe: Probe = stage.add("Probe")
    before, told = probe.revision, len(probe.calls)
    stage.set(probe, speed=1, label="a", color="#ABCDEF")
    assert (probe.speed, probe.label, probe.color) == (1, "a", "#abcdef")
    assert probe.calls[told:] == ["on_control speed", "on_control label", "on_control color"]
    assert probe.revision > before


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"speed": 1, "shape": "oval"}, "invalid_value"),
        ({"speed": 1, "size": 1}, "unknown_control"),
        ({"speed": 1, "children": []}, "unknown_control"),
        ({"speed": 1, "": 1}, "unknown_control"),
    ],
)
def test_controls_are_set_all_or_none(stage: Stage, values: dict[str, Any], code: str) -> None:
    probe: Probe = stage.add("Probe")
    before = (probe.revision, list(probe.calls))
    assert refused(lambda: stage.manager.set_controls(probe.id, values)).code == code
    assert probe.speed == 10
    assert (probe.revision, probe.calls) == before


def test_a_module_that_fails_with_the_first_of_several_controls_is_not_told_of_the_others(stage: Stage) -> None:
    probe: Probe = stage.add("Probe")
    probe.fault = "on_control"
    stage.set(probe, speed=1, label="a")
    assert probe.calls[-1] == "on_control speed"
    assert (probe.failures, probe.label) == (1, "a")


def test_a_parent_that_is_red_is_set_up_again_when_its_children_change(stage: Stage) -> None:
    box: Box = stage.add("Box")
    box.fault = "on_children_ready"
    stage.add("Probe", box)
    assert box.status == "failed"
    box.fault = "none"
    stage.manager.delete("probe-2")
    stage.tick(100, times=4)
    assert box.status == "ok"


def test_a_parent_that_disabled_itself_is_set_up_again_when_its_children_change(stage: Stage) -> None:
    box: Box = stage.add("Box")
    box.disable_self("too many children")
    stage.add("Probe", box)
    assert box.status == "ok"


def test_whoever_listens_is_told_of_every_change(stage: Stage) -> None:
    told: list[int] = []
    stage.manager.on_change.append(lambda: told.append(stage.services.revision))
    calls: list[Callable[[], object]] = [
        lambda: stage.add("Box"),
        lambda: stage.add("Probe"),
        lambda: stage.manager.rename("probe-2", "P"),
        lambda: stage.manager.set_controls("probe-2", {"speed": 3}),
        lambda: stage.manager.move("probe-2", "box-1"),
        lambda: stage.manager.replace("probe-2", "Sender"),
        lambda: stage.manager.delete("probe-2"),
    ]
    for call in calls:
        count, revision = len(told), stage.services.revision
        call()
        assert len(told) > count
        assert told[-1] > revision


def test_the_shape_has_a_new_revision_only_when_modules_come_go_or_change_places(stage: Stage) -> None:
    stage.add("Probe")
    before = stage.manager.shape_revision
    stage.manager.rename("probe-1", "P")
    stage.manager.set_controls("probe-1", {"speed": 3})
    assert stage.manager.shape_revision == before
    for call in (
        lambda: stage.add("Probe"),
        lambda: stage.manager.move("probe-2", None, 0),
        lambda: stage.manager.replace("probe-2", "Sender"),
        lambda: stage.manager.delete("probe-2"),
    ):
        before = stage.manager.shape_revision
        call()
        assert stage.manager.shape_revision > before


# Saving and loading.


def reload(stage: Stage) -> Stage:
    """What a restart makes of the tree."""
    again = Stage()
    again.platform.types = stage.platform.types
    again.manager.load(json.loads(json.dumps(stage.manager.snapshot())))
    return again


def test_only_controls_that_differ_from_their_default_are_saved(stage: Stage, boxes: tuple[Box, Box, Box]) -> None:
    stage.set(boxes[2], speed=11, active=True)
    assert stage.manager.snapshot() == [
        {
            "id": "box-1",
            "type": "Box",
            "name": "Box",
            "children": [
                {
                    "id": "box-2",
                    "type": "Box",
                    "name": "Box",
                    "children": [{"id": "box-3", "type": "Box", "name": "Box", "controls": {"speed": 11}}],
                }
            ],
        }
    ]


def test_a_tree_comes_back_as_it_was(stage: Stage, boxes: tuple[Box, Box, Box]) -> None:
    stage.add("Probe", boxes[0], label="x", color="#00ff00")
    stage.manager.rename("box-2", "Mitte")
    stage.manager.move("probe-4", "box-1", 0)
    again = reload(stage)
    assert again.manager.snapshot() == stage.manager.snapshot()
    assert again.tree() == stage.tree()
    assert [module.status for module in again.manager.modules()] == ["ok"] * 4


def test_loading_sets_up_parents_first_and_then_tells_them_of_their_children(stage: Stage) -> None:
    stage.manager.load([{"type": "Box", "children": [{"type": "Probe"}, {"type": "Probe"}]}])
    box: Any = stage.manager.find("box-1")
    assert box.calls == ["on_control", "setup", "on_children_ready"]
    stage.tick()
    assert [module.calls[-1] for module in stage.manager.modules()] == ["loop"] * 3  # type: ignore[attr-defined]


def test_a_tree_of_too_many_modules_is_loaded_as_far_as_it_may_be(stage: Stage) -> None:
    stage.manager.load([{"type": "Probe"}] * (MAX_MODULES + 3))
    assert len(stage.manager.modules()) == MAX_MODULES
    assert stage.texts("error") == [f"manager: there are {MAX_MODULES} modules: all that follow are left out"]


def test_an_added_module_can_have_an_id_of_its_own_that_no_other_has(stage: Stage) -> None:
    assert stage.manager.add("Probe", module_id="wall").id == "wall"
    for taken in ("wall", "", "a b", "x" * 65):
        with pytest.raises(Refusal, match="id takes one that no module has"):
            stage.manager.add("Probe", module_id=taken)


def test_a_module_is_not_added_where_memory_has_no_room_for_it(stage: Stage) -> None:
    stage.platform.heap_limit_bytes = 2000
    with pytest.raises(Refusal, match="a Probe needs 2048 bytes, but 2000 are free") as refused:
        stage.add("Probe")
    assert refused.value.code == "no_memory"
    assert stage.manager.modules() == []


def test_a_module_that_was_refused_memory_is_set_up_again_when_another_one_goes(stage: Stage) -> None:
    other, probe = stage.add("Probe"), stage.add("Probe")
    probe.setup = lambda: probe.allocate(5000)
    stage.platform.heap_limit_bytes = 4500
    stage.scheduler.contain(probe, probe.run_setup)
    assert (probe.status, probe.starved) == ("disabled", 5000)
    stage.platform.heap_limit_bytes = 9000
    stage.manager.delete(other.id)
    assert (probe.status, probe.starved) == ("ok", 0)


def test_new_ids_do_not_collide_with_loaded_ones(stage: Stage) -> None:
    stage.manager.load([{"type": "Probe", "id": "probe-2"}, {"type": "Probe"}, {"type": "Probe", "id": "probe-7"}])
    stage.add("Probe")
    ids = [module.id for module in stage.manager.modules()]
    assert ids[0] == "probe-2"
    assert ids[2:] == ["probe-7", "probe-8"]
    assert len(set(ids)) == 4


def test_who_was_added_last_is_known_after_a_restart(stage: Stage) -> None:
    for _ in range(3):
        stage.add("Probe")
    stage.manager.move("probe-3", None, 0)
    serials = {module.id: module.serial for module in reload(stage).manager.modules()}
    assert serials["probe-1"] < serials["probe-2"] < serials["probe-3"]


@pytest.mark.parametrize(
    "saved_id", ["probe-1", "", 5, None, ["a"], "a/b", "a b", "x" * 65, "probe-²", "ä", "a\nb"], ids=repr
)
def test_an_id_that_is_taken_or_cannot_stand_in_a_path_is_replaced(stage: Stage, saved_id: object) -> None:
    stage.manager.load([{"type": "Probe", "id": "probe-1"}, {"type": "Probe", "id": saved_id}])
    ids = [module.id for module in stage.manager.modules()]
    assert ids[0] == "probe-1"
    assert ids[1].startswith("probe-")
    assert ids[1] not in ("probe-1", saved_id)


@pytest.mark.parametrize("name", ["", 5, "x" * 1000, "a\nb", "\ud800", None])
def test_a_saved_name_that_cannot_be_shown_is_replaced_by_that_of_the_type(stage: Stage, name: object) -> None:
    stage.manager.load([{"type": "Probe", "name": name}])
    assert stage.manager.find("probe-1").name == "Probe"


@pytest.mark.parametrize(
    "tree",
    [None, 5, "tree", {}, [None], [5], [[]], [{}], [{"type": 5}], [{"type": None}], [{"name": "no type"}]],
    ids=repr,
)
def test_what_is_no_tree_is_left_out_and_reported(stage: Stage, tree: object) -> None:
    stage.manager.load(tree)
    assert stage.tree() == []
    assert len(stage.texts("error")) == 1
    stage.tick()


def test_what_is_wrong_with_one_entry_does_not_hurt_the_next(stage: Stage) -> None:
    stage.manager.load(
        [
            {"type": "Box", "children": "none"},
            {"type": "Probe", "controls": {"speed": "fast", "label": "kept", "nothing": 1}},
            {"type": "Probe", "controls": "none"},
            {"type": "Probe", "children": [{"type": "Probe"}]},
        ]
    )
    probe: Any = stage.manager.find("probe-2")
    assert (probe.speed, probe.label) == (10, "kept")
    assert [module.status for module in stage.manager.modules()] == ["ok", "ok", "ok", "ok", "disabled"]


def test_closing_tears_everything_down_children_first(stage: Stage, boxes: tuple[Box, Box, Box]) -> None:
    torn_down: list[str] = []
    for box in boxes:
        box.teardown = lambda box=box: torn_down.append(box.id)  # type: ignore[method-assign,misc]
    stage.manager.close()
    assert torn_down == ["box-3", "box-2", "box-1"]
    assert len(stage.manager.snapshot()) == 1
