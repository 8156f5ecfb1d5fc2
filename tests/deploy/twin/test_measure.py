"""RAM after boot: measured once for each image, on a virtual board made for that alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.footprint import report
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.interpreters import SETTING
from pyralis.deploy.twin.machine import FIRMWARE_HEAP_BYTES, heap_bytes
from pyralis.deploy.twin.measure import ram_after_boot

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Event, Step


def test_an_image_is_measured_once(rig: Rig, step: Step, micropython: str) -> None:
    builds = [build(rig, TARGETS[name], step) for name in ("pc", "esp32c3")]
    found = ram_after_boot(rig, builds, step)
    assert list(found) == ["esp32c3"]
    ram = found["esp32c3"]
    total_kb = (heap_bytes(BOARDS["esp32c3"].heap) - FIRMWARE_HEAP_BYTES) // 1024
    assert ram["used_kb"] + ram["free_kb"] == total_kb
    assert 0 < ram["largest_kb"] <= ram["free_kb"] < total_kb
    report(rig, builds, step, ram=found)
    assert ram_after_boot(rig, builds, step) == {}
    rig.file.write_text(rig.file.read_text(encoding="utf-8").replace('"name": "', '"name": "X'), encoding="utf-8")
    assert list(ram_after_boot(rig, [build(rig, TARGETS["esp32c3"], step)], step)) == ["esp32c3"]
    assert not list((rig.private / "twins").glob("footprint-*"))


def test_without_a_micropython_a_note_says_so(
    rig: Rig, step: Step, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    builds = [build(rig, TARGETS["esp32c3"], step)]
    monkeypatch.setenv(SETTING, "no-such-program")
    assert ram_after_boot(rig, builds, step) == {}
    notes = [event.text for event in events if event.kind == "note"]
    assert len(notes) == 1
    assert notes[0].startswith("esp32c3: RAM after boot is not measured: PYRALIS_MICROPYTHON says 'no-such-program'")
