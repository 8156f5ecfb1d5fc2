"""A playlist shows presets one after the other, and says which one shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyralis.core.presets import Presets, presets_of

if TYPE_CHECKING:
    from stage import Stage


@pytest.fixture
def presets(stage: Stage) -> Presets:
    """Red, Green and Blue, of which Blue shows."""
    driver = stage.add("DriverLayer", gamma=10)
    stage.add("Grid", driver, width=2, height=2)
    solid = stage.add("Solid", stage.add("EffectsLayer", driver))
    presets = presets_of(stage.services)
    for name, color in (("Red", "#ff0000"), ("Green", "#00ff00"), ("Blue", "#0000ff")):
        stage.set(solid, color=color)
        presets.save(name)
    stage.tick()  # the clock runs from the first one on
    return presets


def seconds(stage: Stage, count: int) -> None:
    stage.tick(500, 2 * count)


def shown(stage: Stage) -> Any:
    color: Any = next(module for module in stage.manager.modules() if module.type_name == "Solid")
    return color.color


def test_all_presets_are_shown_in_turn(stage: Stage, presets: Presets) -> None:
    playlist = stage.add("Playlist", seconds=5)
    assert playlist.health_report() == "OK: waits for its first preset"
    seconds(stage, 1)
    seen = []
    for _ in range(4):
        seen.append((shown(stage), playlist.health_report()))
        seconds(stage, 5)
    red, green, blue = ("#ff0000", "OK: shows 'Red'"), ("#00ff00", "OK: shows 'Green'"), ("#0000ff", "OK: shows 'Blue'")
    assert seen == [red, green, blue, red]


def test_each_is_shown_for_its_time(stage: Stage, presets: Presets) -> None:
    stage.add("Playlist", seconds=5)
    seconds(stage, 5)
    assert shown(stage) == "#ff0000"
    seconds(stage, 1)
    assert shown(stage) == "#00ff00"


def test_some_presets_by_name_or_number(stage: Stage, presets: Presets) -> None:
    stage.add("Playlist", presets=" Blue, 1 ,", seconds=5)
    seconds(stage, 1)
    assert shown(stage) == "#0000ff"
    seconds(stage, 5)
    assert shown(stage) == "#ff0000"
    seconds(stage, 5)
    assert shown(stage) == "#0000ff"


def test_shuffled_shows_no_preset_twice_in_a_row(stage: Stage, presets: Presets) -> None:
    stage.add("Playlist", seconds=5, shuffle=True)
    seconds(stage, 1)
    seen = []
    for _ in range(40):
        seen.append(shown(stage))
        seconds(stage, 5)
    assert all(seen[i] != seen[i + 1] for i in range(39))
    assert len(set(seen)) == 3


def test_a_playlist_that_is_stopped_leaves_the_picture(stage: Stage, presets: Presets) -> None:
    playlist = stage.add("Playlist", seconds=5, playing=False)
    seconds(stage, 20)
    assert (shown(stage), playlist.health_report()) == ("#0000ff", "OK: stopped")
    stage.set(playlist, playing=True)
    seconds(stage, 1)
    assert shown(stage) == "#ff0000"


def test_another_list_and_another_pace_hold_at_once(stage: Stage, presets: Presets) -> None:
    playlist = stage.add("Playlist", seconds=3600)
    seconds(stage, 1)
    stage.set(playlist, presets="Green")
    seconds(stage, 1)
    assert shown(stage) == "#00ff00"
    stage.set(playlist, presets="Red, Blue")
    seconds(stage, 1)
    stage.set(playlist, seconds=5)
    seconds(stage, 5)
    assert shown(stage) == "#0000ff"


def test_what_cannot_be_shown_is_said_and_passed_over(stage: Stage, presets: Presets) -> None:
    playlist = stage.add("Playlist", presets="Pink, Green, 1", seconds=5)
    stage.platform.storage.files["preset-1.json"] = b""
    seconds(stage, 1)
    assert (shown(stage), playlist.health_report()) == ("#0000ff", "OK: there is no preset 'Pink'")
    seconds(stage, 5)
    assert shown(stage) == "#00ff00"
    seconds(stage, 5)
    assert (shown(stage), playlist.health_report()) == ("#00ff00", "OK: preset 1 is broken: save it anew")
    assert (playlist.status, stage.texts("error")) == ("ok", [])


def test_clients_are_told_what_shows(stage: Stage, presets: Presets) -> None:
    playlist = stage.add("Playlist", seconds=5)
    before = playlist.revision
    seconds(stage, 1)
    assert playlist.revision > before


def test_without_presets_it_waits(stage: Stage) -> None:
    playlist = stage.add("Playlist", seconds=5)
    stage.tick()
    seconds(stage, 1)
    assert playlist.health_report() == "OK: there are no presets yet"
