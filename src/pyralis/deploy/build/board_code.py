"""Board code: the texts that a board's image is compiled from, made once for each state of the sources."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pyralis.deploy.build.board_image import board_sources, keeps_lines
from pyralis.deploy.build.sources import Source
from pyralis.deploy.files import forget_old, write_whole

_OWN_FILES = (
    "board_code",
    "board_image",
    "board_kernel",
    "board_source",
    "compact_code",
    "linker",
    "moved_texts",
    "shared_names",
    "short_parameters",
    "used_microdot",
)


@dataclass(frozen=True)
class Code:
    """A text to compile: its path in the image with the extension .py, and the file that tracebacks name."""

    name: str
    text: str
    label: str
    user: bool
    has_lines: bool


def board_code(
    sources: Sequence[Source], cache: Path, changed: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[Code], dict[str, bytes]]:
    """All that is compiled for an image, with other texts for `changed` modules, and the files that this code reads."""
    texts = {_module(source.name): source.path.read_text(encoding="utf-8") for source in sources} | dict(changed)
    made, files = _remembered(texts, cache)
    owners = {_module(source.name): source for source in sources}
    packages = {".".join(name.split(".")[:depth]) for name in made for depth in range(1, name.count(".") + 1)}
    return [_code(name, text, name in packages, owners) for name, text in sorted(made.items())], files


def _code(module: str, text: str, is_package: bool, owners: dict[str, Source]) -> Code:
    user = module in owners and owners[module].user
    folder = "" if user else "lib/"
    path = folder + module.replace(".", "/") + ("/__init__.py" if is_package else ".py")
    if keeps_lines(module):
        return Code(path, text, Path(owners[module].name).stem, user, has_lines=True)
    return Code(path, text, module.rpartition(".")[2], user=False, has_lines=False)


def _module(name: str) -> str:
    """The module of a path in the image; a board's half of the kernel package is its kernel module."""
    module = name.removeprefix("lib/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return "pyralis.kernel" if module == "pyralis.kernel.board" else module


def _remembered(texts: dict[str, str], cache: Path) -> tuple[dict[str, str], dict[str, bytes]]:
    digest = hashlib.sha256()
    for own in _OWN_FILES:
        digest.update((Path(__file__).parent / f"{own}.py").read_bytes())
    digest.update(json.dumps(texts, sort_keys=True).encode())
    # A file for each state, so that going back to one (another branch, another rig) finds it.
    path = cache / "board" / f"{digest.hexdigest()[:32]}.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        os.utime(path)
        return known["sources"], {name: text.encode() for name, text in known["files"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        pass  # it is made
    made, files = board_sources(texts)
    kept = {"sources": made, "files": {name: data.decode() for name, data in files.items()}}
    write_whole(path, json.dumps(kept))
    forget_old(path.parent)
    return made, files
