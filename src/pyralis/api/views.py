"""What clients see of the runtime: modules and system facts as JSON values."""

from pyralis.core.controls import control_view
from pyralis.core.memory import fragmentation_percent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.core.manager import ModuleManager
    from pyralis.core.stateful import StatefulModule


def module_view(module: "StatefulModule") -> "dict[str, object]":
    """One module with its health and its controls."""
    return {
        "id": module.id,
        "type": module.type_name,
        "category": module.category,
        "parent": parent_id(module),
        "name": module.name,
        "status": module.status,
        "setup_ok": module.setup_ok,
        # Why it is off, whatever it says itself.
        "health": module.reason or _ask(module, module.health_report, str, "its health_report fails"),
        "tick_us": module.tick_us,
        "heap_bytes": heap_bytes(module),
        "controls": [control_view(control, module.value(control)) for control in module.controls],
    }


def heap_bytes(module: "StatefulModule") -> object:
    """Bytes of buffers that a module says it holds."""
    return _ask(module, module.heap_bytes, int, 0)


def _ask(module: "StatefulModule", call: "Callable[[], object]", kind: type, fallback: object) -> object:
    # A fault in what a module says of itself must not hide all other modules from the page.
    said, _ = module.services.attempt(call)
    return said if isinstance(said, kind) else fallback


def parent_id(module: "StatefulModule") -> "str | None":
    """The id of a module's parent, None for the root."""
    return module.parent.id if module.parent is not None and module.parent.id else None


class SystemView:
    """Facts of the device and figures of its runtime."""

    def __init__(self, manager: "ModuleManager", facts: "dict[str, object]") -> None:
        self._manager = manager
        self._facts = facts  # name, instance, boot_id, build, version, platform, implementation, chip, reset_reason

    def stats(self) -> "dict[str, object]":
        """The figures that change all the time."""
        manager = self._manager
        timing, memory = manager.scheduler.timing, manager.services.memory
        return {
            "uptime_ms": manager.scheduler.uptime_ms,
            "fps": timing.fps,
            "tick_us": timing.tick_us,
            "lights": sum([count_lights(module) for module in manager.modules()]),
            "modules": len(manager.modules()),
            "clients": manager.services.preview.clients,
            "heap_free_bytes": memory.free_bytes,
            "heap_used_bytes": memory.used_bytes,
            "heap_largest_bytes": memory.largest_bytes,
            "fragmentation_percent": fragmentation_percent(memory.free_bytes or 0, memory.largest_bytes or 0),
        }

    def view(self) -> "dict[str, object]":
        """All of it."""
        shown = self.stats()
        shown.update(self._facts)
        shown["reserve_bytes"] = self._manager.services.memory.reserve_bytes
        shown["log_next"] = self._manager.services.log.next_seq
        return shown


def count_lights(module: "StatefulModule") -> int:
    """Lights that a driver drives; 0 for every other module."""
    return module.light_count() if module.category == "driver" else 0  # type: ignore[attr-defined]
