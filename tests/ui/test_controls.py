"""Controls: a widget for each type, its bounds, a way back to the default, and the value that the device took."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ui.device import PageDevice
from ui.shown import Shown


@pytest.fixture
def shown(shown: Shown, device: PageDevice) -> Shown:
    """The page with the settings of a module that has every type of control."""
    device.ask("POST", "modules", {"type": "EveryControl", "id": "every", "name": "Every", "parent": "layer"})
    shown.choose("Every")
    return shown


def test_a_whole_number_has_a_slider_and_a_field_with_bounds(shown: Shown, device: PageDevice) -> None:
    level = shown.control("level")
    slider, field = level.get_by_role("slider", name="level slider"), level.get_by_role("spinbutton", name="level")
    for widget in (slider, field):
        expect(widget).to_have_attribute("min", "0")
        expect(widget).to_have_attribute("max", "1000")
        expect(widget).to_have_value("40")
        expect(widget).to_have_accessible_description("0 – 1000 steps")
    slider.press("End")
    expect(field).to_have_value("1000")
    field.fill("120")
    field.press("Enter")
    expect(slider).to_have_value("120")
    assert device.values("every")["level"] == 120


def test_the_value_that_the_device_took_is_shown(shown: Shown, device: PageDevice) -> None:
    level, tint = shown.control("level"), shown.control("tint")
    level.get_by_role("spinbutton").fill("47")
    level.get_by_role("spinbutton").press("Enter")
    expect(level.get_by_role("spinbutton")).to_have_value("40")
    expect(level.get_by_role("slider")).to_have_value("40")
    tint.get_by_role("textbox", name="tint", exact=True).fill("#ABCDEF")
    tint.get_by_role("textbox", name="tint", exact=True).press("Enter")
    expect(tint.get_by_role("textbox", name="tint", exact=True)).to_have_value("#abcdef")
    assert (device.values("every")["level"], device.values("every")["tint"]) == (40, "#abcdef")


def test_a_switch_switches(shown: Shown, device: PageDevice) -> None:
    switch = shown.control("active").get_by_role("switch", name="active")
    expect(switch).to_be_checked()
    switch.click()
    expect(shown.reset("active")).to_be_enabled()
    expect(switch).not_to_be_checked()
    assert device.values("every")["active"] is False


def test_a_choice_offers_its_options(shown: Shown, device: PageDevice) -> None:
    choice = shown.control("shape").get_by_role("combobox", name="shape")
    expect(choice.locator("option")).to_have_text(["round", "very long", "square"])
    choice.select_option("very long")
    expect(shown.reset("shape")).to_be_enabled()
    expect(choice).to_have_value("very_long")
    assert device.values("every")["shape"] == "very_long"


def test_a_text_is_as_long_as_the_device_takes(shown: Shown, device: PageDevice) -> None:
    text = shown.control("label").get_by_role("textbox", name="label")
    expect(text).to_have_accessible_description("up to 12")
    text.fill("")
    text.press_sequentially("héllo & wörld")
    text.press("Enter")
    expect(shown.reset("label")).to_be_enabled()
    expect(text).to_have_value("héllo & wörl")
    assert device.values("every")["label"] == "héllo & wörl"


def test_a_colour_is_picked_or_written(shown: Shown, device: PageDevice) -> None:
    tint = shown.control("tint")
    picker, text = tint.get_by_label("tint picker"), tint.get_by_role("textbox", name="tint", exact=True)
    expect(picker).to_have_value("#ff8000")
    picker.fill("#102030")
    expect(text).to_have_value("#102030")
    text.fill("#405060")
    text.press("Enter")
    expect(picker).to_have_value("#405060")
    assert device.values("every")["tint"] == "#405060"


@pytest.mark.parametrize(("name", "role", "wrong"), [("level", "spinbutton", "1001"), ("tint", "textbox", "purple")])
def test_a_value_out_of_bounds_is_refused_and_the_old_one_stays(
    shown: Shown, device: PageDevice, name: str, role: str, wrong: str
) -> None:
    before = device.values("every")
    field = shown.control(name).locator("input[type=number], input[type=text]")
    field.fill(wrong)
    field.press("Enter")
    expect(shown.control(name).get_by_role("alert")).to_contain_text(f"{name} takes a")
    expect(field).to_have_value(str(before[name]))
    assert device.values("every") == before


def test_reset_brings_the_default_back(shown: Shown, device: PageDevice) -> None:
    others = {"level": 500, "active": False, "shape": "square", "label": "bye", "tint": "#000000"}
    for name, value in others.items():
        reset = shown.reset(name)
        expect(reset).to_be_disabled()
        device.set("every", **{name: value})
        expect(reset).to_be_enabled()
        reset.click()
        expect(reset).to_be_disabled()
    defaults = {control["name"]: control["default"] for control in device.module("every")["controls"]}
    assert device.values("every") == defaults


def test_of_a_slider_that_is_dragged_the_last_value_counts(shown: Shown, device: PageDevice) -> None:
    slider = shown.control("level").get_by_role("slider")
    box = slider.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    last = '{"level":1000}'
    with shown.page.expect_response(lambda response: response.request.post_data == last):
        shown.page.mouse.move(box["x"] + 10, y)
        shown.page.mouse.down()
        shown.page.mouse.move(box["x"] + box["width"] + 20, y, steps=30)
        shown.page.mouse.up()
    expect(shown.control("level").get_by_role("spinbutton")).to_have_value("1000")
    assert device.values("every")["level"] == 1000
