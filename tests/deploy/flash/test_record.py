"""What is remembered of the last write to a board."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.flash.record import WRITING, WRITTEN, Record, load, save

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

DONE = Record(WRITTEN, "a" * 64, "0123456789ab", "fedcba987654", "v1.29.0", "2026-11-24T18:00:00Z")


def test_what_was_saved_is_loaded(rig: Rig) -> None:
    assert load(rig, "wall-1") is None
    save(rig, "wall-1", DONE)
    assert load(rig, "wall-1") == DONE
    assert load(rig, "wall-2") is None


def test_half_a_write_needs_flashing(rig: Rig) -> None:
    save(rig, "wall-1", replace(DONE, state=WRITING))
    found = load(rig, "wall-1")
    assert found is not None
    assert found.needs_flashing
    assert not DONE.needs_flashing


def test_nothing_is_remembered_of_what_is_forgotten(rig: Rig) -> None:
    save(rig, "wall-1", DONE)
    save(rig, "wall-1", None)
    save(rig, "wall-1", None)
    assert load(rig, "wall-1") is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '"text"', {"state": WRITTEN}, {**asdict(DONE), "date": 5}, {**asdict(DONE), "more": ""}]
)
def test_what_cannot_be_read_is_as_if_it_was_not_there(rig: Rig, content: Any) -> None:
    save(rig, "wall-1", DONE)
    text = content if isinstance(content, str) else json.dumps(content)
    (rig.private / "boards" / "wall-1.json").write_text(text, encoding="utf-8")
    assert load(rig, "wall-1") is None
