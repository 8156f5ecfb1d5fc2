"""The palettes of a rig's own on a PC: beside the built-in ones from the start, and again whenever they are saved."""

from pathlib import Path
from typing import TYPE_CHECKING

from pyralis.core.controls import SELECT, is_valid
from pyralis.core.stateful import StatefulModule
from pyralis.light import palettes
from pyralis.pal.watching import PATIENCE_LOOKS
from pyralis.palette_file import PaletteError, merged, read_palettes

if TYPE_CHECKING:
    from pyralis.core.manager import ModuleManager

_BUILT_IN = palettes.NAMES, palettes.RAMPS, palettes.STOPS


class OwnPalettes:
    """What the palette file of a rig says, and what is wrong with it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fault = ""
        self._looks = 0  # at the fault
        self._use({})
        self._read()

    def load(self, manager: "ModuleManager") -> None:
        """Read the file anew and give each palette control its options; with a fault in it all stays as it was."""
        before = {palettes.NAMES, palettes.RAMPS}
        if not self._read():
            return
        manager.services.log.info("palettes", f"{self.path.name} was loaded")
        for module in manager.modules():
            if _follow(module, before):
                manager.scheduler.contain(module, module.on_control, "palette")
                module.touch()

    def look(self, manager: "ModuleManager") -> None:
        """Tell what is wrong where it stays so."""
        self._looks += 1
        if self._fault and self._looks == PATIENCE_LOOKS:
            manager.services.log.error("palettes", f"{self._fault}; until then palettes stay as they were")

    def _read(self) -> bool:
        names, ramps, _ = _BUILT_IN
        self._looks = 0
        try:
            self._use(read_palettes(self.path, names + ramps))
            self._fault = ""
        except PaletteError as error:
            self._fault = str(error)
        return not self._fault

    def _use(self, own: dict[str, bytes]) -> None:
        for table, value in zip(("NAMES", "RAMPS", "STOPS"), merged(_BUILT_IN, own), strict=True):
            setattr(palettes, table, value)


def _follow(module: StatefulModule, before: "set[tuple[str, ...]]") -> bool:
    """Exchange the options of controls that had all palettes; False where there is none."""
    found = False
    for number, control in enumerate(module.controls):
        if control.kind != SELECT or tuple(control.detail) not in before:
            continue
        is_ramp = control.detail[0] == palettes.RAMPS[0]
        changed = control._replace(detail=palettes.RAMPS if is_ramp else palettes.NAMES)
        module.controls[number] = changed
        value = getattr(module, control.name)
        if not is_valid(changed, value):
            module.services.log.warning(module.id, f"there is no palette '{value}' any more: {changed.default} is used")
            setattr(module, control.name, changed.default)
        found = True
    return found
