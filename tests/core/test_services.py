"""The preview slot: one output fills it, clients take the latest frame, and nobody gets lights that are gone."""

from __future__ import annotations

import pytest

from pyralis.core.services import PreviewSlot


@pytest.fixture
def slot() -> PreviewSlot:
    made = PreviewSlot()
    made.claim("one", lambda: bytearray(b"positions"))
    return made


def test_whoever_claims_the_slot_owns_it_and_clients_learn_of_new_positions(slot: PreviewSlot) -> None:
    version = slot.geometry_version
    slot.claim("two", lambda: bytearray(b"others"))
    assert slot.owner == "two"
    assert slot.positions is not None
    assert slot.positions() == b"others"
    assert slot.geometry_version > version


def test_a_published_frame_is_new_and_clients_are_told(slot: PreviewSlot) -> None:
    told: list[int] = []
    slot.on_frame = lambda: told.append(slot.sequence)
    slot.publish(bytearray(b"a"))
    slot.publish(bytearray(b"b"))
    assert slot.frame == bytearray(b"b")
    assert told == [1, 2]


def test_a_sequence_stays_within_a_boards_small_integers(slot: PreviewSlot) -> None:
    slot.sequence = 0x3FFFFFFF
    slot.publish(bytearray(1))
    assert slot.sequence == 0


def test_whoever_leaves_takes_its_frame_along(slot: PreviewSlot) -> None:
    slot.publish(bytearray(b"a"))
    slot.withdraw("one")
    assert (slot.owner, slot.frame, slot.positions) == (None, None, None)


def test_only_the_owner_can_leave(slot: PreviewSlot) -> None:
    slot.publish(bytearray(b"a"))
    slot.withdraw("two")
    assert slot.owner == "one"
    assert slot.frame == bytearray(b"a")
