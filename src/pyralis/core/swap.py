"""Swaps children of a module for others that were saved, all or none; imported when a preset is first recalled."""

from pyralis.core.errors import Refusal
from pyralis.core.manager import is_name
from pyralis.core.stateful import StatefulModule
from pyralis.wire import MAX_MODULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.manager import ModuleManager
    from pyralis.core.module import Module


def swap_children(manager: "ModuleManager", parent: StatefulModule, gone: "list[Module]", tree: object) -> None:
    """Put what `snapshot` gave into the place of some children; Refusal, and all is as before, where it cannot be."""
    come = _make_children(manager, parent, tree)
    _check_number(manager, gone, come)
    _check_room(manager, parent, gone, come)
    children = parent.children
    before = list(children)
    at = before.index(gone[0]) if gone else len(before)
    _take_out(manager, gone)
    children[:] = [child for child in before if child not in gone]
    for number, module in enumerate(come):
        _place(manager, parent, module, at + number)
    _set_up(manager, come)
    starved = [module for module in _below(come) if module.starved]
    if starved:
        why = f"'{starved[0].type_name}' {starved[0].reason}"
        _take_out(manager, come)
        children[:] = before
        _set_up(manager, gone)
    manager.publish(parent)
    if starved:
        raise Refusal("no_memory", why)


def _make_children(manager: "ModuleManager", parent: "Module", tree: object) -> "list[Module]":
    """Modules of what was saved, not in the tree yet; each keeps in `id` the one it was saved with."""
    made: list[Module] = []
    for entry in tree if isinstance(tree, list) else ():
        type_name = entry.get("type") if isinstance(entry, dict) else None
        if not isinstance(type_name, str):
            raise Refusal("invalid_value", "it holds an entry without a type: save it anew")
        module = manager.make(type_name)
        manager.check_accepts(parent, module)
        name, saved_id, values = entry.get("name"), entry.get("id"), entry.get("controls")
        module.name = name if isinstance(name, str) and is_name(name) else type_name
        module.id = saved_id if isinstance(saved_id, str) else ""
        if isinstance(values, dict):
            manager.apply(module, manager.fitting_values(module, values))
        module.children = _make_children(manager, module, entry.get("children"))
        made.append(module)
    return made


def _check_number(manager: "ModuleManager", gone: "list[Module]", come: "list[Module]") -> None:
    if len(manager.modules()) - len(_below(gone)) + len(_below(come)) > MAX_MODULES:
        raise Refusal("too_many_modules", f"with it there are more than {MAX_MODULES} modules: delete some first")


def _check_room(manager: "ModuleManager", parent: StatefulModule, gone: "list[Module]", come: "list[Module]") -> None:
    """Before the picture goes: what comes may take what is free and what goes away gives back."""
    memory = manager.services.memory
    more_bytes = _need_bytes(manager, parent, come) - _need_bytes(manager, parent, gone)
    if more_bytes > 0 and not memory.leaves(more_bytes):
        raise Refusal("no_memory", f"it {memory.refused(more_bytes)}")


def _need_bytes(manager: "ModuleManager", parent: StatefulModule, modules: "list[Module]") -> int:
    said = [manager.scheduler.attempt(parent.need_of, module)[0] for module in modules]
    return sum([need for need in said if isinstance(need, int)])


def _take_out(manager: "ModuleManager", modules: "list[Module]") -> None:
    for module in reversed(_below(modules)):
        manager.scheduler.contain(module, module.teardown)
        module.setup_ok = False  # a tick that is under way passes over it
        if manager.services.set_up_last is module:
            manager.services.set_up_last = None


def _place(manager: "ModuleManager", parent: "Module", module: "Module", index: "int | None") -> None:
    children, module.children = module.children, []
    manager.identify(module, module.id)  # type: ignore[arg-type]
    manager.insert(module, parent, index)  # type: ignore[arg-type]
    for child in children:
        _place(manager, module, child, None)


def _set_up(manager: "ModuleManager", modules: "list[Module]") -> None:
    below = _below(modules)
    for module in below:
        manager.scheduler.contain(module, module.run_setup)
    for module in reversed(below):
        if module.children:
            manager.scheduler.contain(module, module.on_children_ready)


def _below(modules: "list[Module]") -> "list[StatefulModule]":
    """They and all below them, parents first."""
    return [below for module in modules for below in module.walk() if isinstance(below, StatefulModule)]
