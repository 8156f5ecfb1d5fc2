"""Moving: by mouse, by finger, by keys, and by buttons; and walking through the tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ui.conftest import PHONE
from ui.device import PageDevice
from ui.shown import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_dragging_puts_a_module_between_others(shown: Shown, device: PageDevice) -> None:
    device.ask("POST", "modules", {"type": "EffectsLayer", "id": "upper", "name": "Upper", "parent": "panel"})
    expect(shown.item("Upper")).to_be_visible()
    mouse = shown.page.mouse
    box, target = shown.row("Rainbow").bounding_box(), shown.row("Upper").bounding_box()
    assert box
    assert target
    mouse.move(box["x"] + 40, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(target["x"] + 60, target["y"] + target["height"] - 4, steps=4)
    expect(shown.page.locator(".drop-marker")).to_be_visible()
    mouse.up()
    expect(shown.page.locator(".drop-marker")).to_be_hidden()
    shown.shows_order("Upper", "Rainbow")
    shown.shows_order("Layer", "Plasma")
    assert device.children("upper") == ["Rainbow"]


def test_escape_while_dragging_leaves_all_as_it_was(shown: Shown, device: PageDevice) -> None:
    box = shown.row("Rainbow").bounding_box()
    assert box
    shown.page.mouse.move(box["x"] + 40, box["y"] + 10)
    shown.page.mouse.down()
    shown.page.mouse.move(box["x"] + 40, box["y"] - 60, steps=4)
    expect(shown.page.locator(".drop-marker")).to_be_visible()
    shown.page.keyboard.press("Escape")
    expect(shown.page.locator(".drop-marker")).to_be_hidden()
    shown.page.mouse.up()
    assert device.children("layer") == ["Plasma", "Rainbow"]


def test_a_finger_drags_by_the_grip(open_page: Callable[..., Page], device: PageDevice) -> None:
    shown = Shown(open_page(viewport=PHONE, has_touch=True, is_mobile=True))
    grip = shown.item("Rainbow").locator("> .line > .grip")
    expect(grip).to_be_visible()
    grip.scroll_into_view_if_needed()
    box, target = grip.bounding_box(), shown.row("Plasma").bounding_box()
    assert box
    assert target
    touch = shown.page.context.new_cdp_session(shown.page)
    x = box["x"] + box["width"] / 2

    def send(kind: str, *points: float) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for y in points]})

    send("touchStart", box["y"] + box["height"] / 2)
    send("touchMove", box["y"])
    send("touchMove", target["y"] + 3)
    expect(shown.page.locator(".drop-marker")).to_be_visible()
    send("touchEnd")
    shown.shows_order("Layer", "Rainbow", "Plasma")
    assert device.children("layer") == ["Rainbow", "Plasma"]


def test_keys_move_a_module_within_its_layer_and_on_to_the_next(shown: Shown, device: PageDevice) -> None:
    device.ask("POST", "modules", {"type": "EffectsLayer", "id": "upper", "name": "Upper", "parent": "panel"})
    expect(shown.item("Upper")).to_be_visible()
    shown.focus("Plasma")
    shown.page.keyboard.press("Alt+ArrowDown")
    shown.shows_order("Layer", "Rainbow", "Plasma")
    expect(shown.page.locator("#spoken")).to_have_text("Plasma moved to place 2 of 2 in Layer")
    expect(shown.item("Plasma")).to_be_focused()
    shown.page.keyboard.press("Alt+ArrowDown")
    shown.shows_order("Upper", "Plasma")
    expect(shown.item("Plasma")).to_be_focused()
    shown.page.keyboard.press("Alt+ArrowDown")
    expect(shown.page.locator("#spoken")).to_have_text("Plasma cannot go further")
    shown.page.keyboard.press("Control+z")
    shown.shows_order("Layer", "Plasma", "Rainbow")


@pytest.mark.parametrize(
    ("button", "order"), [("Move up", ["Rainbow", "Plasma"]), ("Move down", ["Plasma", "Rainbow"])]
)
def test_buttons_move_a_module(shown: Shown, device: PageDevice, button: str, order: list[str]) -> None:
    device.ask("POST", "modules/rainbow/move", {"parent": "layer", "index": int(button == "Move up")})
    shown.shows_order("Layer", *reversed(order))
    shown.choose("Rainbow")
    shown.inspector.get_by_role("button", name=button).click()
    shown.shows_order("Layer", *order)
    assert device.children("layer") == order


def test_arrows_walk_and_fold(shown: Shown) -> None:
    keys = shown.page.keyboard
    shown.focus("Panel")
    for key, focused in [
        ("ArrowDown", "Grid"),
        ("ArrowDown", "Layer"),
        ("ArrowRight", "Plasma"),
        ("ArrowLeft", "Layer"),
    ]:
        keys.press(key)
        expect(shown.item(focused)).to_be_focused()
    keys.press("ArrowLeft")
    expect(shown.item("Layer")).to_have_attribute("aria-expanded", "false")
    expect(shown.item("Plasma")).to_be_hidden()
    keys.press("ArrowRight")
    expect(shown.item("Plasma")).to_be_visible()
    keys.press("End")
    expect(shown.item("Preview")).to_be_focused()
    keys.press("Home")
    expect(shown.item("Panel")).to_be_focused()
    keys.type("rai")
    expect(shown.item("Rainbow")).to_be_focused()
