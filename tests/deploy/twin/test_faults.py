"""Faults: every one can be asked for, and nothing else can."""

from __future__ import annotations

import pytest

from pyralis.deploy.errors import UserError
from pyralis.deploy.twin.faults import FAULTS, Faults, parse_fault, parse_faults


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.name)
def test_its_own_example_is_understood_and_changes_something(kind: object) -> None:
    assert parse_faults([kind.usage]) != Faults()  # type: ignore[attr-defined]


def test_values_are_read() -> None:
    faults = parse_faults(["lost-reply:0.25", " late-reply:1.5s ", "unplug-at:200000", "bad-md5"], seed=7)
    assert faults == Faults(lost_reply=0.25, late_reply_s=1.5, unplug_at_bytes=200000, bad_md5=True, seed=7)
    assert parse_faults(["late-reply:400ms"]).late_reply_s == 0.4
    assert parse_faults([]) == Faults()


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "no-such", "lost-reply", "lost-reply:", "lost-reply:2", "lost-reply:-0.1", "lost-reply:nan"),
        *("lost-reply:x", "late-reply:400", "late-reply:-1s", "unplug-at:1.5", "unplug-at:-1", "unplug-at:²"),
        *("bad-md5:1", "bad-md5:", "noise:loud", "seed:3"),
    ],
)
def test_anything_else_is_refused_with_all_that_there_are(text: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_fault(text)
    assert repr(text) in raised.value.what
    assert [line.split()[0] for line in raised.value.details] == [kind.usage for kind in FAULTS]


def test_dice_fall_the_same_way_again() -> None:
    first, again, other = (Faults(lost_reply=0.5, seed=seed) for seed in (1, 1, 2))
    lost = [first.loses_reply() for _ in range(64)]
    assert lost == [again.loses_reply() for _ in range(64)]
    assert lost != [other.loses_reply() for _ in range(64)]
    assert 10 < sum(lost) < 54


def test_no_fault_loses_or_spoils_nothing() -> None:
    faults = Faults()
    assert not any(faults.loses_reply() for _ in range(100))
    assert faults.garbled(b"abc", 921600) == b"abc"


def test_speed_that_the_line_cannot_carry() -> None:
    faults = parse_faults(["garbled-above:230400"])
    assert faults.garbled(b"abc", 230400) == b"abc"
    assert faults.garbled(b"", 460800) == b""
    spoilt = faults.garbled(b"abc", 460800)
    assert len(spoilt) == 3
    assert spoilt != b"abc"
