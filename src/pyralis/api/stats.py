"""The figures of each second, and which of them changed: pages get these, not all of them again."""

from pyralis.api.views import heap_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.api.views import SystemView
    from pyralis.core.manager import ModuleManager

_TICK_CHANGE = 16  # a tick time is news where it differs by more than this part of it


class Stats:
    """What all clients get: whole for one that is new or was too slow, else only what changed."""

    def __init__(self, manager: "ModuleManager", system: "SystemView") -> None:
        self._manager = manager
        self._view = system
        self.seconds = 1
        self._system: dict[str, object] = {}
        self._modules: dict[str, list[object]] = {}
        self._changed: dict[str, object] = {}

    def advance(self) -> None:
        """Take the figures of one more second."""
        self.seconds += 1
        system = self._view.stats()
        modules = {}
        news = []
        for module in self._manager.modules():
            known = self._modules.get(module.id)
            new = [module.id, module.tick_us, heap_bytes(module)]
            if known is None or is_news(known, new):
                known = new
                news.append(new)
            modules[module.id] = known
        changed = {name: value for name, value in system.items() if self._system.get(name) != value}
        self._changed = {"event": "stats", "system": changed, "modules": news}
        self._system, self._modules = system, modules

    def since(self, seconds: int) -> "dict[str, object]":
        """The event for a client that has seen those of that second."""
        if seconds == self.seconds - 1:
            return self._changed
        return {"event": "stats", "system": self._system, "modules": list(self._modules.values())}


def is_news(known: "list[object]", new: "list[object]") -> bool:
    """True for other bytes, or another time beyond its noise."""
    known_us, new_us = known[1], new[1]
    return known[2] != new[2] or abs(known_us - new_us) * _TICK_CHANGE > known_us  # type: ignore[operator]
