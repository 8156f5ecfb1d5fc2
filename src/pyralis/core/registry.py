"""TypeRegistry: finds module types by name and imports a type's code when it is first used."""

from pyralis.core.errors import Refusal
from pyralis.kernel import kernels_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyralis.core.module import Module
    from pyralis.core.scheduler import Scheduler
    from pyralis.core.services import Platform
    from pyralis.core.stateful import StatefulModule


class TypeRegistry:
    """The catalogue of types stays on the platform; only classes in use are held here, in `types`."""

    root: "Module"  # of the tree that they are used in

    def __init__(self, platform: "Platform", scheduler: "Scheduler") -> None:
        self._platform = platform
        self._scheduler = scheduler
        self.types: dict[str, tuple[type[StatefulModule], tuple[object, ...]]] = {}
        self._latest = ""  # its first module may not be in the tree yet

    def entries(self) -> "Iterable[dict[str, str]]":
        """Every type there is, none of them imported for it."""
        return self._platform.type_entries()

    def find(self, type_name: str) -> "dict[str, str]":
        """The catalogue entry of a type, or Refusal."""
        for entry in self.entries():
            if entry["type"] == type_name:
                return entry
        raise Refusal("unknown_type", f"there is no type '{type_name}': GET /api/types lists all")

    def load(self, type_name: str) -> "tuple[type[StatefulModule], tuple[object, ...]]":
        """The class of a type and the kernels its code calls, or Refusal with file and line of the fault."""
        if type_name not in self.types:
            entry = self.find(type_name)
            self._platform.collect_garbage()  # code stays where it is put: not between garbage
            loaded, error = self._scheduler.attempt(_import_type, entry["module"].split()[0], type_name)
            if isinstance(error, MemoryError):
                raise Refusal("no_memory", f"the code of '{type_name}' has no room: remove something and try again")
            if error is not None:
                raise Refusal("type_failed", f"'{type_name}' cannot be loaded: {self._scheduler.describe(error)}")
            self.types[type_name] = loaded
            self._latest = type_name
        return self.types[type_name]

    def forget_unused(self) -> bool:
        """Let go of the code of types that no module is of; False where there is none.

        Loading it anew costs a board executable memory that only a reset gives back: for when memory is short alone.
        """
        used = [module.type_name for module in self.root.walk()]
        unused = [name for name in self.types if name not in used and name != self._latest]
        needed: list[str] = []  # by those that stay: in an image, their modules come with those that they import
        for entry in self.entries() if unused else ():
            if entry["type"] in self.types and entry["type"] not in unused:
                needed += entry["module"].split()
        for entry in self.entries() if unused else ():
            if entry["type"] in unused:
                for module in entry["module"].split():
                    if module not in needed:
                        self._platform.forget_code(module)
                self.types[entry["type"]] = ()  # type: ignore[assignment]  # MicroPython keeps what is deleted
                del self.types[entry["type"]]
        return bool(unused)


def _import_type(module_name: str, type_name: str) -> "tuple[type[StatefulModule], tuple[object, ...]]":
    module = __import__(module_name, None, None, (type_name,))
    return getattr(module, type_name), kernels_of(module)
