"""Whatever type there is: it works at every bound of every control and comes back after a restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from stage import Stage

import pyralis
from pyralis import catalogue

ENTRIES = catalogue.scan(Path(pyralis.__file__).parent)
PARENTS = {"driver": 0, "service": 0, "layout": 1, "layer": 1, "output": 1, "effect": 2, "modifier": 2}
FAILS_ON_PURPOSE = {"kind"}


def wall(entry: dict[str, str]) -> tuple[Stage, Any]:
    """A small wall with one module of that type."""
    stage = Stage()
    stage.platform.types = ENTRIES
    driver = stage.add("DriverLayer")
    stage.add("Grid", driver, width=4, height=3, depth=2)
    layer = stage.add("EffectsLayer", driver)
    module = stage.add(entry["type"], (None, driver, layer)[PARENTS[entry["category"]]])
    stage.tick(20, times=3)
    return stage, module


def bounds(control: Any) -> list[object]:
    """The values at the edge of what a control takes; those of a text would not make sense to all."""
    if control.kind == "int":
        return [control.minimum, control.maximum, control.default]
    if control.kind == "bool":
        return [True, False]
    if control.kind == "color":
        return ["#000000", "#ffffff"]
    return [*control.detail, control.default] if control.kind == "select" else [control.default]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["type"])
def test_it_is_what_the_catalogue_says(entry: dict[str, str]) -> None:
    _, module = wall(entry)
    assert (module.type_name, module.category) == (entry["type"], entry["category"])
    assert module.status == "ok"
    assert entry["description"].endswith(".")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["type"])
def test_it_works_at_every_bound_of_every_control(entry: dict[str, str]) -> None:
    stage, module = wall(entry)
    for control in module.controls:
        if control.name in FAILS_ON_PURPOSE:
            continue
        for value in bounds(control):
            stage.set(module, **{control.name: value})
            stage.tick(20, times=2)
            assert getattr(module, control.name) == value
            assert module.status == "ok" or "too many" in module.reason, (control.name, value, module.reason)
    assert all(other.status == "ok" for other in stage.manager.modules())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["type"])
def test_it_is_there_again_after_a_restart_with_every_control_as_it_was(entry: dict[str, str]) -> None:
    stage, module = wall(entry)
    for control in module.controls:
        if control.name not in FAILS_ON_PURPOSE:
            stage.set(module, **{control.name: bounds(control)[0]})
    again = Stage()
    again.platform.types = ENTRIES
    again.manager.load(json.loads(json.dumps(stage.manager.snapshot())))
    found = again.manager.find(module.id)
    assert [found.value(control) for control in found.controls] == [
        module.value(control) for control in module.controls
    ]
    again.tick(20, times=3)
    assert again.manager.snapshot() == stage.manager.snapshot()


@pytest.mark.parametrize(
    "entry", [entry for entry in ENTRIES if entry["category"] == "effect"], ids=lambda entry: entry["type"]
)
@pytest.mark.parametrize("size", [(1, 1, 1), (7, 1, 1), (1, 7, 1), (5, 4, 3)])
def test_an_effect_draws_at_every_size(entry: dict[str, str], size: tuple[int, int, int]) -> None:
    stage, effect = wall(entry)
    grid = effect.parent.parent.children[0]
    stage.set(grid, width=size[0], height=size[1], depth=size[2])
    effect.parent.buffer[:] = b"\x01" * len(effect.parent.buffer)
    stage.tick(20, times=5)
    assert effect.status == "ok"
    assert (effect.parent.width, effect.parent.height, effect.parent.depth) == size
    assert bytes(effect.parent.buffer) != b"\x01" * len(effect.parent.buffer)
