"""ModuleManager: changes the tree while it runs: add, delete, move, replace, rename, set controls.

Every change is checked whole before anything happens; what is refused leaves no trace. The manager knows no
clock and no file: faults of modules go to the scheduler's guard, the tree goes to whoever listens to `on_change`.
"""

from pyralis.core.controls import InvalidValue, check, consists_of, is_number, is_plain_text
from pyralis.core.errors import Refusal
from pyralis.core.module import Module
from pyralis.core.stateful import StatefulModule
from pyralis.wire import MAX_MODULES, MAX_NAME_CHARS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.core.registry import TypeRegistry
    from pyralis.core.scheduler import Scheduler
    from pyralis.core.services import Services

_MAX_ID_CHARS = 64
_MODULE_BYTES = 2048  # objects of a module with its controls, or the code of its type
_ID_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class ModuleManager:
    """Owns the tree and the ids of its modules."""

    def __init__(self, services: "Services", scheduler: "Scheduler", registry: "TypeRegistry") -> None:
        self.services = services
        services.manager = self
        self.scheduler = scheduler
        self.registry = registry
        self.root = Module(services)
        self.root.accepts = ("driver", "service")
        self._last_serial = 0
        self.shape_revision = 0  # rises when modules come, go or change places
        self.on_change: list[Callable[[], None]] = []
        registry.root = self.root
        services.memory.make_room = registry.forget_unused

    # Looking.

    def modules(self) -> "list[StatefulModule]":
        """All modules, parents before children."""
        return [module for module in self.root.walk() if isinstance(module, StatefulModule)]

    def find(self, module_id: str) -> StatefulModule:
        """The module with that id, or Refusal."""
        for module in self.modules():
            if module.id == module_id:
                return module
        raise Refusal("unknown_module", f"there is no module '{module_id}': GET /api/modules lists all")

    # Changing.

    def add(
        self,
        type_name: str,
        parent_id: "str | None" = None,
        index: "int | None" = None,
        name: "str | None" = None,
        controls: "dict[str, object] | None" = None,
        module_id: "str | None" = None,
    ) -> StatefulModule:
        """Make a module and put it into the tree below `parent_id` (the root where None), or Refusal."""
        parent = self._parent(parent_id)
        self._check_index(index, len(parent.children))
        if len(self.root.walk()) > MAX_MODULES:
            raise Refusal("too_many_modules", f"there are {MAX_MODULES} modules: delete one first")
        self._check_id(module_id)
        module = self.make(type_name)
        self.check_accepts(parent, module)
        module.name = type_name if name is None else self._check_name(name)
        self.apply(module, self._check_values(module, controls or {}))
        self._check_need(parent, module)
        self.identify(module, module_id)
        self.insert(module, parent, index)
        self._start(module)
        self.publish(parent)
        self.services.log.info(module.id, f"added to {parent.id or 'the root'}")
        return module

    def delete(self, module_id: str) -> "list[str]":
        """Take a module and all below it out of the tree; returns their ids."""
        module = self.find(module_id)
        parent = self._parent_of(module)
        parent.children.remove(module)
        gone = [below for below in module.walk() if isinstance(below, StatefulModule)]
        for below in reversed(gone):
            self.scheduler.contain(below, below.teardown)
        if self.services.set_up_last in gone:
            self.services.set_up_last = None  # and with it what it holds
        self.publish(parent)
        self._revive()
        self.services.log.info(module_id, "deleted")
        return [below.id for below in gone]

    def move(self, module_id: str, parent_id: "str | None", index: "int | None" = None) -> StatefulModule:
        """Put a module to another place: position `index` (the end where None) below `parent_id`."""
        module = self.find(module_id)
        parent = self._parent(parent_id)
        if parent in module.walk():
            raise Refusal("cycle", f"'{module_id}' cannot be moved below itself: choose another parent")
        self.check_accepts(parent, module)
        old_parent = self._parent_of(module)
        self._check_index(index, len(parent.children) - (parent is old_parent))
        old_parent.children.remove(module)
        if old_parent is not parent:
            self.scheduler.contain(module, module.teardown)
        self.insert(module, parent, index)
        self._mark_changed(module)
        if old_parent is not parent:
            self._refresh(old_parent)
            self.scheduler.contain(module, module.run_setup)
        module.touch()
        self.publish(parent)
        self._revive()
        return module

    def replace(self, module_id: str, type_name: str) -> StatefulModule:
        """Put a module of another type in the place of one; id, children and controls of equal name stay."""
        old = self.find(module_id)
        parent = self._parent_of(old)
        new = self.make(type_name)
        self.check_accepts(parent, new)
        for child in old.children:
            self.check_accepts(new, child)
        new.id, new.serial = old.id, old.serial
        new.name = type_name if old.name == old.type_name else old.name
        self.apply(new, self.fitting_values(new, {control.name: old.value(control) for control in old.controls}))
        self.scheduler.contain(old, old.teardown)
        parent.children[parent.children.index(old)] = new
        new.parent, new.children = parent, old.children
        for child in new.children:
            child.parent = new
        self._mark_changed(new)
        self._start(new)
        self.publish(parent)
        self._revive()
        self.services.log.info(module_id, f"replaced by a new {type_name}")
        return new

    def rename(self, module_id: str, name: str) -> StatefulModule:
        """Give a module another name for people; its id stays."""
        module = self.find(module_id)
        module.name = self._check_name(name)
        module.touch()
        self._changed()
        return module

    def set_controls(self, module_id: str, values: "dict[str, object]") -> StatefulModule:
        """Set several controls at once: all of them or, with Refusal, none."""
        module = self.find(module_id)
        checked = self._check_values(module, values)
        self.apply(module, checked)
        self._mark_changed(module)
        self._configure(module, [name for name, _ in checked])
        module.touch()
        if module.shapes_parent:
            self._refresh(self._parent_of(module))
        self._changed()
        self._revive()
        return module

    # Saving and loading.

    def snapshot(self) -> "list[dict[str, object]]":
        """The tree as JSON values; only controls that differ from their default are in it."""
        return [_snapshot(module) for module in self.root.children if isinstance(module, StatefulModule)]

    def load(self, tree: object) -> None:
        """Build the tree from what `snapshot` or a rig file gave; what does not fit is kept aside and reported."""
        from pyralis.core.loading import load_children

        load_children(self, self.root, tree)
        for module in self.modules():
            self.scheduler.contain(module, module.run_setup)
        for module in reversed(self.modules()):
            if module.children:
                self.scheduler.contain(module, module.on_children_ready)
        self.publish(self.root)

    def close(self) -> None:
        """Tear every module down, children first."""
        for module in reversed(self.modules()):
            self.scheduler.contain(module, module.teardown)

    # The parts of a change.

    def make(self, type_name: str) -> StatefulModule:
        """A module of a type with its controls, not yet in the tree, or Refusal."""
        self._check_memory(_MODULE_BYTES, type_name)
        module_class, kernels = self.registry.load(type_name)
        made, error = self.scheduler.attempt(_define, module_class, self.services)
        if isinstance(error, MemoryError):
            raise Refusal("no_memory", f"'{type_name}' takes too much to be made: {self.scheduler.describe(error)}")
        if error is not None:
            raise Refusal("type_failed", f"'{type_name}' cannot be made: {self.scheduler.describe(error)}")
        module: StatefulModule = made
        if kernels:
            module.kernels = tuple([kernel for kernel in kernels if not kernel.ready])  # type: ignore[attr-defined]
        module.type_name = type_name
        return module

    def identify(self, module: StatefulModule, saved_id: object = None) -> None:
        """Give a module an id that no other has: the saved one where that is possible."""
        self._last_serial += 1
        module.serial = self._last_serial
        taken = [other.id for other in self.modules()]
        if isinstance(saved_id, str) and is_id(saved_id) and saved_id not in taken:
            module.id = saved_id
            digits = saved_id.split("-")[-1]
            if is_number(digits):
                module.serial = int(digits)  # who was added last is known after a restart too
                self._last_serial = max(self._last_serial, module.serial)
        else:
            module.id = f"{module.type_name.lower()}-{module.serial}"

    def insert(self, module: StatefulModule, parent: Module, index: "int | None") -> None:
        """Put a module into the tree."""
        parent.children.insert(len(parent.children) if index is None else index, module)
        module.parent = parent

    def _start(self, module: StatefulModule) -> None:
        self.scheduler.contain(module, module.run_setup)
        if module.children:
            self.scheduler.contain(module, module.on_children_ready)

    def _configure(self, module: StatefulModule, names: "list[str]") -> None:
        if module.setup_ok:
            for name in names:
                self.scheduler.contain(module, module.on_control, name)
                if not module.setup_ok:
                    return
        elif module.failures:
            module.plan_retry()
        else:
            self.scheduler.contain(module, module.run_setup)

    def _refresh(self, parent: Module) -> None:
        if not isinstance(parent, StatefulModule):
            return
        if parent.setup_ok:
            self.scheduler.contain(parent, parent.on_children_ready)
        else:
            self._configure(parent, [])  # its children are part of its configuration

    def _revive(self) -> None:
        """Set up again what was refused memory, now that a change may have freed it."""
        for module in self.modules():
            if module.starved <= 0 or not self._has_memory(module):
                continue
            if module.shapes_parent:
                self._refresh(self._parent_of(module))
            else:
                self.scheduler.contain(module, module.run_setup)

    def _has_memory(self, module: StatefulModule) -> bool:
        memory = self.services.memory
        # What a layout needs is many blocks of its parent and all that belongs to it.
        return memory.leaves(module.starved) if module.shapes_parent else memory.check_alloc(module.starved)

    def _mark_changed(self, module: StatefulModule) -> None:
        """Where a geometry does not fit, the layout that was changed last is to blame."""
        if module.shapes_parent:
            self._last_serial += 1
            module.serial = self._last_serial

    def publish(self, parent: Module) -> None:
        """Modules below `parent` came, went or moved: have everybody know."""
        self.scheduler.plan(self.root.walk())
        self._refresh(parent)
        self.shape_revision = self.services.next_revision()
        self._changed()

    def _changed(self) -> None:
        for call in self.on_change:
            call()

    def apply(self, module: StatefulModule, values: "list[tuple[str, object]]") -> None:
        """Set controls."""
        for name, value in values:
            setattr(module, name, value)

    # Checks, each a Refusal or a value that is good to use.

    def _parent(self, parent_id: "str | None") -> Module:
        return self.root if parent_id is None else self.find(parent_id)

    def _parent_of(self, module: Module) -> Module:
        return self.root if module.parent is None else module.parent

    def check_accepts(self, parent: Module, module: Module) -> None:
        """Refusal where a parent does not take such a module."""
        takes_it = module.saved is not None or module.category in parent.accepts
        if takes_it and parent.saved is None:  # a placeholder saves what it was loaded from, nothing else
            return
        where = f"a {parent.type_name}" if parent is not self.root else "the root"
        takes = ", ".join(parent.accepts) or "nothing"
        raise Refusal(
            "not_accepted", f"{where} takes {takes}, and a {module.type_name} is of category {module.category}"
        )

    def _check_need(self, parent: Module, module: StatefulModule) -> None:
        need, _ = self.scheduler.attempt(parent.need_of, module)
        if isinstance(need, int):  # who fails at this will fail at its setup, and say so there
            self._check_memory(need, module.type_name)

    def _check_memory(self, size_bytes: int, type_name: str) -> None:
        if not self.services.memory.check_alloc(size_bytes):
            raise self._no_memory(size_bytes, type_name)

    def _no_memory(self, size_bytes: int, type_name: str) -> Refusal:
        return Refusal("no_memory", f"a {type_name} {self.services.memory.refused(size_bytes)}")

    def _check_id(self, module_id: "str | None") -> None:
        if module_id is not None and (not is_id(module_id) or module_id in [other.id for other in self.modules()]):
            raise Refusal("invalid_value", "id takes one that no module has, of up to 64 letters, digits, - and _")

    def _check_index(self, index: "int | None", count: int) -> None:
        if index is not None and not 0 <= index <= count:
            raise Refusal("invalid_value", f"index takes a whole number from 0 to {count}")

    def _check_name(self, name: str) -> str:
        name = name.strip()
        if not is_name(name):
            raise Refusal("invalid_value", f"name takes 1 to {MAX_NAME_CHARS} characters on one line")
        return name

    def _check_values(self, module: StatefulModule, values: "dict[str, object]") -> "list[tuple[str, object]]":
        checked = []
        for name in values:
            control = module.control(name)
            if control is None:
                known = ", ".join(control.name for control in module.controls) or "none"
                raise Refusal("unknown_control", f"{module.type_name} has no control '{name}', it has: {known}")
            try:
                checked.append((name, check(control, values[name])))
            except InvalidValue as error:
                raise Refusal("invalid_value", str(error)) from None
        return checked

    def fitting_values(self, module: StatefulModule, values: "dict[str, object]") -> "list[tuple[str, object]]":
        """Of saved values those that the controls take."""
        fitting = []
        for control in module.controls:
            if control.name in values:
                try:
                    fitting.append((control.name, check(control, values[control.name])))
                except InvalidValue as error:
                    self.services.log.warning("manager", f"{module.type_name}: {error}; the default is used")
        return fitting


