"""Assets of an image: the page's files, packed."""

import json
from pathlib import Path

from pyralis.assets import Page
from pyralis.wire import ASSETS_FILE


def pack_assets(folder: Path) -> dict[str, bytes]:
    """`ui/*.gz` and `assets.json` by path in the image."""
    page = Page(folder)
    packed = {f"ui/{name}.gz": page.pack(name) for name in page.names()}
    return {ASSETS_FILE: json.dumps({"version": page.version}).encode(), **packed}
