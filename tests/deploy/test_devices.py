"""The device list: each fault is named with file, entry, field and what is allowed; filters are ANDed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.devices import ENTRY, TWIN, Device, Filters, load, select
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig, find_rig

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD: dict[str, Any] = {"id": "wall-1", "type": "esp32", "platform": "esp32dev"}
FLEET = [
    Device("a", "pc", "cpython", group="pc", test=True),
    Device("b", "pc", "micropython", group="pc"),
    Device("c", "esp32", "esp32dev", group="wall", test=True),
    Device("d", "esp32", "esp32c3", group="wall"),
]


def fault(rig: Rig) -> UserError:
    with pytest.raises(UserError) as raised:
        load(rig)
    assert str(rig.device_file) in raised.value.whose
    return raised.value


def test_every_field_is_read(rig: Rig, write_devices: Callable[..., None]) -> None:
    entry = {
        "id": "24:6F:28:AA:BB:CC",
        "type": "esp32",
        "platform": "esp32s3",
        "serial": "/dev/serial/by-id/usb-1",
        "serial_baud": 921600,
        "url": "http://192.168.1.50",
        "group": "wall",
        "test": True,
        "connected": False,
        "product": "panel",
        "notes": "the left one",
        "heap": "128wk",
    }
    assert set(entry) == set(ENTRY["properties"])
    write_devices(entry)
    (device,) = load(rig)
    assert device.to_json() == entry
    assert device.file_name == "24-6F-28-AA-BB-CC"


@pytest.mark.parametrize(
    ("entries", "detail"),
    [
        ({}, "must be a list"),
        ([1], "entry 1: must be an object"),
        ([{"id": "a", "type": "pc"}], "entry 1 (a): 'platform' is missing; allowed: cpython, micropython, esp32dev"),
        ([{"type": "pc", "platform": "cpython"}], "entry 1: 'id' is missing; allowed: letters, digits and"),
        ([GOOD | {"id": "a b"}], 'entry 1 (a b): id: "a b" is not allowed; allowed: letters, digits and'),
        ([GOOD | {"id": "../x"}], 'id: "../x" is not allowed'),
        ([GOOD | {"type": "esp8266"}], 'entry 1 (wall-1): type: "esp8266" is not allowed; allowed: pc, esp32'),
        (
            [GOOD | {"platform": "esp32s9"}],
            'platform: "esp32s9" is not allowed; allowed: cpython, micropython, esp32dev',
        ),
        ([GOOD | {"platform": "cpython"}], "platform: 'cpython' is not one of type esp32; allowed: esp32dev, esp32s3"),
        ([GOOD | {"serial_baud": 300}], "serial_baud: 300 is not allowed; allowed: 9600 to 3000000"),
        ([GOOD | {"serial": "ttyUSB0"}], 'serial: "ttyUSB0" is not allowed; allowed: a port such as /dev/serial/by-id'),
        ([GOOD | {"serial": "http://a"}], 'serial: "http://a" is not allowed; allowed: a port such as'),
        ([GOOD | {"test": "yes"}], 'test: "yes" is not allowed; allowed: true or false'),
        ([GOOD | {"group": 7}], "group: 7 is not allowed; allowed: a name that its devices share"),
        ([GOOD | {"test": True, "serial": "twin"}], "entry 1 (wall-1): 'group' is missing; allowed: a name that its"),
        ([GOOD | {"test": True, "group": "wall"}], "entry 1 (wall-1): serial: is missing; allowed: a port such as"),
        ([GOOD | {"heap": "big"}], 'heap: "big" is not allowed; allowed: a size such as 256k'),
        ([GOOD | {"url": "wall.local"}], 'url: "wall.local" is not allowed; allowed: an address such as http://'),
        ([GOOD | {"grup": "wall"}], "entry 1 (wall-1): unknown field 'grup'; there are: id, type, platform"),
        ([GOOD, GOOD], "entry 2 (wall-1): id: 'wall-1' is that of entry 1 too; each needs its own"),
        ([GOOD, GOOD | {"id": "WALL-1"}], "entry 2 (WALL-1): id: 'WALL-1' is that of entry 1 too"),
        ([GOOD | {"serial": "/dev/a"}, GOOD | {"id": "b", "serial": "/dev/a"}], "serial: '/dev/a' is that of entry 1"),
    ],
)
def test_fault_is_named(rig: Rig, entries: Any, detail: str) -> None:
    rig.device_file.write_text(json.dumps(entries), encoding="utf-8")
    error = fault(rig)
    assert error.what.startswith("devicelist.json is not right")
    assert detail in error.details[0]


def test_all_faults_are_listed(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(GOOD | {"type": "x"}, GOOD | {"test": 1})
    error = fault(rig)
    assert error.what == "devicelist.json is not right (and 1 more)"
    assert len(error.details) == 2


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"[", "devicelist.json:1:2: not JSON"),
        (b"\xff", "devicelist.json is not UTF-8"),
        (None, "devicelist.json is missing"),
    ],
)
def test_file_that_cannot_be_read(rig: Rig, content: bytes | None, what: str) -> None:
    rig.device_file.unlink()
    if content is not None:
        rig.device_file.write_bytes(content)
    assert fault(rig).what.startswith(what)


def test_twins_may_share_their_serial_line(rig: Rig, write_devices: Callable[..., None]) -> None:
    write_devices(GOOD | {"serial": "twin"}, GOOD | {"id": "b", "serial": "twin"})
    assert len(load(rig)) == 2


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(), "abcd"),
        (Filters(type="pc"), "ab"),
        (Filters(group="wall"), "cd"),
        (Filters(test=True), "ac"),
        (Filters(type="esp32", test=True), "c"),
        (Filters(platform="esp32c3", group="wall"), "d"),
        (Filters(("d", "a")), "ad"),
    ],
)
def test_filters_are_anded(filters: Filters, ids: str) -> None:
    assert "".join(device.id for device in select(FLEET, filters)) == ids


def test_filter_that_matches_nothing_lists_what_there_is() -> None:
    with pytest.raises(UserError) as raised:
        select(FLEET, Filters(type="pc", group="wall"))
    assert raised.value.what == "no device matches: type pc, group wall"
    assert "group: pc, wall" in raised.value.details
    assert "test: a, c" in raised.value.details


def test_what_is_not_connected_is_tested_only_by_name() -> None:
    away = Device("e", "esp32", "esp32c3", group="wall", test=True, connected=False)
    assert away not in select([*FLEET, away], Filters(test=True))
    assert select([*FLEET, away], Filters(("e",))) == [away]


def test_unknown_device_lists_the_others() -> None:
    with pytest.raises(UserError, match="there is no device 'z'"):
        select(FLEET, Filters(("a", "z")))


def test_list_of_this_repository_has_both_interpreters_and_eight_virtual_boards_in_two_groups() -> None:
    devices = load(find_rig(Path(__file__).parent))
    assert [device.platform for device in devices if device.type == "pc"] == ["cpython", "micropython"]
    boards = [device for device in devices if device.type == "esp32"]
    assert len(boards) == 8
    assert {device.platform for device in boards} == {"esp32dev", "esp32s3", "esp32c3"}
    assert len({device.group for device in boards}) == 2
    assert all(device.test and device.serial == TWIN for device in boards)
