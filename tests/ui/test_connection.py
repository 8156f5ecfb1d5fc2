"""Connection: one that is lost shows and comes back by itself, and pages that are open stay in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ui.device import PageDevice
from ui.shown import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Page

SILENCE_MS = 15_000  # a page waits for some seconds before it believes that a device is gone
SAME_PAGE = "window.stillTheSamePage"


@pytest.fixture(autouse=True)
def runs_afterwards(device: PageDevice) -> Iterator[None]:
    """The device runs at the end, whatever a test did to it."""
    yield
    device.resume()
    device.start()


def test_a_restart_shows_and_is_over_without_a_reload(shown: Shown, device: PageDevice) -> None:
    shown.page.evaluate(f"{SAME_PAGE} = true")
    device.ask("POST", "modules", {"type": "Solid", "parent": "layer"})
    device.stop()
    expect(shown.banner).to_contain_text("Connection lost. Trying again")
    expect(shown.page.locator("#summary")).to_have_text("not connected")
    expect(shown.page.locator("#tree")).to_have_attribute("inert", "")
    device.start()
    expect(shown.banner).to_be_hidden()
    expect(shown.item("Solid")).to_be_visible()
    expect(shown.log).to_contain_text("the device restarted")
    device.ask("DELETE", "modules/plasma")
    expect(shown.item("Plasma")).to_have_count(0)
    assert shown.page.evaluate(SAME_PAGE)


def test_a_device_that_falls_silent_counts_as_lost_until_it_speaks_again(shown: Shown, device: PageDevice) -> None:
    shown.page.evaluate(f"{SAME_PAGE} = true")
    device.freeze()
    expect(shown.banner).to_contain_text("Connection lost", timeout=SILENCE_MS)
    device.resume()
    expect(shown.banner).to_be_hidden(timeout=SILENCE_MS)
    device.ask("DELETE", "modules/plasma")
    expect(shown.item("Plasma")).to_have_count(0)
    assert shown.page.evaluate(SAME_PAGE)


def test_what_was_deleted_before_a_restart_comes_back_after_it(shown: Shown, device: PageDevice) -> None:
    shown.focus("Layer")
    shown.page.keyboard.press("Delete")
    expect(shown.item("Layer")).to_have_count(0)
    expect(shown.page.get_by_role("button", name="Undo")).to_be_visible()  # the device has answered, too
    device.stop()
    expect(shown.banner).to_be_visible()
    device.start()
    expect(shown.banner).to_be_hidden()
    shown.page.keyboard.press("Control+z")
    shown.shows_order("Layer", "Plasma", "Rainbow")


def test_two_pages_stay_in_step(shown: Shown, device: PageDevice, open_page: Callable[..., Page]) -> None:
    other = Shown(open_page())
    for page in (shown, other):
        page.choose("Plasma")
    shown.control("opacity").get_by_role("spinbutton").fill("33")
    shown.control("opacity").get_by_role("spinbutton").press("Enter")
    expect(other.control("opacity").get_by_role("spinbutton")).to_have_value("33")
    other.inspector.get_by_role("textbox", name="Name").fill("Ember")
    other.inspector.get_by_role("textbox", name="Name").press("Enter")
    expect(shown.item("Ember")).to_be_visible()
    expect(shown.inspector.get_by_role("textbox", name="Name")).to_have_value("Ember")
    other.item("Ember").focus()
    other.page.keyboard.press("Alt+ArrowDown")
    shown.shows_order("Layer", "Rainbow", "Ember")
    other.page.keyboard.press("Delete")
    shown.shows_order("Layer", "Rainbow")
    other.page.keyboard.press("Control+z")
    shown.shows_order("Layer", "Rainbow", "Ember")