def is_name(name: str) -> bool:
    """True for what a module can be called."""
    return 0 < len(name) <= MAX_NAME_CHARS and is_plain_text(name)


def is_id(text: str) -> bool:
    """True for what can stand as an id in a path: ASCII letters, digits, - and _."""
    return 0 < len(text) <= _MAX_ID_CHARS and consists_of(text, _ID_CHARS)


def _define(module_class: "Callable[[Services], StatefulModule]", services: "Services") -> StatefulModule:
    module = module_class(services)
    if (
        not isinstance(module, StatefulModule) or module.children
    ):  # no children: AttributeError without super().__init__
        raise TypeError("a module type derives from StatefulModule and calls super().__init__(services)")
    module.define_controls()
    return module


def _snapshot(module: StatefulModule) -> "dict[str, object]":
    if module.saved is not None:
        saved = dict(module.saved)
        saved["id"], saved["name"] = module.id, module.name
        return saved
    entry: dict[str, object] = {"id": module.id, "type": module.type_name, "name": module.name}
    changed = {
        control.name: module.value(control) for control in module.controls if module.value(control) != control.default
    }
    if changed:
        entry["controls"] = changed
    children = [_snapshot(child) for child in module.children if isinstance(child, StatefulModule)]
    if children:
        entry["children"] = children
    return entry
