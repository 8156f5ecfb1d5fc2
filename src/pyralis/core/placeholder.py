"""Placeholder: keeps the place and the settings of a module whose type cannot be loaded now."""

from pyralis.core.stateful import StatefulModule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import Services


class Placeholder(StatefulModule):
    """Stands in the tree, red, until its type is there again; nothing that was saved is lost."""

    def __init__(self, services: "Services", entry: "dict[str, object]", reason: str) -> None:
        super().__init__(services)
        self.saved: dict[str, object] = entry
        self.type_name = str(entry.get("type"))
        self._why = reason

    def setup(self) -> None:
        """Say why the type is missing."""
        self.disable_self(self._why)
