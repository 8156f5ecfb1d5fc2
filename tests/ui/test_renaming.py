"""Renaming: in the settings of a module."""

from __future__ import annotations

from playwright.sync_api import expect

from ui.device import PageDevice
from ui.shown import Shown


def test_a_new_name_shows_everywhere(shown: Shown, device: PageDevice) -> None:
    shown.focus("Plasma")
    shown.page.keyboard.press("F2")
    name = shown.inspector.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    shown.page.keyboard.type("  Ember ")
    shown.page.keyboard.press("Enter")
    expect(shown.item("Ember")).to_be_focused()
    expect(shown.row("Ember").locator(".type")).to_have_text("Plasma")
    expect(name).to_have_value("Ember")
    assert device.module("plasma")["name"] == "Ember"


def test_an_empty_name_is_refused_and_the_old_one_stays(shown: Shown, device: PageDevice) -> None:
    shown.choose("Plasma")
    name = shown.inspector.get_by_role("textbox", name="Name")
    name.fill("")
    name.blur()
    expect(shown.inspector.get_by_role("alert").first).to_contain_text("name")
    expect(name).to_have_value("Plasma")
    assert device.module("plasma")["name"] == "Plasma"


def test_escape_takes_the_old_name_back(shown: Shown, device: PageDevice) -> None:
    shown.choose("Plasma")
    name = shown.inspector.get_by_role("textbox", name="Name")
    name.fill("Other")
    name.press("Escape")
    expect(shown.item("Plasma")).to_be_focused()
    expect(name).to_have_value("Plasma")
    assert device.module("plasma")["name"] == "Plasma"
