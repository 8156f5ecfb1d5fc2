"""Sources: which Python files go into an image, and under which names."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from pyralis.deploy.build.targets import Target
from pyralis.deploy.errors import UserError
from pyralis.deploy.identity import module_files, runtime_files
from pyralis.deploy.rig import PACKAGE, Rig

# Everything else of the runtime goes onto a board.
_HOST_FILES = ("assets.py", "catalogue.py", "palette_file.py", "__main__.py")
_KERNEL_FILES = ("__init__.py", "board.py")
_MICRODOT_FILES = ("__init__.py", "microdot.py", "websocket.py")


@dataclass(frozen=True)
class Source:
    """A file that goes into an image: where it lies, and its path in the image with the extension .py."""

    path: Path
    name: str
    user: bool = False  # the rig's own, so that a fault in it is the user's


def image_sources(rig: Rig, target: Target) -> list[Source]:
    """All Python files of an image."""
    runtime = [Source(path, f"lib/pyralis/{path.relative_to(PACKAGE).as_posix()}") for path in board_files(target)]
    own = [Source(path, path.relative_to(rig.root).as_posix(), user=True) for path in module_files(rig)]
    return runtime + _microdot() + own


def board_files(target: Target) -> list[Path]:
    """The files of the runtime that run on the target."""
    return [path for path in runtime_files() if path.suffix == ".py" and _is_for(target, path.relative_to(PACKAGE))]


def _is_for(target: Target, path: Path) -> bool:
    if path.parts[0] == "kernel":
        return path.name in _KERNEL_FILES
    if path.parts[0] == "pal":
        return path.name in ("__init__.py", *target.platforms)
    return str(path) not in _HOST_FILES


def _microdot() -> list[Source]:
    spec = importlib.util.find_spec("microdot")
    if spec is None or spec.origin is None:
        raise UserError(
            "the package microdot is missing", whose="the installation's", todo="install pyralis again: `uv sync`"
        )
    folder = Path(spec.origin).parent
    return [Source(folder / name, f"lib/microdot/{name}") for name in _MICRODOT_FILES]
