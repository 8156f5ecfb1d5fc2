"""Adding to the tree and replacing in it: a dialog with types by category, and a search."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from ui.device import PageDevice
from ui.shown import Shown


def test_types_are_offered_by_category_where_they_fit(shown: Shown, device: PageDevice) -> None:
    shown.page.get_by_role("button", name="Add to Panel").first.click()
    expect(shown.picker.get_by_role("heading", name="Add to Panel")).to_be_visible()
    expect(shown.picker.locator("h3")).to_have_text(["layer", "layout", "output"])
    for category in ("layer", "layout", "output"):
        section = shown.picker.locator("section", has=shown.page.get_by_role("heading", name=category, exact=True))
        types = [one for one in device.ask("GET", "types")["types"] if one["category"] == category]
        expect(section.locator("b")).to_have_text([one["type"] for one in types])
        expect(section.locator("b + span")).to_have_text([one["description"] for one in types])


def test_effects_say_how_many_dimensions_they_draw_and_are_found_by_that(shown: Shown, device: PageDevice) -> None:
    shown.row("Layer").hover()
    shown.page.get_by_role("button", name="Add to Layer").first.click()
    effects = [one for one in device.ask("GET", "types")["types"] if one["category"] == "effect"]
    expect(shown.picker.locator(".choice small")).to_have_text([one["tags"] for one in effects])
    shown.picker.get_by_role("searchbox", name="Search types").fill("3d")
    solid = [one["type"] for one in effects if one["tags"] == "3D"]
    expect(shown.picker.locator(".choice:visible b")).to_have_text(solid)


def test_a_search_leaves_what_it_finds_and_a_click_adds_it(shown: Shown, device: PageDevice) -> None:
    shown.row("Layer").hover()
    shown.page.get_by_role("button", name="Add to Layer").first.click()
    search = shown.picker.get_by_role("searchbox", name="Search types")
    expect(search).to_be_focused()
    search.fill("one colour")
    expect(shown.picker.locator(".choice:visible b")).to_have_text(["Solid"])
    shown.picker.get_by_role("button", name="Solid").click()
    expect(shown.picker).to_be_hidden()
    expect(shown.item("Solid")).to_be_focused()
    shown.shows_order("Layer", "Plasma", "Rainbow", "Solid")
    assert device.children("layer") == ["Plasma", "Rainbow", "Solid"]


def test_keys_alone_add_a_module(shown: Shown, device: PageDevice) -> None:
    shown.focus("Layer")
    keys = shown.page.keyboard
    keys.press("+")
    expect(shown.picker.locator(".choice b")).not_to_have_count(0)
    keys.type("sol")
    keys.press("ArrowDown")
    expect(shown.picker.get_by_role("button", name="Solid")).to_be_focused()
    keys.press("Enter")
    expect(shown.item("Solid")).to_be_focused()
    assert "Solid" in device.children("layer")


def test_a_driver_is_added_beside_the_others(shown: Shown, device: PageDevice) -> None:
    shown.page.get_by_role("button", name="Add a driver").first.click()
    shown.picker.get_by_role("button", name="DriverLayer").click()
    expect(shown.item("DriverLayer")).to_have_attribute("aria-level", "1")


def test_what_does_not_fit_into_memory_is_refused_with_numbers(shown: Shown, device: PageDevice) -> None:
    if not device.has_limit:
        return  # a PC gives what it has
    shown.page.get_by_role("button", name="Add to Layer").first.click()
    shown.picker.get_by_role("button", name="Greedy").click()
    expect(shown.picker.get_by_role("alert")).to_contain_text(re.compile(r"1073741824 bytes.* free"))
    shown.picker.get_by_role("button", name="Close").click()
    expect(shown.picker).to_be_hidden()
    expect(shown.item("Greedy")).to_have_count(0)


def test_another_type_takes_the_place_and_keeps_equal_controls(shown: Shown, device: PageDevice) -> None:
    device.set("plasma", opacity=77)
    shown.choose("Plasma")
    expect(shown.control("opacity").get_by_role("spinbutton")).to_have_value("77")
    shown.inspector.get_by_role("button", name="Replace with another type").click()
    expect(shown.picker.locator("h3")).to_have_text(["effect"])
    shown.picker.get_by_role("button", name="Noise2D").click()
    shown.shows_order("Layer", "Noise2D", "Rainbow")
    assert (device.module("plasma")["type"], device.values("plasma")["opacity"]) == ("Noise2D", 77)
    shown.toast.get_by_role("button", name="Undo").click()
    shown.shows_order("Layer", "Plasma", "Rainbow")
    expect(shown.toast).to_contain_text("Plasma is a Plasma again")
    assert device.module("plasma")["type"] == "Plasma"
