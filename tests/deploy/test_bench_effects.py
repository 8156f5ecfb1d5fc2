"""The bench of effects: how a tick is divided, what the tables say, and one real round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.bench import effects
from pyralis.deploy.bench.effects import EffectsBench, effects_table, ratio_table, tick_parts
from pyralis.deploy.bench.runtimes import INTERPRETED, NUMBA, VIPER
from pyralis.deploy.errors import UserError

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Event, Step


def module(category: str, tick_us: int, status: str = "ok") -> dict[str, Any]:
    return {"id": f"{category}-1", "category": category, "tick_us": tick_us, "status": status, "health": "why"}


def test_a_tick_is_divided_into_effect_map_and_send() -> None:
    modules = [module("driver", 5), module("layout", 1), module("layer", 2), module("effect", 30), module("output", 9)]
    assert tick_parts(modules) == {"effect": 30, "map": 8, "send": 9}


def test_a_module_that_does_not_work_is_not_measured() -> None:
    with pytest.raises(UserError, match="effect-1 is failed: why"):
        tick_parts([module("effect", 1, "failed")])


@pytest.fixture
def measured(rig: Rig) -> EffectsBench:
    """Two effects; viper takes twice as long as numba, interpreted code ten times as long."""
    bench = EffectsBench(rig)
    bench.effects = ["Plasma", "GameOfLife"]
    for kind, factor in ((NUMBA, 1), (VIPER, 2), (INTERPRETED, 10)):
        for size in effects.SIZES[kind]:
            for name in bench.effects:
                for part, us in (("effect", 10 * size), ("map", 10), ("send", 20)):
                    bench.samples[kind, name, size, part] = [us * factor, 9999, us * factor, 1, us * factor]
    return bench


def test_figures_are_medians(measured: EffectsBench) -> None:
    assert measured.median_us(NUMBA, "Plasma", 16, "effect") == 160
    assert measured.median_us(VIPER, "Plasma", 16, "tick") == 380
    assert measured.figures()[INTERPRETED] == {
        name: {"16": {"effect": 1600, "map": 100, "send": 200, "tick": 1900}} for name in measured.effects
    }


def test_ratios_are_geometric_means_over_all_effects(measured: EffectsBench) -> None:
    assert measured.ratio(VIPER, NUMBA, 64, "effect") == pytest.approx(2)
    assert measured.ratio(INTERPRETED, VIPER, 16, "tick") == pytest.approx(5)


def test_tables_have_every_effect_and_size(measured: EffectsBench) -> None:
    lines = effects_table(measured).splitlines()
    assert [cell.strip() for cell in lines[2].split("|")[1:-1]] == [
        *("Plasma", "160", "640", "1280"),
        *("320", "1280", "2560", "1600"),
    ]
    assert [line.split("|")[1].strip() for line in lines[3:]] == [
        "GameOfLife",
        "map and blend",
        "Art-Net: pack, send",
        "**whole tick, mean**",
    ]
    assert "| viper / numba, effect           |  2.0 | 2.0 |  2.0 |" in ratio_table(measured).splitlines()


def test_the_fault_that_is_there_on_purpose_is_not_measured(rig: Rig) -> None:
    names = EffectsBench(rig).effects
    assert "Plasma" in names
    assert "Fault" not in names


def test_a_real_round_without_numba(rig: Rig, step: Step, events: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "SIZES", {INTERPRETED: (8,)})
    monkeypatch.setattr(effects, "ROUNDS", 1)
    monkeypatch.setattr(effects, "_SAMPLES", 1)
    bench = EffectsBench(rig)
    bench.effects = ["Plasma", "Solid"]
    monkeypatch.setattr(bench, "_summary", lambda: "two effects")
    bench.run(step)
    assert bench.median_us(INTERPRETED, "Plasma", 8, "effect") > bench.median_us(INTERPRETED, "Solid", 8, "effect") > 0
    assert [event.text for event in events if event.kind == "progress"][-1] == "CPython, interpreted: Solid 8x8"
