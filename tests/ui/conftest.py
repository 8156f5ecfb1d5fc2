"""A running device of each kind, with one browser for all tests, and an open page of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from pyralis.deploy.browser import launched
from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.errors import UserError
from pyralis.deploy.interpreters import CPYTHON, MICROPYTHON, find_micropython
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, unseen
from ui.device import PageDevice
from ui.shown import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REPOSITORY = Path(__file__).resolve().parents[2]
TEST_CACHE = REPOSITORY / ".pyralis" / "cache" / "tests"  # by content, and safe for many builds at once
MODULES = Path(__file__).parent / "modules"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
WAIT_MS = 10_000  # longer than anything takes on a machine that is busy

expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser; a test that wants it is skipped where there is none, which CI counts as a failure."""
    try:
        with launched() as browser:
            yield browser
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="package")
def page_rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """A rig with the modules of these tests, built for MicroPython where there is one."""
    rig = Rig(tmp_path_factory.mktemp("page") / "rig")
    make_rig(rig.root)
    TEST_CACHE.mkdir(parents=True, exist_ok=True)
    rig.private.mkdir()
    rig.cache.symlink_to(TEST_CACHE)
    for source in MODULES.glob("*.py"):
        (rig.modules / source.name).write_bytes(source.read_bytes())
    return rig


@pytest.fixture(scope="package", params=[CPYTHON, MICROPYTHON])
def running(
    request: pytest.FixtureRequest, page_rig: Rig, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PageDevice]:
    """A device, the same for all tests."""
    if request.param == MICROPYTHON:
        try:
            find_micropython()
        except UserError as error:
            pytest.skip(str(error))
        build(page_rig, TARGETS["pc"], Step("build", unseen))
    device = PageDevice(page_rig, request.param, tmp_path_factory.mktemp(f"state-{request.param}"))
    yield device
    device.stop()


@pytest.fixture
def device(running: PageDevice) -> PageDevice:
    """The device with the tree that each test starts from."""
    running.reset()
    return running


@pytest.fixture
def open_page(browser: Browser, device: PageDevice) -> Iterator[Callable[..., Page]]:
    """Open the page, in a browser that has never seen it; `options` are Playwright's of a context."""
    contexts = []
    errors: list[str] = []

    def open_(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(device.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == [], "the page's scripts failed"


@pytest.fixture
def shown(open_page: Callable[..., Page]) -> Shown:
    """The page on a desktop, with all modules of the tree and all of them well."""
    shown = Shown(open_page())
    expect(shown.tree.get_by_role("treeitem")).to_have_count(6)
    expect(shown.tree.locator(".dot.ok")).to_have_count(6)
    return shown
