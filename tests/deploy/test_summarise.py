"""The step that writes the pages: from the files in `live` alone, and not from what is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fleet import FAILED, UNIT, device, fleet, run

from pyralis.deploy import results
from pyralis.deploy.errors import UserError
from pyralis.deploy.summarise import summarise

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Step

PAGES = {"index.md", "live-results.md", "deploy-summary.md", "test-results.md", "footprint.md"}


def test_pages_depend_on_the_results_alone(rig: Rig, step: Step) -> None:
    results.save(rig, run(device("a"), device("b", FAILED)))
    with step:
        summarise(rig, step)
    first = {path.name: path.read_bytes() for path in rig.status.iterdir()}
    with step:
        summarise(rig, step)
    assert {path.name: path.read_bytes() for path in rig.status.iterdir()} == first
    assert set(first) == PAGES


def test_step_says_how_many(rig: Rig, step: Step) -> None:
    results.save(rig, fleet(16))
    with step:
        summarise(rig, step)
    assert step.result.facts["devices"] == 16
    assert step.result.summary.startswith("5 pages, 16 devices: ")


def test_rig_in_which_nothing_has_run(rig: Rig, step: Step) -> None:
    with step:
        summarise(rig, step)
    assert "No live tests have run yet" in (rig.status / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", ["{", "7", "[]", '{"total": "many"}', json.dumps(UNIT | {"duration_s": None}), "\ud800"]
)
def test_unit_results_that_cannot_be_read(rig: Rig, step: Step, text: str) -> None:
    rig.live.mkdir()
    (rig.live / "unit-results.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UserError, match=r"unit-results\.json cannot be read"):
        summarise(rig, step)
    assert not rig.status.exists()


@pytest.mark.parametrize("name", ["footprint.json", "footprint-last-good.json", results.ALL_FILE])
def test_other_files_that_cannot_be_read(rig: Rig, step: Step, name: str) -> None:
    rig.live.mkdir()
    (rig.live / name).write_text("[", encoding="utf-8")
    with pytest.raises(UserError, match=r"cannot be read"):
        summarise(rig, step)
    assert not rig.status.exists()
