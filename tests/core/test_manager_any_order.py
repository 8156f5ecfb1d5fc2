"""Whatever is asked of the manager, in whatever order: the tree stays consistent and every tick goes on."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from probes import HOOKS, Probe
from stage import Stage, type_entry

from pyralis.core.errors import Refusal

TYPES = ("Box", "Probe", "Composer", "Sender", "DriverLayer", "EffectsLayer", "Grid", "Line", "Solid", "Preview")
HOSTILE_TYPES = ("Nothing", "", "WithoutSuper", "Missing", "box", "\ud800")
HOSTILE_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -(10**20), 1.5, float("nan"), "x" * 100, "\ud800", "#00000g", [], {}]
)
CODES = {
    "unknown_type",
    "type_failed",
    "unknown_module",
    "not_accepted",
    "cycle",
    "invalid_value",
    "unknown_control",
    "too_many_modules",
}

# Which module is meant: the n-th of those that are there, or one that is not.
places = st.one_of(st.integers(0, 1000), st.sampled_from([None, "", "nobody", "probe-999"]))
indices = st.one_of(st.none(), st.integers(-2, 8))
types = st.one_of(st.sampled_from(TYPES), st.sampled_from(HOSTILE_TYPES))
names = st.one_of(st.none(), st.text(max_size=40), st.sampled_from(["Wall", "  ", "x" * 33, "\n", "\ud800"]))
controls = st.dictionaries(
    st.sampled_from(["speed", "shape", "fault", "width", "length", "opacity", "color", "x", "size", "children", ""]),
    st.one_of(st.integers(-10, 120), st.sampled_from([*HOOKS, "round", "#00ff00", ""]), HOSTILE_VALUES),
    max_size=3,
)


class AnyOrder(RuleBasedStateMachine):
    """Every rule either does what was asked, or refuses and changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.stage.platform.types += [type_entry("WithoutSuper", "probes"), type_entry("Missing", "missing_module")]
        self.manager = self.stage.manager

    def meant(self, place: Any) -> Any:
        modules = self.manager.modules()
        return modules[place % len(modules)].id if isinstance(place, int) and modules else place

    def facts(self) -> Any:
        modules = self.manager.modules()
        return json.dumps(self.manager.snapshot()), self.stage.tree(), [(id(m), m.revision, m.status) for m in modules]

    def ask(self, call: Any) -> Any:
        """The result of a call, None where it was refused; then nothing may have changed."""
        before = self.facts()
        try:
            return call()
        except Refusal as refusal:
            found = refusal
        assert found.code in CODES
        assert found.message
        assert self.facts() == before
        return None

    @initialize()
    def a_wall(self) -> None:
        self.manager.load(
            [
                {"type": "DriverLayer", "children": [{"type": "Grid", "controls": {"width": 3, "height": 2}}]},
                {"type": "Gone", "children": [{"type": "Probe"}]},
                {"type": "Box", "children": [{"type": "Box"}, {"type": "Probe"}]},
            ]
        )

    @rule(type_name=types, parent=places, index=indices, name=names, values=controls)
    def add(self, type_name: str, parent: Any, index: int | None, name: str | None, values: dict[str, Any]) -> None:
        ids = [module.id for module in self.manager.modules()]
        parent_id = self.meant(parent)
        added = self.ask(lambda: self.manager.add(type_name, parent_id, index, name, values))
        if added is not None:
            siblings = added.parent.children
            assert added.id not in ids
            assert siblings[len(siblings) - 1 if index is None else index] is added
            assert (added.parent.id or None) == parent_id

    @rule(place=places)
    def delete(self, place: Any) -> None:
        before = [module.id for module in self.manager.modules()]
        gone = self.ask(lambda: self.manager.delete(self.meant(place)))
        if gone is not None:
            assert [module.id for module in self.manager.modules()] == [each for each in before if each not in gone]

    @rule(place=places, parent=places, index=indices)
    def move(self, place: Any, parent: Any, index: int | None) -> None:
        before = sorted(module.id for module in self.manager.modules())
        parent_id = self.meant(parent)
        moved = self.ask(lambda: self.manager.move(self.meant(place), parent_id, index))
        if moved is not None:
            siblings = moved.parent.children
            assert siblings[len(siblings) - 1 if index is None else index] is moved
            assert (moved.parent.id or None) == parent_id
            assert sorted(module.id for module in self.manager.modules()) == before

    @rule(place=st.integers(0, 1000), depth=st.integers(0, 1000), index=indices)
    def move_below_itself(self, place: int, depth: int, index: int | None) -> None:
        if self.manager.modules():
            module = self.manager.find(self.meant(place))
            below = module.walk()
            assert self.ask(lambda: self.manager.move(module.id, below[depth % len(below)].id, index)) is None

    @rule(place=places, type_name=types)
    def replace(self, place: Any, type_name: str) -> None:
        before = self.stage.tree()
        replaced = self.ask(lambda: self.manager.replace(self.meant(place), type_name))
        if replaced is not None:
            assert replaced.type_name == type_name
            assert self.stage.tree() == before

    @rule(place=places, name=st.text(max_size=40))
    def rename(self, place: Any, name: str) -> None:
        renamed = self.ask(lambda: self.manager.rename(self.meant(place), name))
        if renamed is not None:
            assert renamed.name == name.strip()

    @rule(place=places, values=controls)
    def set_controls(self, place: Any, values: dict[str, Any]) -> None:
        changed = self.ask(lambda: self.manager.set_controls(self.meant(place), values))
        if changed is not None:
            assert {name: getattr(changed, name) for name in values} == values

    @rule()
    def restart(self) -> None:
        again = Stage()
        again.platform.types = self.stage.platform.types
        again.manager.load(json.loads(json.dumps(self.manager.snapshot())))
        assert again.manager.snapshot() == self.manager.snapshot()
        assert again.tree() == self.stage.tree()

    @invariant()
    def the_tree_is_consistent(self) -> None:
        modules = self.manager.modules()
        ids = [module.id for module in modules]
        assert all(ids)
        assert len(set(ids)) == len(ids)
        assert len({id(module) for module in modules}) == len(modules)
        for module in self.manager.root.walk():
            assert all(child.parent is module for child in module.children)

    @invariant()
    def every_tick_goes_on(self) -> None:
        probes = [module for module in self.manager.modules() if isinstance(module, Probe)]
        before = {probe.id: probe.calls.count("loop") for probe in probes}
        self.stage.tick(400, times=2)
        for probe in probes:
            if probe.setup_ok:
                assert probe.calls.count("loop") >= before[probe.id] + 1
            else:
                assert probe.reason


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
