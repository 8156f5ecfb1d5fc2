"""The preview offers frames while somebody looks, and says where the lights are."""

from __future__ import annotations

from typing import Any

import pytest
from stage import Stage


@pytest.fixture
def preview(stage: Stage) -> Any:
    """A preview of a line of two lights, painted 100, with a client that looks."""
    driver = stage.add("DriverLayer")
    stage.add("Line", driver, length=2)
    stage.add("Paint", stage.add("EffectsLayer", driver), level=100)
    stage.services.preview.clients = 1
    return stage.add("Preview", driver)


def positions(stage: Stage) -> bytes:
    assert stage.services.preview.positions is not None
    return bytes(stage.services.preview.positions())


def test_a_frame_has_header_and_colours(stage: Stage, preview: Any) -> None:
    stage.tick(50, times=2)
    assert bytes(stage.services.preview.frame or b"") == (
        b"\x01\x01\x00\x00"  # a frame, version 1
        b"\x02\x00\x00\x00"  # lights
        b"\x00\x00\x00\x00"  # sequence
        b"\x64\x64\x64\x64\x64\x64"
    )
    assert preview.heap_bytes() == 18


def test_the_sequence_counts_frames(stage: Stage, preview: Any) -> None:
    stage.tick(50, times=302)
    assert stage.services.preview.sequence == 301
    assert stage.services.preview.frame is not None
    assert stage.services.preview.frame[8:12] == b"\x2c\x01\x00\x00"
    assert preview.status == "ok"


def test_a_screen_gets_brightness_but_no_gamma(stage: Stage, preview: Any) -> None:
    stage.set(preview.parent, brightness=128, gamma=30)
    stage.tick(50, times=2)
    assert stage.services.preview.frame is not None
    assert stage.services.preview.frame[12:] == b"\x32" * 6


@pytest.mark.usefixtures("preview")
def test_nothing_is_packed_while_nobody_looks(stage: Stage) -> None:
    stage.services.preview.clients = 0
    stage.tick(50, times=5)
    assert (stage.services.preview.frame, stage.services.preview.sequence) == (None, 0)


@pytest.mark.usefixtures("preview")
def test_positions_have_a_byte_for_each_axis_of_a_small_box(stage: Stage) -> None:
    assert positions(stage) == (
        b"\x02\x01\x01\x00"  # positions, version 1, one byte an axis
        b"\x02\x00\x00\x00"  # lights
        b"\x02\x00\x01\x00"  # width and height
        b"\x00\x00\x00\x01\x00\x00"
    )


def test_positions_have_two_bytes_for_each_axis_of_a_large_box(stage: Stage, preview: Any) -> None:
    stage.set(preview.parent.children[0], x=300)
    assert positions(stage) == (
        b"\x02\x01\x02\x00\x02\x00\x00\x00"
        b"\x2e\x01\x01\x00"  # 302 x 1
        b"\x2c\x01\x00\x00\x00\x00\x2d\x01\x00\x00\x00\x00"
    )


@pytest.mark.parametrize(("length", "axis_bytes"), [(256, 1), (257, 2)])
def test_a_byte_is_enough_up_to_256_points(stage: Stage, preview: Any, length: int, axis_bytes: int) -> None:
    stage.set(preview.parent.children[0], length=length)
    message = positions(stage)
    assert message[2] == axis_bytes
    assert message[-3 * axis_bytes] == (length - 1) & 255


def test_clients_learn_of_lights_that_changed_their_places(stage: Stage, preview: Any) -> None:
    version = stage.services.preview.geometry_version
    stage.set(preview.parent.children[0], reverse=True)
    assert stage.services.preview.geometry_version > version
    assert positions(stage)[12:] == b"\x01\x00\x00\x00\x00\x00"


def test_lights_that_are_gone_are_not_shown_any_more(stage: Stage, preview: Any) -> None:
    stage.tick(50, times=2)
    stage.manager.delete(preview.parent.children[0].id)
    stage.tick(50, times=2)
    assert (stage.services.preview.frame, preview.heap_bytes()) == (None, 0)


def test_a_preview_without_memory_is_disabled_and_shows_nothing_old(stage: Stage, preview: Any) -> None:
    stage.tick(50, times=2)
    stage.platform.heap_limit_bytes = 17
    stage.set(preview.parent.children[0], reverse=True)
    assert (preview.status, preview.reason[:14]) == ("disabled", "needs 18 bytes")
    assert stage.services.preview.frame is None


def test_another_preview_takes_over_when_the_first_goes(stage: Stage, preview: Any) -> None:
    driver = stage.add("DriverLayer")
    stage.add("Line", driver, length=3)
    stage.add("Preview", driver)
    stage.tick(50, times=2)
    stage.manager.delete(stage.services.preview.owner.id)  # type: ignore[attr-defined]
    assert stage.services.preview.frame is None
    stage.tick(50, times=2)
    assert stage.services.preview.owner is preview
    assert stage.services.preview.frame is not None
    assert positions(stage)[4] == 2
