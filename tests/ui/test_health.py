"""Health: the dot of each module, its tooltip, and what a screen reader gets to know."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from ui.device import PageDevice
from ui.shown import Shown


def test_the_dot_says_what_health_report_says(shown: Shown, device: PageDevice) -> None:
    dot = shown.dot("Plasma")
    assert device.module("plasma")["health"] == "OK"
    expect(dot).to_have_class(re.compile(r"\bok\b"))
    expect(dot).to_have_attribute("title", "OK")
    expect(dot).to_have_accessible_name("OK")


def test_a_module_that_fails_turns_red_alone_and_says_why(shown: Shown, device: PageDevice) -> None:
    device.ask("POST", "modules", {"type": "Fault", "parent": "layer", "id": "fault"})
    device.set("fault", kind="exception_in_loop")
    dot = shown.dot("Fault")
    expect(dot).to_have_class(re.compile(r"\bfailed\b"))
    health = device.module("fault")["health"]
    assert "control 'kind'" in health
    expect(dot).to_have_attribute("title", health)
    expect(dot).to_have_accessible_name(health)
    expect(shown.row("Fault").locator(".health")).to_have_text(health)
    expect(shown.tree.locator(".dot.ok")).to_have_count(6)
    expect(shown.page.locator("#summary")).to_have_text("1 of 7 off")
    device.set("fault", kind="none")
    expect(shown.tree.locator(".dot.ok")).to_have_count(7)


def test_a_module_that_is_too_slow_turns_amber_and_says_why(shown: Shown, device: PageDevice) -> None:
    device.ask("POST", "modules", {"type": "Sluggish", "parent": "layer", "id": "sluggish"})
    dot = shown.dot("Sluggish")
    expect(dot).to_have_class(re.compile(r"\bslow\b"))
    expect(dot).to_have_attribute("title", re.compile(r"^slow: \d+ ms a tick"))
    device.ask("DELETE", "modules/sluggish")
    expect(shown.item("Sluggish")).to_have_count(0)
