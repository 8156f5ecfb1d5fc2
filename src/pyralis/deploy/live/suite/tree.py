"""Module trees that tests build on a device and take away again."""

from collections.abc import Iterator
from typing import Any

from pyralis.deploy.live.suite.api import Api, Json

Node = dict[str, Any]


def node(type_name: str, *children: Node, **controls: object) -> Node:
    """A module to build, with those below it."""
    return {"type": type_name, "controls": controls, "children": children}


def layer(*effects: Node, **controls: object) -> Node:
    """A layer of effects to build."""
    return node("EffectsLayer", *effects, **controls)


class Tree:
    """A DriverLayer of a test's own, and what the test put below it."""

    def __init__(self, api: Api, children: tuple[Node, ...], controls: dict[str, object]) -> None:
        self._api = api
        self._ids: list[tuple[str, str]] = []
        self.driver: str = api.add("DriverLayer", controls=controls)["id"]
        try:
            self.grow(self.driver, *children)
        except AssertionError:
            self.fell()
            raise

    def grow(self, parent: str, *children: Node) -> str:
        """Add modules below one that is there; returns the id of the first."""
        first = ""
        for child in children:
            module = self._api.add(child["type"], parent, controls=child["controls"])
            self._ids.append((child["type"], module["id"]))
            first = first or module["id"]
            self.grow(module["id"], *child["children"])
        return first

    def all(self, type_name: str) -> list[str]:
        """The ids of the modules of a type, in the order they were added."""
        return [module_id for name, module_id in self._ids if name == type_name]

    def __getitem__(self, type_name: str) -> str:
        return self.all(type_name)[0]

    def modules(self) -> list[Json]:
        """The driver and all modules below it, as they are now."""
        return list(self._below(self._api.modules()))

    def _below(self, modules: list[Json]) -> Iterator[Json]:
        ids = {self.driver}
        for module in modules:
            if module["id"] == self.driver or module["parent"] in ids:
                ids.add(module["id"])
                yield module

    def fell(self) -> None:
        """Take it away, unless the test did so."""
        self._api.remove(self.driver)
