"""Code of paths that are seldom asked for gives way where memory is short, and is there again for who asks again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from service import Service

PRESETS = ["pyralis.api.presets", "pyralis.core.presets", "pyralis.core.swap"]


@pytest.fixture
def lit(service: Service) -> Service:
    """A wall of 2 x 2 lights, with a limit of memory and code that gives some back."""
    driver = service.add("DriverLayer")
    service.add("Grid", driver, width=2, height=2)
    service.add("Solid", service.add("EffectsLayer", driver))
    service.platform.heap_limit_bytes = 100_000
    service.platform.code_bytes = 1000
    return service


def test_code_that_was_never_asked_for_gives_nothing(lit: Service) -> None:
    assert not lit.memory.leaves(110_000)
    assert lit.platform.forgotten == []


def test_presets_give_way_and_come_back(lit: Service) -> None:
    lit.ask("POST", "/api/presets", {"name": "Evening"})
    listeners = len(lit.manager.on_change)
    assert lit.memory.leaves(103_000)
    assert lit.platform.forgotten == PRESETS
    assert len(lit.manager.on_change) == listeners - 1
    assert lit.ask("GET", "/api/presets")[1]["presets"] == [{"id": 1, "name": "Evening"}]
    assert len(lit.manager.on_change) == listeners


def test_wled_gives_way_and_knows_how_bright_it_was(lit: Service) -> None:
    lit.ask("POST", "/json/state", {"bri": 70})
    lit.ask("POST", "/json/state", {"on": False})
    assert lit.memory.leaves(109_000)
    names = [name.removeprefix("pyralis.api.wled.") for name in lit.platform.forgotten[len(PRESETS) :]]
    assert names == ["changes", "fields", "lists", "picture", "routes", "views"]
    state = lit.ask("POST", "/json/state", {"on": True, "v": True})[1]
    assert state["bri"] == 70


def test_every_module_that_is_let_go_of_is_one(lit: Service) -> None:
    lit.ask("GET", "/json")
    lit.ask("POST", "/api/presets", {"name": "Evening"})
    lit.ask("POST", "/api/presets/1/recall", {})
    lit.memory.leaves(109_000)
    assert [name for name in lit.platform.forgotten if name not in sys.modules] == []


def test_what_would_give_way_else_does_so_after_it(lit: Service) -> None:
    lit.add("Plasma", lit.manager.find("effectslayer-3"))
    lit.manager.delete("plasma-5")
    lit.add("Line", lit.manager.find("driverlayer-1"))
    lit.ask("GET", "/api/presets")
    assert lit.memory.leaves(103_000)
    assert lit.platform.forgotten == PRESETS
    assert lit.memory.leaves(104_000)
    assert lit.platform.forgotten == [*PRESETS, "pyralis.light.effects.plasma"]
