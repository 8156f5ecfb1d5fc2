"""The bench of the page opens real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyralis.deploy.bench.page import open_page
from ui.device import PageDevice

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_page_is_of_use_once_the_device_has_answered(browser: Browser, device: PageDevice) -> None:
    before = device.values("plasma")["opacity"]
    paint_ms, usable_ms = open_page(browser, device.url)
    assert 0 < paint_ms < 60_000
    assert 0 < usable_ms < 60_000
    assert device.values("plasma")["opacity"] != before
