"""Fixtures beside those of conftest.py: API, trees, pages and packets, and the guard that nothing is left behind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import ClientConnection

from pyralis.deploy.live.suite.api import Api, Json, settings
from pyralis.deploy.live.suite.artnet_receiver import Receiver
from pyralis.deploy.live.suite.http_client import HttpClient
from pyralis.deploy.live.suite.polling import until
from pyralis.deploy.live.suite.tree import Node, Tree
from pyralis.deploy.live.suite.watcher import Watcher

Watch = Callable[[], Watcher]


# What waits for kernels comes late: on a PC they compile while the first tests run. What loads code that is else not
# there comes after that: a small board has little room beside it. Names of code stay until a restart, so that of all
# types comes after one.
ORDER = (
    *("page", "bad_input", "log", "websocket"),
    *("modules", "preview", "artnet", "health", "system", "presets"),
    *("restart", "types"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the suite's files."""
    places = {f"test_{name}": place for place, name in enumerate(ORDER)}
    items.sort(key=lambda item: places.get(item.path.stem, -1))


class Plant(Protocol):
    """Builds a tree."""

    def __call__(self, *children: Node, **controls: object) -> Tree:
        """A DriverLayer with these children and controls."""


@pytest.fixture(scope="session")
def api(device: Any) -> Api:
    """The device's HTTP API."""
    return Api(HttpClient(device.base_url))


@pytest.fixture(scope="session")
def first_modules(api: Api) -> list[Json]:
    """What the device had before the first test."""
    return settings(api.modules())


@pytest.fixture(autouse=True)
def leaves_nothing_behind(api: Api, first_modules: list[Json]) -> Iterator[None]:
    """Each test leaves the modules as it found them; what it left is taken away, so that only that test fails."""
    yield
    modules = settings(api.modules())
    if modules == first_modules:
        return
    known = {module["id"] for module in first_modules}
    left = [module for module in modules if module["id"] not in known]
    for module in left:
        if module["parent"] not in [other["id"] for other in left]:
            api.remove(module["id"])
    changed = [module["id"] for module in modules if module not in first_modules and module["id"] in known]
    pytest.fail(f"the test leaves {[module['id'] for module in left]} behind and changed {changed}")


@pytest.fixture
def plant(api: Api, leaves_nothing_behind: None) -> Iterator[Plant]:
    """Builds trees that are taken away at the end of the test."""
    trees: list[Tree] = []

    def build(*children: Node, **controls: object) -> Tree:
        trees.append(Tree(api, children, controls))
        return trees[-1]

    yield build
    for tree in trees:
        tree.fell()


@pytest.fixture
def watch(connect: Callable[[], ClientConnection]) -> Watch:
    """Opens pages on `/ws`."""
    return lambda: Watcher(connect())


@pytest.fixture
def receiver(device: Any) -> Iterator[Receiver]:
    """An Art-Net receiver that the device can reach."""
    if urlsplit(device.base_url).hostname not in ("127.0.0.1", "localhost"):
        pytest.skip("the device is another machine, and this one takes packets on its loopback address only")
    with Receiver() as found:
        yield found


@pytest.fixture
def unchanged(api: Api, device: Any) -> Callable[[], Any]:
    """A context in which no module may change, and after which the device must tick on."""

    @contextmanager
    def check() -> Iterator[None]:
        before, started = settings(api.modules()), device.system()
        yield
        assert settings(api.modules()) == before
        assert device.system()["boot_id"] == started["boot_id"]
        until(lambda: device.system()["uptime_ms"] > started["uptime_ms"], "the device ticks on")

    return check
