"""The core on the fake platform, put together as main does it, with a clock that the test moves by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyralis.core.log import Logger
from pyralis.core.manager import ModuleManager
from pyralis.core.memory import MemoryGuard
from pyralis.core.registry import TypeRegistry
from pyralis.core.scheduler import Scheduler
from pyralis.core.services import Services
from pyralis.core.timing import Timing
from pyralis.pal.fake import FakePlatform

if TYPE_CHECKING:
    from typing import Any

PROBES = ("Probe", "Composer", "Sender", "Box")
LIGHT_PROBES = {
    "Paint": "effect",
    "PaintSlice": "effect",
    "PaintRow": "effect",
    "Stray": "layout",
    "Bend": "modifier",
}
LIGHT_TYPES = {
    "DriverLayer": ("driver", "pyralis.light.driver_layer"),
    "EffectsLayer": ("layer", "pyralis.light.effects_layer"),
    "Grid": ("layout", "pyralis.light.layouts.grid"),
    "LedMap": ("layout", "pyralis.light.layouts.led_map"),
    "Line": ("layout", "pyralis.light.layouts.line"),
    "Ring": ("layout", "pyralis.light.layouts.ring"),
    "Checkerboard": ("modifier", "pyralis.light.modifiers.checkerboard"),
    "Mirror": ("modifier", "pyralis.light.modifiers.mirror"),
    "Multiply": ("modifier", "pyralis.light.modifiers.multiply"),
    "Pinwheel": ("modifier", "pyralis.light.modifiers.pinwheel"),
    "Region": ("modifier", "pyralis.light.modifiers.region"),
    "Reverse": ("modifier", "pyralis.light.modifiers.reverse"),
    "Rotate": ("modifier", "pyralis.light.modifiers.rotate"),
    "Transpose": ("modifier", "pyralis.light.modifiers.transpose"),
    "Solid": ("effect", "pyralis.light.effects.solid"),
    "Plasma": ("effect", "pyralis.light.effects.plasma"),
    "NetworkIn": ("effect", "pyralis.light.effects.network_in"),
    "ArtNetOut": ("output", "pyralis.light.outputs.artnet_out"),
    "ArtNetFinder": ("output", "pyralis.light.outputs.artnet_finder"),
    "SacnOut": ("output", "pyralis.light.outputs.sacn_out"),
    "DdpOut": ("output", "pyralis.light.outputs.ddp_out"),
    "LedPins": ("output", "pyralis.light.outputs.led_pins"),
    "PowerBudget": ("output", "pyralis.light.outputs.power_budget"),
    "Preview": ("output", "pyralis.light.outputs.preview"),
    "Playlist": ("service", "pyralis.light.playlist"),
}


def type_entry(type_name: str, module: str, category: str = "service") -> dict[str, str]:
    """An entry of the catalogue."""
    return {
        "type": type_name,
        "category": category,
        "description": f"{type_name}, as a test needs it.",
        "module": module,
    }


def catalogue() -> list[dict[str, str]]:
    """The probes and the types of light that tests use."""
    probes = [type_entry(name, "probes") for name in PROBES]
    probes += [type_entry(name, "probes", category) for name, category in LIGHT_PROBES.items()]
    return probes + [type_entry(name, module, category) for name, (category, module) in LIGHT_TYPES.items()]


class Stage:
    """Everything below main and the API."""

    def __init__(self) -> None:
        self.platform = FakePlatform()
        self.platform.types = catalogue()
        self.log = Logger(lambda: self.scheduler.uptime_ms, self.platform.print_line)
        self.memory = MemoryGuard(self.platform, 0, self.log)
        self.services = Services(self.platform, self.log, self.memory)
        self.timing = Timing(self.log)
        self.scheduler = Scheduler(self.services, self.timing)
        self.manager = ModuleManager(self.services, self.scheduler, TypeRegistry(self.platform, self.scheduler))
        self.scheduler.on_second.append(self.memory.measure)

    def add(self, type_name: str, parent: Any = None, **controls: object) -> Any:
        """Add a module with these controls below another one."""
        return self.manager.add(type_name, None if parent is None else parent.id, controls=controls)

    def set(self, module: Any, **controls: object) -> None:
        """Set controls as the API does."""
        self.manager.set_controls(module.id, controls)

    def tick(self, duration_ms: int = 20, times: int = 1) -> None:
        """Let time pass and run the scheduler, so many times."""
        for _ in range(times):
            self.platform.advance_ms(duration_ms)
            self.scheduler.tick()

    def texts(self, level: str = "") -> list[str]:
        """The log's lines as `source: text`, of one level or of all."""
        return [f"{entry[3]}: {entry[4]}" for entry in self.log.since(0) if level in ("", entry[2])]

    def tree(self) -> list[tuple[str, str | None]]:
        """Each module's id and that of its parent, parents before children."""
        return [(module.id, module.parent.id or None if module.parent else None) for module in self.manager.modules()]
