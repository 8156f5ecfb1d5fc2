"""The ESP32's platform in the image that boards get: who it is, why it started, and where it can be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from machine_lab import MAC, Lab, build_image, flash_content, share_cache

from pyralis.deploy.build.native_code import native_cache
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.esp.partitions import DATA_NAME, find, layout
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, unseen
from pyralis.deploy.twin import rom
from pyralis.deploy.twin.machine import Machine
from pyralis.wire import READY_PREFIX

NAME = "pyralis-030405"
DATA = find(layout(BOARDS["esp32dev"]), DATA_NAME)


@pytest.fixture
def make_board(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Make boards with the image of a new rig, and these settings."""
    rig = Rig(tmp_path / "my lights")
    make_rig(rig.root)
    share_cache(rig)
    with ExitStack() as stack:

        def make(settings: dict[str, str] | None = None, image_of: str = "esp32dev", **options: Any) -> Lab:
            image = build_image(rig, Step("build", unseen), image_of)
            content = flash_content("esp32dev", dict(image), settings or {})
            return stack.enter_context(Lab(tmp_path, content, native=native_cache(rig), **options))

        yield make


def serve(lab: Lab, cause: str = rom.POWER_ON) -> str:
    """Start it; returns what it prints until it serves."""
    lab.start(cause)
    return until_serving(lab)


def until_serving(lab: Lab) -> str:
    return lab.expect(f"{READY_PREFIX}{lab.url}/\r\n")


def log_of(lab: Lab) -> list[str]:
    return [
        f"{entry['level']} {entry['source']}: {entry['text']}" for entry in lab.request("GET", "/api/log")["entries"]
    ]


def test_who_it_is_and_why_it_started(make_board: Callable[..., Lab]) -> None:
    lab = make_board()
    serve(lab)
    system = lab.request("GET", "/api/system")
    assert (system["platform"], system["chip"]) == ("esp32", "Virtual board with ESP32")
    assert system["board_id"] == MAC.hex(":")
    assert system["reset_reason"] == "power on"
    lab.request("POST", "/api/reboot")
    until_serving(lab)
    assert lab.request("GET", "/api/system")["reset_reason"] == "reboot"
    lab.type("\x03")
    lab.expect(">>> ")
    lab.type("\x04")
    until_serving(lab)
    assert lab.request("GET", "/api/system")["reset_reason"] == "soft reset"
    serve(lab, rom.WATCHDOG)
    assert lab.request("GET", "/api/system")["reset_reason"] == "watchdog"


def test_without_credentials_it_opens_an_access_point(make_board: Callable[..., Lab]) -> None:
    lab = make_board()
    assert f"no network joined: access point '{NAME}' is open" in serve(lab)
    lab.request("POST", "/api/network", {"ssid": "home", "password": "s3cret-word"})
    lab.request("POST", "/api/reboot")
    assert f"joined, and known as http://{NAME}.local" in until_serving(lab)
    assert not any("s3cret" in line for line in log_of(lab))


def test_with_credentials_it_prints_name_and_address(make_board: Callable[..., Lab]) -> None:
    secrets = '{"ssid": "home", "password": "s3cret-word"}'
    lab = make_board({"secrets.json": secrets}, wifi=["home", "s3cret-word"])
    assert f"joined, and known as http://{NAME}.local" in serve(lab)


def test_settings_that_cannot_be_read_are_told_and_left_alone(make_board: Callable[..., Lab]) -> None:
    lab = make_board({"state.json": "{}"})
    for block in (0, 1):
        lab.flash.program(DATA.offset + block * 4096 + 20, bytes(200))
    broken = lab.flash.read(DATA.offset, DATA.size_bytes)
    serve(lab)
    assert [line for line in log_of(lab) if line.startswith("error")] == [
        "error store: no file system for settings: they are kept with the code; flash once with --flashfs to make one"
    ]
    module = lab.request("GET", "/api/modules")["modules"][0]["id"]
    lab.request("POST", f"/api/modules/{module}/controls", {"brightness": 77})
    lab.request("POST", "/api/reboot")
    until_serving(lab)
    controls = lab.request("GET", "/api/modules")["modules"][0]["controls"]
    assert next(one["value"] for one in controls if one["name"] == "brightness") == 77
    assert lab.flash.read(DATA.offset, DATA.size_bytes) == broken


def test_image_for_another_chip_serves_and_says_what_is_wrong(make_board: Callable[..., Lab]) -> None:
    lab = make_board(image_of="esp32c3")
    serve(lab)
    [module] = lab.request("GET", "/api/modules")["modules"]
    assert "incompatible .mpy arch" in module["health"]


def test_who_interrupts_the_runtime_is_left_in_peace_by_the_watchdog(make_board: Callable[..., Lab]) -> None:
    lab = make_board()
    serve(lab)
    assert lab.machine._watchdog._timeout_s == 10
    lab.type("\x03")
    lab.expect(">>> ")
    lab.ask("1")
    assert lab.machine._watchdog._timeout_s == 3600


def test_each_tick_feeds_the_watchdog_and_who_debugs_has_time(
    make_board: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[str] = []
    obey = Machine._obey

    def listen(machine: Machine, text: str) -> None:
        words.append(text)
        obey(machine, text)

    monkeypatch.setattr(Machine, "_obey", listen)
    lab = make_board()
    serve(lab)
    first, fed = words[0], words.count("fed")
    assert first == "watchdog:10000"
    for _ in range(200):  # as long as it answers it ticks
        lab.request("GET", "/api/system")
        if words.count("fed") > fed + 3:
            break
    assert words.count("fed") > fed + 3
    lab.type("\x03")
    lab.expect(">>> ")
    assert words[-1] == "watchdog:3600000"


def test_the_firmware_of_a_virtual_board_has_no_way_to_leds(make_board: Callable[..., Lab]) -> None:
    lab = make_board()
    serve(lab)
    (driver,) = [each["id"] for each in lab.request("GET", "/api/modules")["modules"] if each["type"] == "DriverLayer"]
    added = lab.request("POST", "/api/modules", {"type": "LedPins", "parent": driver})
    assert added["health"] == "No pins yet: set them, such as 16:60, 17:60"
    set_to = lab.request("POST", f"/api/modules/{added['id']}/controls", {"pins": "16"})
    assert (set_to["status"], set_to["health"]) == (
        "disabled",
        "the firmware of this board has no machine.bitstream, which sends to LEDs",
    )
