"""The page as a user finds things on it: by what they are called and by what they are for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


class Shown:
    """One open page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tree = page.get_by_role("tree", name="Modules")
        self.inspector = page.locator("#inspector")
        self.toast = page.locator("#toast")
        self.picker = page.locator("#picker")
        self.banner = page.locator("#banner")
        self.lights = page.locator(".stage .lights")
        self.log = page.get_by_role("log")

    def item(self, name: str) -> Locator:
        """A module in the tree, with all below it."""
        return self.page.get_by_role("treeitem", name=re.compile(rf"^{re.escape(name)}\b"))

    def row(self, name: str) -> Locator:
        """The row of a module."""
        return self.item(name).locator("> .line > .row")

    def dot(self, name: str) -> Locator:
        """The dot of a module."""
        return self.row(name).locator(".dot")

    def choose(self, name: str) -> None:
        """Click on a module, which opens its settings."""
        self.row(name).click()
        expect(self.item(name)).to_have_attribute("aria-selected", "true")

    def focus(self, name: str) -> None:
        """Choose a module and have keys go to its row."""
        self.choose(name)
        self.item(name).focus()

    def control(self, name: str) -> Locator:
        """A control of the chosen module, with its label, bounds and error."""
        return self.inspector.locator(f"[data-control='{name}']")

    def reset(self, name: str) -> Locator:
        """The button that brings the default of a control back; hidden while there is nothing to bring back."""
        return self.control(name).locator(f"button[aria-label^='Reset {name} to']")

    def plot(self, name: str) -> Locator:
        """A plot by what it shows: tick or memory."""
        return self.page.locator(f"[data-plot={name}]")

    def shows_order(self, parent: str, *names: str) -> None:
        """Wait until the children of a module are these, in that order."""
        children = self.item(parent).locator("> ul > li > .line .name")
        expect(children).to_have_text(list(names))
