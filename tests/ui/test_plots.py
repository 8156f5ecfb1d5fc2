"""Plots: time and memory of the last minutes, and what each module takes of a frame."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from ui.device import PageDevice
from ui.shown import Shown

SAMPLES = re.compile(r"^([3-9]|\d\d+)$")  # at least three, a second apart


def test_time_and_memory_are_drawn_second_by_second(shown: Shown, device: PageDevice) -> None:
    tick, memory = shown.plot("tick"), shown.plot("memory")
    for plot in (tick, memory):
        expect(plot.locator(".area")).to_have_attribute("data-samples", SAMPLES)
    expect(tick.locator("figcaption")).to_have_text(re.compile(r"^Tick.*\d (µs|ms) a tick.*\d+ fps"))
    expect(tick.locator("path.tick:not(.under)")).to_have_attribute("d", re.compile(r"^M[\d.]+,[\d.]+L"))
    limited = (r"\d KB free", r"largest\D* \d+ KB", r"\d % fragmented", r"reserve \d+ KB")
    for text in limited if device.has_limit else (r"\d MB used", "no limit"):
        expect(memory.locator("figcaption")).to_have_text(re.compile(text))
    line = memory.locator(f"path.{'free' if device.has_limit else 'used'}:not(.under)")
    expect(line).to_have_attribute("d", re.compile(r"^M[\d.]+,[\d.]+L"))


def test_an_earlier_second_can_be_pointed_at_and_read(shown: Shown) -> None:
    area = shown.plot("tick").locator(".area")
    expect(area).to_have_attribute("data-samples", SAMPLES)
    expect(area).to_have_accessible_name(re.compile(r"^Tick over the last .*, axis from 0 to .* Now .* fps"))
    area.focus()
    shown.page.keyboard.press("ArrowLeft")
    shown.page.keyboard.press("ArrowLeft")
    expect(shown.plot("tick").get_by_role("status")).to_have_text(re.compile(r"^[12] s ago: .* a tick, \d+ fps"))
    expect(area.locator(".mark")).to_be_visible()
    shown.page.keyboard.press("Escape")
    expect(area.locator(".mark")).to_be_hidden()


def test_the_bar_of_time_has_a_part_for_each_module(shown: Shown, device: PageDevice) -> None:
    figure = shown.page.locator("figure.time")
    for module in ("grid", "layer", "plasma", "rainbow", "preview"):
        expect(figure.locator(f".bar [data-of={module}]")).to_have_count(1)
    plasma = figure.locator(".bar [data-of=plasma]")
    expect(plasma).to_be_visible()
    plasma.hover()
    expect(figure.locator(".parts")).to_have_text(re.compile(r"^Plasma: \d[\d.]* (µs|ms), \d[\d.]* % of a frame$"))
    figure.locator(".bar").focus()
    shown.page.keyboard.press("Home")
    expect(figure.get_by_role("status")).to_have_text(re.compile(r"^\w+: .* of a frame$"))
    rows = figure.get_by_role("table", name="Time by module").get_by_role("row")
    expect(rows).to_have_count(1 + len(device.modules()))


def test_a_slow_module_takes_the_bar(shown: Shown, device: PageDevice) -> None:
    device.ask("POST", "modules", {"type": "Sluggish", "id": "sluggish", "parent": "layer"})
    figure = shown.page.locator("figure.time")
    expect(figure.locator(".bar .slow[data-of=sluggish]")).to_be_visible()
    expect(figure.locator(".legend [data-of=sluggish]")).to_have_text(re.compile(r"^Sluggish 1\d\d ms, slow$"))
    expect(figure.locator(".parts")).to_have_class(re.compile(r"\bover\b"))
