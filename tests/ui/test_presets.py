"""Presets on the page: kept under a name, shown again, taken away; by mouse, by keys and by ear."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from ui.conftest import DESKTOP, PHONE
from ui.device import PageDevice
from ui.shown import Shown
from ui.test_access import violations

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


class Bar:
    """The bar of presets of an open page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.toggle = page.get_by_role("button", name="Presets")
        self.region = page.get_by_role("region", name="Presets")
        self.name = self.region.get_by_label("Name of a preset")
        self.fade = self.region.get_by_label("Fade")
        self.error = self.region.get_by_role("alert")
        self.spoken = page.locator("#spoken")

    def preset(self, name: str) -> Locator:
        """The button that shows a preset."""
        return self.region.get_by_role("button", name=name, exact=True)

    def delete(self, name: str) -> Locator:
        """The button that takes a preset away; asked once, it asks back."""
        shown = self.page.get_by_role("button", name=name, exact=True)
        return self.region.get_by_role("listitem").filter(has=shown).get_by_role("button").last

    def save(self, name: str) -> None:
        """Keep what shows."""
        self.name.fill(name)
        self.region.get_by_role("button", name="Save").click()
        expect(self.preset(name)).to_have_attribute("aria-pressed", "true")

    def shows(self, *names: str) -> None:
        """Wait until these are there."""
        expect(self.region.get_by_role("listitem").locator("button:first-child")).to_have_text(list(names))


def kept(device: PageDevice) -> list[str]:
    """What the device keeps."""
    return [preset["name"] for preset in device.ask("GET", "presets")["presets"]]


@pytest.fixture
def empty(device: PageDevice) -> PageDevice:
    """A device without presets."""
    for preset in device.ask("GET", "presets")["presets"]:
        device.ask("DELETE", f"presets/{preset['id']}")
    return device


@pytest.fixture
def bar(empty: PageDevice, shown: Shown) -> Bar:
    """The bar, opened."""
    bar = Bar(shown.page)
    bar.toggle.click()
    expect(bar.region).to_be_visible()
    return bar


def test_what_shows_is_kept_shown_again_and_deleted(bar: Bar, empty: PageDevice) -> None:
    empty.set("plasma", speed=7)
    bar.save("Evening")
    empty.set("plasma", speed=200)
    expect(bar.preset("Evening")).to_have_attribute("aria-pressed", "false")
    bar.save("Party")
    expect(bar.preset("Evening")).to_have_attribute("aria-pressed", "false")
    bar.preset("Evening").click()
    expect(bar.preset("Evening")).to_have_attribute("aria-pressed", "true")
    assert empty.values("plasma")["speed"] == 7
    bar.delete("Evening").click()
    assert kept(empty) == ["Evening", "Party"], "it asks first"
    bar.name.click()
    expect(bar.delete("Evening")).to_have_accessible_name("Delete Evening")
    bar.delete("Evening").click()
    bar.delete("Evening").click(delay=50)
    bar.shows("Party")
    assert kept(empty) == ["Party"]


def test_a_double_click_deletes_nothing(bar: Bar, empty: PageDevice) -> None:
    bar.save("Evening")
    bar.delete("Evening").dblclick()
    expect(bar.delete("Evening")).to_have_text("Delete?")
    bar.save("Party")
    assert kept(empty) == ["Evening", "Party"]


def test_a_name_that_is_there_is_kept_anew(bar: Bar, empty: PageDevice) -> None:
    bar.save("Evening")
    empty.set("plasma", speed=9)
    expect(bar.preset("Evening")).to_have_attribute("aria-pressed", "false")
    bar.save("Evening")
    expect(bar.spoken).to_have_text("Evening is saved anew.")
    assert kept(empty) == ["Evening"]
    empty.set("plasma", speed=99)
    bar.preset("Evening").click()
    expect(bar.spoken).to_have_text("Evening shows.")
    assert empty.values("plasma")["speed"] == 9


