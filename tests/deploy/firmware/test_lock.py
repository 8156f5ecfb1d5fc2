"""The lock file: what is written is read back; what is wrong is told by entry and field."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.errors import UserError
from pyralis.deploy.firmware.lock import LOCK_FILE, Pin, read_lock, write_pin

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

PIN = Pin("esp32dev", "v1.29.0", 1_500_000, "0a" * 32, 0x1000, "https://example.org/ESP32_GENERIC.bin")


def write(rig: Rig, text: str) -> None:
    (rig.root / LOCK_FILE).write_text(text, encoding="utf-8")


def refusal(rig: Rig, *entries: Any) -> list[str]:
    write(rig, json.dumps(list(entries)))
    with pytest.raises(UserError) as raised:
        read_lock(rig)
    assert raised.value.what.startswith("firmware.lock.json is not right")
    assert str(rig.root / LOCK_FILE) in raised.value.whose
    return raised.value.details


def test_no_lock_file(rig: Rig) -> None:
    assert read_lock(rig) == {}


def test_what_is_written_is_read_back(rig: Rig) -> None:
    other = replace(PIN, board="esp32c3", offset=0, url="")
    write_pin(rig, other)
    write_pin(rig, PIN)
    assert read_lock(rig) == {"esp32dev": PIN, "esp32c3": other}
    newer = replace(PIN, version="v1.30.0")
    write_pin(rig, newer)
    assert read_lock(rig) == {"esp32dev": newer, "esp32c3": other}
    entries = json.loads((rig.root / LOCK_FILE).read_text(encoding="utf-8"))
    assert list(entries[0]) == ["board", "version", "url", "size", "sha256", "offset"]
    assert "url" not in entries[1]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"board": "esp8266"}, 'board: "esp8266" is not allowed; allowed: esp32dev, esp32s3, esp32c3'),
        ({"version": ""}, 'version: "" is not allowed; allowed: a text such as v1.29.0'),
        ({"url": "ftp://a/b"}, 'url: "ftp://a/b" is not allowed; allowed: an address such as https'),
        ({"size": "big"}, 'size: "big" is not allowed; allowed: 1 to 16777216'),
        ({"size": 0}, "size: 0 is not allowed; allowed: 1 to 16777216"),
        ({"sha256": "0A" * 32}, "is not allowed; allowed: 64 digits from 0 to 9 and a to f"),
        ({"offset": -1}, "offset: -1 is not allowed; allowed: 4096 for esp32dev"),
        ({"offset": 0}, "offset: 0 is not allowed; allowed: 4096 on ESP32"),
        ({"mirror": 1}, "unknown field 'mirror'; there are: board, version, url, size, sha256, offset"),
    ],
)
def test_wrong_field(rig: Rig, change: dict[str, Any], problem: str) -> None:
    details = refusal(rig, {**asdict(PIN), **change})
    assert len(details) == 1
    assert details[0].startswith("entry 1 (")
    assert problem in details[0]


def test_missing_field(rig: Rig) -> None:
    entry = asdict(PIN)
    del entry["sha256"]
    assert refusal(rig, entry) == ["entry 1 (esp32dev): 'sha256' is missing; allowed: 64 digits from 0 to 9 and a to f"]


def test_second_entry_of_a_board(rig: Rig) -> None:
    expected = "entry 2 (esp32dev): board: 'esp32dev' has entry 1 already; each has one"
    assert refusal(rig, asdict(PIN), asdict(PIN)) == [expected]


def test_entry_that_is_no_object(rig: Rig) -> None:
    assert refusal(rig, 7) == ["entry 1: must be an object"]


@pytest.mark.parametrize(("text", "what"), [("[", "firmware.lock.json:1:2: not JSON"), ("{}", "is not right")])
def test_file_that_is_no_list(rig: Rig, text: str, what: str) -> None:
    write(rig, text)
    with pytest.raises(UserError, match=what):
        read_lock(rig)


def test_file_that_is_no_text(rig: Rig) -> None:
    (rig.root / LOCK_FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="is not UTF-8"):
        read_lock(rig)
