"""A module declares its controls once, keeps an attribute of each name, and knows what is below it."""

from __future__ import annotations

from typing import Any

import pytest
from probes import BadDefault, Box, EarlySpoiler, HidingControl, Probe, SameControlTwice
from stage import Stage, type_entry

from pyralis.core.controls import InvalidValue
from pyralis.core.errors import MemoryRefused


@pytest.fixture
def probe(stage: Stage) -> Probe:
    made = Probe(stage.services)
    made.define_controls()
    return made


def test_a_declared_control_is_an_attribute_with_its_default(probe: Probe) -> None:
    assert (probe.speed, probe.active, probe.shape, probe.label, probe.color) == (10, True, "round", "", "#102030")


def test_controls_keep_the_order_of_their_declaration(probe: Probe) -> None:
    assert [control.name for control in probe.controls] == ["speed", "active", "shape", "label", "color", "fault"]


def test_a_control_is_found_by_its_name(probe: Probe) -> None:
    control = probe.control("speed")
    assert control is not None
    assert (control.kind, control.minimum, control.maximum, control.detail) == ("int", -5, 100, "steps/s")
    assert probe.control("size") is None


def test_a_default_out_of_bounds_is_refused_where_it_is_declared(stage: Stage) -> None:
    with pytest.raises(InvalidValue, match="speed takes"):
        BadDefault(stage.services).define_controls()


@pytest.mark.parametrize("module_class", [HidingControl, SameControlTwice])
def test_a_control_cannot_hide_what_the_module_has_already(stage: Stage, module_class: type[Probe]) -> None:
    with pytest.raises(ValueError, match="would hide what the module has under that name"):
        module_class(stage.services).define_controls()


def test_the_value_of_a_control_is_its_attribute(probe: Probe) -> None:
    probe.speed = 77
    assert [probe.value(control) for control in probe.controls if control.name == "speed"] == [77]


def test_an_attribute_that_the_module_spoilt_shows_as_the_default(stage: Stage) -> None:
    stage.platform.types.append(type_entry("Spoiler", "probes"))
    spoiler: Any = stage.add("Spoiler", palette="cold")
    stage.tick()
    assert spoiler.palette == bytearray(3)
    assert [spoiler.value(control) for control in spoiler.controls] == ["warm"]
    assert stage.manager.snapshot()[0] == {"id": spoiler.id, "type": "Spoiler", "name": "Spoiler"}


def test_a_module_that_spoils_its_attribute_in_setup_goes_red(stage: Stage) -> None:
    stage.platform.types.append(type_entry("EarlySpoiler", "probes"))
    spoiler: EarlySpoiler = stage.add("EarlySpoiler")
    assert spoiler.status == "failed"
    assert "palette takes a text" in spoiler.reason


def test_a_module_walks_what_is_below_it_parents_first(stage: Stage) -> None:
    box: Box = stage.add("Box")
    first, inner = stage.add("Probe", box), stage.add("Box", box)
    last = stage.add("Probe", inner)
    assert box.walk() == [box, first, inner, last]
    assert last.walk() == [last]


def test_a_touch_is_a_new_revision_of_this_module_alone(stage: Stage) -> None:
    one, two = stage.add("Probe"), stage.add("Probe")
    before = two.revision
    one.touch()
    assert one.revision == stage.services.revision > before == two.revision


def test_a_module_gets_its_memory_from_the_guard(stage: Stage, probe: Probe) -> None:
    assert probe.allocate(8) == bytearray(8)
    stage.platform.heap_limit_bytes = 7
    with pytest.raises(MemoryRefused):
        probe.allocate(8)
