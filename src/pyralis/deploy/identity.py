"""Identity: which code a device runs, as a hash over everything that the runtime and the rig are made of."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyralis import __version__
from pyralis.catalogue import rig_sources
from pyralis.deploy import git
from pyralis.deploy.rig import PACKAGE, Rig

ID_DIGITS = 12
_NOT_RUNTIME = ("deploy", "__main__.py")


@dataclass(frozen=True)
class Identity:
    """What `/api/system` shows below `build`."""

    id: str
    commit: str
    version: str

    def to_json(self) -> str:
        """As `build.json` and the runtime's `--build` have it."""
        return json.dumps({"commit": self.commit, "id": self.id, "version": self.version}, sort_keys=True)


def identify(rig: Rig) -> Identity:
    """The identity of the rig's sources as they are now; the same for every target and interpreter."""
    digest = hashlib.sha256()
    for name, path in sorted(_inputs(rig)):
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return Identity(digest.hexdigest()[:ID_DIGITS], git.commit(rig.root), __version__)


def _inputs(rig: Rig) -> Iterator[tuple[str, Path]]:
    for path in runtime_files():
        yield f"pyralis/{path.relative_to(PACKAGE).as_posix()}", path
    for path in module_files(rig):
        yield path.relative_to(rig.root).as_posix(), path
    for path in rig.maps:
        yield path.relative_to(rig.root).as_posix(), path
    for path in (rig.file, rig.palettes):
        if path.is_file():
            yield path.name, path


def runtime_files() -> list[Path]:
    """All files of the package but the pipeline's."""
    return [
        path
        for top in sorted(PACKAGE.iterdir())
        if top.name not in _NOT_RUNTIME
        for path in ([top] if top.is_file() else sorted(top.rglob("*")))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    ]


def module_files(rig: Rig) -> list[Path]:
    """The Python files of the rig's own modules."""
    return [Path(path) for path in sorted(rig_sources(rig.modules))]
