"""Browser: the Chromium of this machine, driven by Playwright, which brings none of its own."""

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyralis.deploy.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

SETTING = "PYRALIS_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# No sandbox, because root and many containers have none; what it opens is our own page, on this machine.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> str:
    """The browser that a setting names, else the first Chromium on the PATH; UserError where there is none."""
    setting = os.environ.get(SETTING, "")
    found = next(filter(None, map(shutil.which, [setting] if setting else NAMES)), None)
    if found is None:
        raise UserError(
            f"{SETTING} says '{setting}', and there is no such program" if setting else "there is no Chromium",
            whose="the setting's" if setting else "the installation's",
            todo=f"install it (`apt-get install chromium`), or point {SETTING} to a Chromium or Chrome",
        )
    return found


@contextmanager
def launched() -> "Iterator[Browser]":
    """A browser without a window; it ends with the context."""
    executable = find_browser()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise UserError(
            "the package playwright is missing", whose="the installation's", todo="install pyralis[dev]"
        ) from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        yield browser
        browser.close()
