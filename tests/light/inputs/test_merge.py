"""Who paints a part: the highest priority, until it stops."""

from __future__ import annotations

from pyralis.light.inputs.merge import Merge


def test_the_first_one_holds_against_its_equals_and_yields_to_who_is_higher() -> None:
    merge = Merge(2)
    assert merge.admits(0, "a", 100)
    assert not merge.admits(0, "b", 100)
    assert merge.admits(0, "c", 101)
    assert not merge.admits(0, "a", 101)
    assert merge.admits(1, "b", 0)
    assert merge.owners == ["c", "b"]


def test_who_lowers_its_priority_can_be_overtaken() -> None:
    merge = Merge(1)
    assert merge.admits(0, "a", 150)
    assert merge.admits(0, "a", 50)
    assert merge.admits(0, "b", 100)


def test_who_is_silent_for_too_long_loses_its_parts() -> None:
    merge = Merge(3)
    assert merge.admits(0, "a", 100)
    assert merge.admits(2, "a", 100)
    assert merge.expire(2000, 2500) == []
    assert merge.admits(2, "a", 100)
    assert merge.expire(501, 2500) == [0]
    assert merge.owners == [None, None, "a"]
    assert merge.admits(0, "b", 1)
    assert merge.expire(2000, 2500) == [2]


def test_who_says_that_it_stops_is_out_at_once_and_nobody_says_so_for_another() -> None:
    merge = Merge(1)
    assert merge.admits(0, "a", 100)
    assert not merge.release(0, "b")
    assert not merge.admits(0, "b", 100)
    assert merge.release(0, "a")
    assert merge.admits(0, "b", 1)


def test_a_packet_that_was_overtaken_is_too_late() -> None:
    merge = Merge(1)
    assert merge.admits(0, "a", 100, 250)
    assert not merge.admits(0, "a", 100, 250)
    assert not merge.admits(0, "a", 100, 231)
    assert merge.admits(0, "a", 100, 230)  # so far behind that it is a new start
    assert merge.admits(0, "a", 100, 255)
    assert merge.admits(0, "a", 100, 256)  # which is 0
    assert not merge.admits(0, "a", 100, 255)
    assert merge.admits(0, "a", 100, 1)
    assert merge.admits(0, "a", 100, 0)  # not numbered
    assert merge.admits(0, "a", 100, 0)
