"""How much of a command is done, from its events."""

from __future__ import annotations

from pyralis.deploy.mcp.share import Rising, Share
from pyralis.deploy.steps import Event, Step


def test_planned_steps_count_before_they_start() -> None:
    share = Share()
    told = []

    def take(event: Event) -> None:
        share.take(event)
        told.append(share.percent)

    with Step("all", take) as step:
        step.plan("build", "flash")
        with step.step("build"):
            pass
        assert share.percent == 50
        with step.step("flash") as flash:
            flash.plan("wall-1", "wall-2")
            with flash.step("wall-1") as board:
                board.progress(1, 2)
                assert share.percent == 50 + 50 / 4
    assert told[-1] == 100
    assert told == sorted(told)


def test_what_nobody_planned_leaves_room_for_more() -> None:
    share = Share()
    with Step("flash", share.take) as step:
        with step.step("build"):
            pass
        assert share.percent == 50
        step.progress(3, 4)
        assert share.percent == 75
    assert share.percent == 100


def test_each_value_is_higher_and_the_end_comes_once() -> None:
    rising = Rising()
    values = [rising.next(percent) for percent in (0, 0, 50, 20, 50.0001, 99.9999)]
    assert None not in values
    assert values == sorted(set(values))  # type: ignore[type-var]
    assert (values[0], values[2]) == (0, 50)
    assert 50 < values[3] < 50.1  # type: ignore[operator]
    assert rising.next(100) == 100
    assert rising.next(100) is None
