"""Weight: the whole page as a device serves it, gzipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import expect

import pyralis
from ui.device import PageDevice
from ui.shown import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

MOST_BYTES = 40 * 1024
FILES = {path.name for path in (Path(pyralis.__file__).parent / "ui").iterdir() if path.is_file()}


def test_all_files_together_are_light(open_page: Callable[..., Page], device: PageDevice) -> None:
    shown = Shown(open_page("/api/system"))
    fetched: list[Request] = []
    shown.page.on("requestfinished", lambda request: fetched.append(request))  # noqa: PLW0108  # Playwright wants a function
    shown.page.goto(device.url)
    expect(shown.item("Plasma")).to_be_visible()
    sizes: dict[str, int] = {}
    for request in fetched:
        path = urlsplit(request.url).path
        if not path.startswith("/api/"):
            name = path.rpartition("/")[2] or "index.html"
            # What was loaded in advance and is asked for again comes from the browser itself.
            sizes[name] = max(sizes.get(name, 0), request.sizes()["responseBodySize"])
    assert set(sizes) == FILES
    assert min(sizes.values()) > 0
    assert sum(sizes.values()) <= MOST_BYTES, sizes
