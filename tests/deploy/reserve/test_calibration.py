"""Calibration on real virtual boards: what the package ships holds, and what cannot be calibrated says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.image import VFS_FOLDER
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.errors import UserError
from pyralis.deploy.reserve import calibration
from pyralis.deploy.reserve.calibration import RESERVE_TRIALS, TRIALS, calibrate
from pyralis.deploy.reserve.exercise import NotServedError, ask, exercise
from pyralis.deploy.reserve.profiles import PROFILE_FILE, SHIPPED, Profile, load, reserve_of, save
from pyralis.deploy.reserve.virtual_board import booted, make_rig
from pyralis.deploy.rig import Rig
from pyralis.wire import BUILD_FILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.deploy.steps import Step

REPOSITORY = Rig(Path(__file__).resolve().parents[3])
TOLERANCE = 0.25
LIGHTS = [{"type": "DriverLayer", "children": [{"type": "Grid", "controls": {"width": 8, "height": 8}}]}]


def test_what_is_shipped_is_what_a_calibration_finds(step: Step, micropython: str) -> None:
    (found,) = calibrate(REPOSITORY, ["esp32dev"], step, RESERVE_TRIALS)
    shipped, now = load(SHIPPED)["esp32dev"], found.profile
    assert abs(shipped.reserve_bytes - now.reserve_bytes) <= TOLERANCE * shipped.reserve_bytes
    assert shipped.reserve_bytes >= now.need_bytes  # four clients are served with what is reserved for them
    assert [stage.name for stage in found.stages] == [
        *("after module setup", "after server start", "live, no client", "live, 1 client", "live, 4 clients"),
        "live, after a change and lists",
    ]
    free = [stage.free_bytes for stage in found.stages]
    assert free[:2] == sorted(free[:2], reverse=True)
    assert free[2:5] == sorted(free[2:5], reverse=True)  # once it serves, the code of its start is gone
    assert all(0 < stage.largest_bytes <= stage.free_bytes for stage in found.stages)
    assert step.result.steps[0].facts["profile"] == vars(now)


def test_the_reserve_is_in_the_image_of_a_board_and_in_no_other(rig: Rig, step: Step) -> None:
    def told(target: str) -> object:
        return json.loads((build(rig, TARGETS[target], step).vfs_folder / BUILD_FILE).read_text(encoding="utf-8"))

    first = build(rig, TARGETS["esp32c3"], step)
    assert told("esp32c3") == {**vars(first.identity), "reserve_bytes": reserve_of(rig, "esp32c3")}
    assert told("pc") == vars(first.identity)
    save(rig.root / PROFILE_FILE, {"esp32c3": Profile(20480)})
    again = build(rig, TARGETS["esp32c3"], step)
    assert json.loads((again.folder / VFS_FOLDER / BUILD_FILE).read_text(encoding="utf-8"))["reserve_bytes"] == 20480
    assert again.image_sha256 != first.image_sha256  # so that it is flashed


def test_ballast_leaves_what_it_is_told_and_who_gets_too_little_is_not_served(
    rig: Rig, tmp_path: Path, step: Step, micropython: str
) -> None:
    (tmp_path / "made").mkdir()
    made_rig, made = make_rig(rig, tmp_path / "made", "esp32dev")
    with booted(made_rig, made, step.cancelled) as board:
        assert [stage["stage"] for stage in board.boot][-1] == "serving"
        board.fill(40 * 1024, 50)
        filled = board.measure("filled")
        assert 36 * 1024 < filled.free_bytes < 48 * 1024
        assert 30 < filled.fragmentation_percent < 70
        with pytest.raises(NotServedError, match="404"):
            ask(board.url, "GET", "/api/nothing")
    with booted(made_rig, made, step.cancelled) as board:
        board.fill(20 * 1024, 0)
        with pytest.raises(NotServedError):
            exercise(board.url, TRIALS[2].load, "too little")


def test_a_rig_without_lights_cannot_be_calibrated(rig: Rig, step: Step, write_rig: Callable[..., None]) -> None:
    write_rig(tree=[])
    with pytest.raises(UserError, match=r"rig\.json has no DriverLayer"):
        calibrate(rig, ["esp32dev"], step)


def test_a_board_that_serves_nobody_ends_it_with_the_reason(
    rig: Rig, step: Step, write_rig: Callable[..., None], micropython: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "_MOST_BYTES", 6 * 1024)
    write_rig(tree=LIGHTS)
    with pytest.raises(UserError, match="with 6 KB free does not serve 1 client") as raised:
        calibrate(rig, ["esp32c3"], step, TRIALS[:1])
    assert raised.value.details
