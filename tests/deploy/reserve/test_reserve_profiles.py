"""Profiles of boards: which file counts, what is written, and what is wrong in one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.reserve.profiles import PROFILE_FILE, SHIPPED, Profile, load, profile_file, reserve_of, save
from pyralis.deploy.rig import Rig

REPOSITORY = Rig(Path(__file__).resolve().parents[3])


def test_every_board_has_a_reserve_of_whole_kb_that_is_more_than_it_needs() -> None:
    shipped = load(SHIPPED)
    assert list(shipped) == sorted(BOARDS)
    for profile in shipped.values():
        assert profile.reserve_bytes % 1024 == 0
        assert profile.buffer_bytes < profile.need_bytes < profile.reserve_bytes


def test_a_rig_comes_before_the_package_board_by_board(rig: Rig) -> None:
    shipped = load(SHIPPED)["esp32s3"].reserve_bytes
    assert reserve_of(rig, "esp32s3") == shipped
    save(rig.root / PROFILE_FILE, {"esp32dev": Profile(20480)})
    assert (reserve_of(rig, "esp32dev"), reserve_of(rig, "esp32s3")) == (20480, shipped)
    assert reserve_of(rig, "pc") is None


def test_a_rig_has_a_file_of_its_own_and_the_repository_the_packages(rig: Rig) -> None:
    assert profile_file(rig) == rig.root / PROFILE_FILE
    assert profile_file(REPOSITORY) == SHIPPED


def test_what_is_saved_leaves_other_boards_alone(tmp_path: Path) -> None:
    path = tmp_path / PROFILE_FILE
    save(path, {"esp32s3": Profile(1024), "esp32dev": Profile(2048, 1800, 700)})
    save(path, {"esp32s3": Profile(3072)})
    assert load(path) == {"esp32dev": Profile(2048, 1800, 700), "esp32s3": Profile(3072)}
    assert path.read_text(encoding="utf-8").endswith("}\n")


def test_a_reserve_alone_is_enough(tmp_path: Path) -> None:
    path = tmp_path / PROFILE_FILE
    path.write_text('{"esp32c3": {"reserve_bytes": 16384}}', encoding="utf-8")
    assert load(path) == {"esp32c3": Profile(16384)}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "Expecting property name"),
        ("[]", "it must be an object"),
        (json.dumps({"esp8266": {"reserve_bytes": 1}}), "there is no board 'esp8266', but esp32dev"),
        (json.dumps({"esp32s3": 7}), "esp32s3 must have 'reserve_bytes'"),
        (json.dumps({"esp32s3": {"need_bytes": 7}}), "esp32s3 must have 'reserve_bytes'"),
        (json.dumps({"esp32s3": {"reserve_bytes": 7, "more": 1}}), "only what calibrate writes"),
        (json.dumps({"esp32s3": {"reserve_bytes": -1}}), "sizes are whole numbers of bytes, from 0 to 1048576"),
        (json.dumps({"esp32s3": {"reserve_bytes": True}}), "sizes are whole numbers"),
        (json.dumps({"esp32s3": {"reserve_bytes": 1.5}}), "sizes are whole numbers"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / PROFILE_FILE
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"profiles\.json is not right") as raised:
        load(path)
    assert problem in raised.value.what
    assert "pyralis calibrate" in raised.value.todo


def test_no_other_file_counts_where_the_rigs_is_wrong(rig: Rig) -> None:
    (rig.root / PROFILE_FILE).write_text("no JSON", encoding="utf-8")
    with pytest.raises(UserError, match=r"profiles\.json is not right"):
        reserve_of(rig, "esp32dev")
