"""Module: a node of the tree with controls and a lifecycle; knows no sibling and no platform."""

from pyralis.core.controls import BOOL, COLOR, INT, SELECT, TEXT, Control, check, is_valid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyralis.core.services import Services

# The scheduler ticks every module of a phase before the first one of the next.
RENDER = 0
COMPOSE = 1
SEND = 2
PHASES = (RENDER, COMPOSE, SEND)


class Module:
    """One node: its controls, its children and the hooks of its life.

    A subclass says in `category` what it is, in `accepts` which categories it takes as children,
    and in `phase` when in a tick it runs.
    """

    category = "service"
    saved: "dict[str, object] | None" = None  # what a placeholder keeps for a module whose type is not there
    accepts: "tuple[str, ...]" = ()
    phase = RENDER
    shapes_parent = False  # a change of its controls changes the geometry of its parent

    def __init__(self, services: "Services") -> None:
        self.services = services
        self.id = ""
        self.name = ""
        self.type_name = type(self).__name__
        self.serial = 0  # rises with each module that was added
        self.parent: Module | None = None
        self.children: list[Module] = []
        self.controls: list[Control] = []
        self.tick_us = 0
        self.revision = 0

    # The lifecycle, in the order it is called.

    def define_controls(self) -> None:
        """Declare the controls with the `add_…` functions."""

    def setup(self) -> None:
        """Get what the module needs; called again after its configuration changed when it had failed."""

    def on_children_ready(self) -> None:
        """The set of children, or what they say of themselves, has changed."""

    def on_control(self, name: str) -> None:
        """A control has a new value; before `setup` it is called once with an empty name, for all of them."""

    def loop(self) -> None:
        """Do the work of one tick; `services.elapsed_ms` have passed."""

    def loop_1s(self) -> None:
        """Do what is enough once a second."""

    def teardown(self) -> None:
        """Give back what `setup` got."""

    # Declaring controls: each returns the present value, and keeps the attribute of that name up to date.

    def add_int(self, name: str, default: int, minimum: int, maximum: int, unit: str = "") -> int:
        """A whole number within bounds."""
        self._declare(Control(name, INT, default, minimum, maximum, unit))
        return default

    def add_bool(self, name: str, default: bool) -> bool:
        """A switch."""
        self._declare(Control(name, BOOL, default, 0, 0, ""))
        return default

    def add_select(self, name: str, options: "Sequence[str]", default: str) -> str:
        """One of several texts."""
        self._declare(Control(name, SELECT, default, 0, 0, options))
        return default

    def add_text(self, name: str, default: str, max_length: int = 32) -> str:
        """A text on one line."""
        self._declare(Control(name, TEXT, default, 0, max_length, ""))
        return default

    def add_color(self, name: str, default: str) -> str:
        """A colour as #rrggbb."""
        self._declare(Control(name, COLOR, default, 0, 0, ""))
        return default

    def _declare(self, control: Control) -> None:
        check(control, control.default)
        if hasattr(self, control.name):
            raise ValueError(
                f"a control '{control.name}' would hide what the module has under that name: choose another"
            )
        self.controls.append(control)
        setattr(self, control.name, control.default)

    def control(self, name: str) -> "Control | None":
        """The control of that name."""
        for control in self.controls:
            if control.name == name:
                return control
        return None

    def value(self, control: Control) -> object:
        """The present value of a control; its default where the module's own code put something else there."""
        value: object = getattr(self, control.name)
        return value if is_valid(control, value) else control.default

    def touch(self) -> None:
        """Tell every client that something visible changed here."""
        self.revision = self.services.next_revision()

    def allocate(self, size_bytes: int) -> bytearray:
        """A buffer from the memory guard, or MemoryRefused, which switches the module off with the reason."""
        return self.services.memory.allocate(size_bytes)

    def heap_bytes(self) -> int:
        """Bytes of buffers that the module holds now."""
        return 0

    def need_bytes(self, points: int, lights: int) -> int:
        """Bytes that its setup will ask for, in a layer of so many points and a driver of so many lights.

        With it a module is refused before it is added, and a geometry before it is used, where they cannot fit.
        """
        return 0

    def need_of(self, child: "Module") -> int:
        """Bytes that a module will ask for which is to become a child."""
        return child.need_bytes(0, 0)

    def walk(self) -> "list[Module]":
        """The module and everything below it, parents first."""
        found: list[Module] = [self]
        for child in self.children:
            found.extend(child.walk())
        return found
