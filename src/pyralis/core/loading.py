"""Reads back what was saved: the settings, and the tree in them. Only a start needs this, so it is imported for it."""

import json

from pyralis.core.errors import Refusal
from pyralis.core.manager import is_name
from pyralis.wire import MAX_MODULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.kvstore import Storage
    from pyralis.core.log import Logger
    from pyralis.core.manager import ModuleManager
    from pyralis.core.module import Module
    from pyralis.core.stateful import StatefulModule


def read_settings(storage: "Storage", file_name: str, log: "Logger") -> "dict[str, object] | None":
    """The settings in a file; None where there is none or it had to be set aside."""
    try:
        data = storage.read(file_name)
        if data is None:
            return None
        values = json.loads(data.decode())
        if isinstance(values, dict):
            return values
        why = "not a JSON object"
    except OSError as error:
        why = f"it cannot be read: {error}"
    except (ValueError, UnicodeError, RuntimeError) as error:  # RuntimeError: nested too deep
        why = f"not JSON: {error}"
    try:
        kept = "kept as " + storage.set_aside(file_name)
    except OSError as error:
        kept = f"cannot be kept aside ({error})"
    log.error("store", f"{file_name} is broken ({why}): {kept}, defaults are used")
    return None


def load_children(manager: "ModuleManager", parent: "Module", tree: object) -> None:
    """Make modules below `parent` of what was saved; what does not fit is kept aside and reported."""
    log, where = manager.services.log, parent.id or "the root"
    if not isinstance(tree, list):
        log.error("manager", f"children of {where} are not a list: left out")
        return
    for entry in tree:
        if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
            log.error("manager", f"an entry below {where} has no type: left out")
            continue
        if len(manager.root.walk()) > MAX_MODULES:
            log.error("manager", f"there are {MAX_MODULES} modules: all that follow are left out")
            return
        module = _load_module(manager, parent, entry)
        manager.identify(module, entry.get("id"))
        manager.insert(module, parent, None)
        if module.saved is None:
            load_children(manager, module, entry.get("children", []))


def _load_module(manager: "ModuleManager", parent: "Module", entry: "dict[str, object]") -> "StatefulModule":
    type_name = str(entry["type"])
    try:
        module = manager.make(type_name)
        manager.check_accepts(parent, module)
    except Refusal as refusal:
        from pyralis.core.placeholder import Placeholder  # late: most trees need none

        manager.services.log.error("manager", refusal.message)
        module = Placeholder(manager.services, entry, refusal.message)
    name = entry.get("name")
    module.name = name if isinstance(name, str) and is_name(name) else type_name
    values = entry.get("controls")
    if isinstance(values, dict):
        manager.apply(module, manager.fitting_values(module, values))
    return module
