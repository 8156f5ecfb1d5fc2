"""What to do when memory runs out: find the module that takes it, and have a module let go of what it holds."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.core.services import Services
    from pyralis.core.stateful import StatefulModule

_MIN_GROWTH_BYTES = 64  # a number or a short text may come and go
# What the tree knows of a module, and its settings, outlast everything.
_KEPT = (
    "services",
    "id",
    "name",
    "type_name",
    "serial",
    "parent",
    "children",
    "controls",
    "tick_us",
    "revision",
    "setup_ok",
    "status",
    "reason",
    "failures",
    "retry_ms",
    "starved",
    "kernels",
)


def find_culprit(
    services: "Services", modules: "list[StatefulModule]", tick: "Callable[[StatefulModule], None]"
) -> "tuple[StatefulModule | None, int]":
    """The module that keeps most of what a tick takes, and how much; else the one that was set up last, and 0."""
    platform = services.platform
    culprit = services.set_up_last if services.set_up_last in modules else None
    most_bytes = 0
    platform.collect_garbage()
    used_bytes = platform.heap_used_bytes()
    for module in modules:
        tick(module)
        platform.collect_garbage()
        now_bytes = platform.heap_used_bytes()
        if now_bytes - used_bytes > max(most_bytes, _MIN_GROWTH_BYTES):
            culprit, most_bytes = module, now_bytes - used_bytes
        used_bytes = now_bytes
    return culprit, most_bytes


def forget(module: "StatefulModule", made: object) -> None:
    """Make a module what its constructor makes, `made`, but for its place and its settings."""
    new = made.__dict__ if made is not None else {}
    for name in list(module.__dict__):
        if name in _KEPT or module.control(name) is not None:
            continue
        # Overwritten first: MicroPython keeps the value of what is deleted.
        setattr(module, name, new.get(name))
        if name not in new:
            delattr(module, name)
