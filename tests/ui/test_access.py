"""Access: an accessibility checker finds nothing, in light and dark, on phone and desktop; keys alone do everything."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from ui.conftest import DESKTOP, PHONE
from ui.device import PageDevice
from ui.shown import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOCUSED = """() => {
    const it = document.activeElement;
    return it.id || it.getAttribute("aria-label") || it.dataset.module || it.className || it.tagName;
}"""


def violations(page: Page) -> str:
    """What axe has against the page as it is now."""
    found = Axe().run(page)
    return f"{found.generate_snapshot()}\n{json.dumps(found.response['violations'])}" if found.violations_count else ""


@pytest.fixture
def busy(open_page: Callable[..., Page], device: PageDevice) -> Callable[[str, str], Shown]:
    """Open the page with a red module, the settings of another one, and plots."""

    def open_(screen: str, scheme: str) -> Shown:
        device.ask("POST", "modules", {"type": "Fault", "id": "fault", "parent": "layer"})
        device.set("fault", kind="exception_in_loop")
        device.ask("POST", "modules", {"type": "EveryControl", "id": "every", "name": "Every", "parent": "layer"})
        options: dict[str, Any] = {"viewport": PHONE, "has_touch": True} if screen == "phone" else {"viewport": DESKTOP}
        shown = Shown(open_page(color_scheme=scheme, **options))
        expect(shown.dot("Fault")).to_have_class("dot failed")
        expect(shown.plot("tick").locator(".area")).to_have_attribute("data-samples", "2")
        shown.choose("Every")
        return shown

    return open_


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_the_checker_finds_nothing(busy: Callable[[str, str], Shown], screen: str, scheme: str) -> None:
    assert violations(busy(screen, scheme).page) == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_checker_finds_nothing_in_messages_and_dialogs(busy: Callable[[str, str], Shown], scheme: str) -> None:
    shown = busy("desktop", scheme)
    level = shown.control("level").locator("input[type=number]")
    level.fill("1001")
    level.press("Enter")
    expect(shown.control("level").get_by_role("alert")).to_be_visible()
    shown.focus("Rainbow")
    shown.page.keyboard.press("Delete")
    expect(shown.toast.get_by_role("button", name="Undo")).to_be_visible()
    shown.choose("Fault")
    expect(shown.inspector.locator(".health")).to_be_visible()
    assert violations(shown.page) == ""
    shown.focus("Layer")
    shown.page.keyboard.press("+")
    expect(shown.picker.locator(".choice")).not_to_have_count(0)
    assert violations(shown.page) == ""


def test_tab_reaches_every_part_and_the_focus_is_seen(shown: Shown) -> None:
    reached: list[str] = []
    shown.page.locator("body").press("Tab")
    for _ in range(60):
        name = shown.page.evaluate(FOCUSED)
        if name in reached[:1]:
            break
        reached.append(name)
        marked = shown.page.evaluate(
            """() => {
                const it = document.activeElement;
                const seen = it.matches("[role=treeitem]") ? it.querySelector(":scope > .line > .row") : it;
                const { outlineStyle, boxShadow } = getComputedStyle(seen);
                return it === document.body || outlineStyle !== "none" || boxShadow !== "none";
            }"""
        )
        assert marked, f"nobody sees that {name} has the focus"
        shown.page.keyboard.press("Tab")
    for part in ("Live preview", "add-root", "plasma", "Name", "Tick", "Memory", "Time by module", "log-level", "log"):
        assert any(name.startswith(part) for name in reached), f"{part} is not among {reached}"


def test_keys_alone_do_a_whole_round(shown: Shown, device: PageDevice) -> None:
    keys = shown.page.keyboard
    while shown.page.evaluate("document.activeElement.getAttribute('role')") != "treeitem":
        keys.press("Tab")
    keys.press("Home")
    keys.type("layer")
    keys.press("+")
    expect(shown.picker.locator(".choice b")).not_to_have_count(0)
    keys.type("solid")
    keys.press("Enter")
    expect(shown.item("Solid")).to_be_focused()
    keys.press("F2")
    keys.type("Lamp")
    keys.press("Enter")
    expect(shown.item("Lamp")).to_be_focused()
    keys.press("Alt+ArrowUp")
    shown.shows_order("Layer", "Plasma", "Lamp", "Rainbow")
    keys.press("Enter")
    expect(shown.inspector.locator(":focus")).to_have_count(1)
    keys.press("Escape")
    expect(shown.item("Lamp")).to_be_focused()
    keys.press("Delete")
    shown.shows_order("Layer", "Plasma", "Rainbow")
    keys.press("Control+z")
    shown.shows_order("Layer", "Plasma", "Lamp", "Rainbow")
    assert device.children("layer") == ["Plasma", "Lamp", "Rainbow"]


def test_a_screen_reader_hears_names_types_and_health(shown: Shown, device: PageDevice) -> None:
    device.ask("POST", "modules/plasma/rename", {"name": "Ember"})
    expect(shown.item("Ember")).to_have_accessible_name("Ember Plasma OK")
    device.ask("POST", "modules", {"type": "Fault", "id": "fault", "parent": "layer"})
    device.set("fault", kind="exception_in_loop")
    expect(shown.dot("Fault")).to_have_class("dot failed")
    expect(shown.item("Fault")).to_have_accessible_name(f"Fault {device.module('fault')['health']}")
    expect(shown.page.get_by_role("status").filter(has_text="1 of 7 off")).to_be_visible()
