"""Deleting, and taking that back."""

from __future__ import annotations

from playwright.sync_api import expect

from ui.device import PageDevice
from ui.shown import Shown


def test_what_was_deleted_comes_back_as_it_was(shown: Shown, device: PageDevice) -> None:
    device.set("plasma", opacity=99)
    device.ask("POST", "modules/plasma/rename", {"name": "Glow"})
    shown.choose("Glow")
    expect(shown.control("opacity").get_by_role("spinbutton")).to_have_value("99")
    shown.choose("Layer")
    shown.inspector.get_by_role("button", name="Delete").click()
    expect(shown.item("Layer")).to_have_count(0)
    expect(shown.toast).to_contain_text("Deleted Layer and 2 below")
    shown.toast.get_by_role("button", name="Undo").click()
    expect(shown.toast).to_contain_text("Layer is back")
    shown.shows_order("Panel", "Grid", "Layer", "Preview")
    shown.shows_order("Layer", "Glow", "Rainbow")
    assert device.values("plasma")["opacity"] == 99


def test_keys_delete_and_take_it_back(shown: Shown, device: PageDevice) -> None:
    shown.focus("Plasma")
    shown.page.keyboard.press("Delete")
    expect(shown.item("Rainbow")).to_be_focused()
    assert device.children("layer") == ["Rainbow"]
    shown.page.keyboard.press("Control+z")
    expect(shown.item("Plasma")).to_be_focused()
    shown.shows_order("Layer", "Plasma", "Rainbow")


def test_the_last_of_several_comes_back_first(shown: Shown) -> None:
    for name in ("Plasma", "Rainbow"):
        shown.focus(name)
        shown.page.keyboard.press("Delete")
        expect(shown.item(name)).to_have_count(0)
    shown.toast.get_by_role("button", name="Undo").click()
    shown.shows_order("Layer", "Rainbow")
    shown.toast.get_by_role("button", name="Undo more").click()
    shown.shows_order("Layer", "Plasma", "Rainbow")
