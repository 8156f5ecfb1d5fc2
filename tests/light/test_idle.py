"""What does not change is not drawn, mapped and packed again; receivers are kept awake all the same."""

from __future__ import annotations

from typing import Any

import pytest
from stage import Stage

from pyralis.light import blending, driver_layer, physmap
from pyralis.light.effects import solid

TICK_MS = 20


class Counted:
    """A kernel that counts its calls."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel
        self.calls = 0

    def __call__(self, *args: Any) -> Any:
        self.calls += 1
        return self.kernel(*args)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counted]:
    found = {"solid": Counted(solid.solid), "gather": Counted(blending.gather), "fill": Counted(blending.fill)}
    monkeypatch.setattr(solid, "solid", found["solid"])
    monkeypatch.setattr(physmap, "gather", found["gather"])
    monkeypatch.setattr(driver_layer, "fill", found["fill"])
    return found


def calls(counted: dict[str, Counted]) -> list[int]:
    return [each.calls for each in counted.values()]


class Wall:
    """Two lights in one colour that go out as Art-Net."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.driver = self.stage.add("DriverLayer", gamma=10)
        self.line = self.stage.add("Line", self.driver, length=2)
        self.layer = self.stage.add("EffectsLayer", self.driver)
        self.solid = self.stage.add("Solid", self.layer, color="#010203")
        self.out = self.stage.add("ArtNetOut", self.driver, fps=120)
        self.stage.tick(TICK_MS, times=60)

    def packets(self, duration_ms: int) -> list[bytes]:
        """The channels of all packets of that time."""
        socket = self.stage.platform.sockets[-1]
        socket.packets.clear()
        self.stage.tick(TICK_MS, times=duration_ms // TICK_MS)
        return [packet[18:24] for packet in self.stage.platform.sockets[-1].packets]


def test_one_colour_costs_nothing_after_its_first_frame(counted: dict[str, Counted]) -> None:
    wall = Wall()
    before = calls(counted)
    version = wall.driver.version
    wall.stage.tick(TICK_MS, times=500)
    assert calls(counted) == before
    assert wall.driver.version == version


def test_receivers_hear_of_a_picture_that_does_not_change_within_every_second() -> None:
    wall = Wall()
    assert wall.packets(10_000) == [bytes((1, 2, 3, 1, 2, 3))] * 12  # every 800 and some ms
    gaps: list[int] = []
    since = 0
    for _ in range(200):
        since += TICK_MS
        if wall.packets(TICK_MS):
            gaps.append(since)
            since = 0
    assert max(gaps) < 1000


def test_a_change_is_sent_at_once_and_three_times_more() -> None:
    wall = Wall()
    wall.stage.set(wall.solid, color="#0a0b0c")
    assert wall.packets(400) == [bytes((10, 11, 12) * 2)] * 4


@pytest.mark.parametrize(
    ("module", "controls", "expected"),
    [
        ("driver", {"brightness": 0}, (0, 0, 0)),
        ("driver", {"gamma": 30}, (1, 1, 1)),
        ("layer", {"opacity": 0}, (0, 0, 0)),
        ("solid", {"opacity": 0}, (0, 0, 0)),
        ("out", {"color_order": "BGR"}, (3, 2, 1)),
    ],
)
def test_every_control_that_shows_is_a_change(
    module: str, controls: dict[str, object], expected: tuple[int, int, int]
) -> None:
    wall = Wall()
    wall.stage.set(getattr(wall, module), **controls)
    sent = wall.packets(200)
    assert len(sent) == 4
    assert set(sent) == {bytes(expected * 2)}


def test_lights_that_are_added_are_sent() -> None:
    wall = Wall()
    wall.stage.set(wall.line, length=3)
    wall.stage.tick(TICK_MS)
    assert wall.stage.platform.sockets[-1].packets[-1][18:27] == bytes((1, 2, 3) * 3)


def test_effects_and_layers_that_come_and_go_are_changes() -> None:
    wall = Wall()
    second = wall.stage.add("Solid", wall.layer, color="#040404", blend="add")
    assert set(wall.packets(200)) == {bytes((5, 6, 7) * 2)}
    wall.stage.manager.move(second.id, wall.layer.id, 0)
    wall.stage.set(second, blend="normal")
    wall.stage.set(wall.solid, blend="multiply")
    changed = set(wall.packets(200))
    assert changed == {bytes((1, 1, 1) * 2)}
    wall.stage.manager.delete(second.id)
    wall.stage.set(wall.solid, blend="normal")
    assert set(wall.packets(200)) == {bytes((1, 2, 3) * 2)}
    upper = wall.stage.add("EffectsLayer", wall.driver, blend="add")
    wall.stage.add("Solid", upper, color="#101010")
    assert set(wall.packets(200)) == {bytes((17, 18, 19) * 2)}
    wall.stage.manager.delete(upper.id)
    assert set(wall.packets(200)) == {bytes((1, 2, 3) * 2)}
    wall.stage.manager.delete(wall.solid.id)
    assert wall.packets(200)[-1] == bytes(6)


def test_beside_an_effect_that_moves_all_are_drawn() -> None:
    wall = Wall()
    wall.stage.add("Paint", wall.layer, level=4, blend="add")
    assert set(wall.packets(1000)) == {bytes((5, 6, 7) * 2)}
    assert len(wall.packets(1000)) > 30


def test_an_effect_that_fails_leaves_black_and_comes_back() -> None:
    wall = Wall()
    wall.stage.set(wall.solid, color="#0a0b0c")
    wall.stage.tick(TICK_MS)
    wall.solid.fail("as the test wants it")
    assert wall.packets(200)[-1] == bytes(6)
    wall.stage.set(wall.solid, color="#010203")
    assert wall.packets(1000)[-1] == bytes((1, 2, 3) * 2)


def test_an_output_that_comes_later_sends_at_once() -> None:
    wall = Wall()
    wall.stage.add("DdpOut", wall.driver, fps=120)
    wall.stage.tick(TICK_MS)
    assert wall.stage.platform.sockets[-1].packets[-1][10:] == bytes((1, 2, 3) * 2)


def test_a_preview_shows_the_picture_to_who_comes_later() -> None:
    wall = Wall()
    wall.stage.add("Preview", wall.driver)
    wall.stage.tick(TICK_MS, times=10)
    wall.stage.services.preview.clients = 1
    wall.stage.tick(TICK_MS, times=10)
    assert bytes(wall.stage.services.preview.frame or b"")[12:] == bytes((1, 2, 3) * 2)
