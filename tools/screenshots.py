"""Takes the pictures of the page in docs/img: a virtual rig on MicroPython in a real browser, light and dark.

`just screenshots`. It takes a minute, for the plots to have something to show.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pyralis.deploy.bench.runtimes import VIPER, started
from pyralis.deploy.browser import launched
from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, unseen

if TYPE_CHECKING:
    from playwright.sync_api import Page

REPOSITORY = Path(__file__).parents[1]
IMAGES = REPOSITORY / "docs" / "img"
SLOW_MODULE = REPOSITORY / "tests" / "ui" / "modules" / "sluggish.py"
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1.5, "has_touch": True},
}
SCHEMES = ("light", "dark")
SECONDS = 60  # of history in the plots
ENOUGH = "count => Number(document.querySelector('.area')?.dataset.samples) >= count"
TREE: list[dict[str, Any]] = [
    {
        "type": "DriverLayer",
        "name": "Lobby",
        "children": [
            {"type": "Grid", "name": "Wall", "controls": {"width": 32, "height": 16, "serpentine": True}},
            {
                "type": "EffectsLayer",
                "name": "Back",
                "children": [
                    {"type": "Plasma", "controls": {"palette": "sunset"}},
                    {"type": "Sluggish", "name": "Clouds"},
                ],
            },
            {
                "type": "EffectsLayer",
                "name": "Front",
                "controls": {"blend": "add"},
                "children": [
                    {"type": "Metaballs"},
                    {"type": "Fault", "name": "Sparks", "controls": {"kind": "exception_in_loop"}},
                ],
            },
            {"type": "ArtNetOut"},
            {"type": "Preview"},
        ],
    }
]


def main() -> None:
    """Start the rig, open it on each screen, and take a picture in each scheme."""
    with ExitStack() as stack:
        rig = Rig(Path(stack.enter_context(TemporaryDirectory(prefix="pyralis-screenshots-"))) / "Lobby")
        make_rig(rig.root)
        (rig.modules / SLOW_MODULE.name).write_bytes(SLOW_MODULE.read_bytes())
        build(rig, TARGETS["pc"], Step("build", unseen))
        url = stack.enter_context(started(rig, VIPER, TREE)).url
        browser = stack.enter_context(launched())
        pages = {name: browser.new_page(**options) for name, options in SCREENS.items()}
        for page in pages.values():
            page.goto(url)
        for name, page in pages.items():
            page.wait_for_function(ENOUGH, arg=SECONDS, timeout=3000 * SECONDS)
            page.wait_for_selector(".dot.slow")
            page.wait_for_selector(".dot.failed")
            for scheme in SCHEMES:
                take(page, scheme, IMAGES / f"page-{name}-{scheme}.png")


def take(page: Page, scheme: Any, path: Path) -> None:
    """Take one picture."""
    page.emulate_media(color_scheme=scheme)
    page.screenshot(path=path)
    print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size >> 10} KB")


if __name__ == "__main__":
    main()