def test_keys_alone_do_it_all_and_what_was_done_is_said(empty: PageDevice, shown: Shown) -> None:
    bar, keys = Bar(shown.page), shown.page.keyboard
    bar.toggle.focus()
    keys.press("Enter")
    expect(bar.toggle).to_have_attribute("aria-expanded", "true")
    while not bar.name.evaluate("field => field === document.activeElement"):
        keys.press("Tab")
    keys.type("Evening")
    keys.press("Enter")
    expect(bar.spoken).to_have_text("Evening is saved.")
    expect(bar.name).to_be_focused()
    expect(bar.name).to_have_value("")
    keys.press("Shift+Tab")
    expect(bar.delete("Evening")).to_be_focused()
    keys.press("Shift+Tab")
    expect(bar.preset("Evening")).to_be_focused()
    keys.press("Space")
    expect(bar.spoken).to_have_text("Evening shows.")
    keys.press("Tab")
    keys.press("Enter")
    expect(bar.spoken).to_have_text("Press again to delete Evening.")
    expect(bar.delete("Evening")).to_have_accessible_name("Delete? Press again to delete Evening")
    keys.press("Enter")
    expect(bar.spoken).to_have_text("Evening is deleted.")
    expect(bar.name).to_be_focused()
    assert kept(empty) == []


def test_a_key_that_is_held_does_not_answer(bar: Bar, empty: PageDevice) -> None:
    bar.save("Evening")
    bar.delete("Evening").focus()
    for _ in range(3):
        bar.page.keyboard.down("Enter")
    bar.page.keyboard.up("Enter")
    expect(bar.delete("Evening")).to_have_text("Delete?")
    bar.save("Party")
    assert kept(empty) == ["Evening", "Party"]


def test_the_fade_is_that_of_the_driver(bar: Bar, empty: PageDevice) -> None:
    bar.fade.fill("1.5")
    bar.fade.press("Enter")
    expect(bar.spoken).to_have_text("Fades in 1.5 s.")
    assert empty.values("panel")["fade_ms"] == 1500
    bar.save("Evening")
    bar.preset("Evening").click()
    expect(bar.spoken).to_have_text("Evening shows.")
    empty.set("panel", fade_ms=700)
    expect(bar.fade).to_have_value("0.7")
    bar.fade.fill("11")
    bar.fade.press("Enter")
    expect(bar.error).to_contain_text("10000")
    expect(bar.fade).to_have_value("0.7")


def test_what_the_device_has_against_it_is_said(bar: Bar, empty: PageDevice) -> None:
    bar.save("Evening")
    empty.ask("DELETE", f"presets/{empty.ask('GET', 'presets')['presets'][0]['id']}")
    bar.preset("Evening").click()
    expect(bar.error).to_contain_text("there is no preset")
    bar.shows()
    expect(bar.name).to_be_focused()


def test_a_bar_that_is_shut_asks_for_nothing(empty: PageDevice, open_page: Callable[..., Page]) -> None:
    page = open_page("/api/system")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(empty.url)
    shown, bar = Shown(page), Bar(page)
    empty.ask("POST", "modules/plasma/rename", {"name": "Ember"})
    expect(shown.item("Ember")).to_be_visible()
    expect(bar.region).to_be_hidden()
    bar.toggle.click()
    bar.save("Evening")
    page.reload()
    bar.shows("Evening")
    bar.toggle.click()
    expect(bar.region).to_be_hidden()
    assert "presets" not in asked[: asked.index("presets.js")]
    assert asked.index("presets") > asked.index("main.js")


def test_there_is_none_where_the_device_knows_no_presets(empty: PageDevice, open_page: Callable[..., Page]) -> None:
    shown = Shown(open_page())
    bar = Bar(shown.page)
    expect(bar.toggle).to_be_visible()
    # The device's own answer to a path that it does not know.
    shown.page.route("**/api/presets", lambda route: route.continue_(url=f"{empty.url}/api/unknown"))
    bar.toggle.click()
    expect(bar.toggle).to_be_hidden()
    expect(bar.region).to_be_hidden()


def test_there_is_none_without_lights(bar: Bar, empty: PageDevice) -> None:
    empty.ask("DELETE", "modules/panel")
    expect(bar.toggle).to_be_hidden()
    expect(bar.region).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_checker_finds_nothing(
    empty: PageDevice, open_page: Callable[..., Page], screen: dict[str, int], scheme: str
) -> None:
    options: dict[str, Any] = {"viewport": screen, "has_touch": screen is PHONE, "color_scheme": scheme}
    bar = Bar(open_page(**options))
    bar.toggle.click()
    for number in range(12):
        bar.save(f"Preset number {number}")
    bar.delete("Preset number 3").click()
    empty.ask("DELETE", "presets/1")
    bar.preset("Preset number 0").click()
    expect(bar.error).to_be_visible()
    bar.delete("Preset number 3").click()
    assert violations(bar.page) == ""
