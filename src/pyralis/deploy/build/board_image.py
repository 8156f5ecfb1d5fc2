"""From the sources of runtime, rig and microdot to the sources that a board's image is compiled from.

A board keeps code, names and texts in the heap it also needs for lights and clients. What is done here to shrink them
changes nothing that code can see, except `__name__`; docs/decisions/0007 has what each step brings.
"""

import ast
import re
from collections.abc import Mapping

from pyralis.deploy.build.board_kernel import move_kernel
from pyralis.deploy.build.board_source import (
    constants_of,
    drop_other_platforms,
    fold_constants,
    names_calculated_in_texts,
)
from pyralis.deploy.build.compact_code import intern_texts, share_empty_methods
from pyralis.deploy.build.linker import link, relink_imports
from pyralis.deploy.build.moved_texts import TEXTS_FILE, TextMover
from pyralis.deploy.build.shared_names import names_to_share, share_names
from pyralis.deploy.build.short_parameters import keywords_of, shorten_parameters
from pyralis.deploy.build.used_microdot import shrink_microdot
from pyralis.deploy.syntax import nodes, parse

# Packages whose modules every start needs, and those of their modules that not every start needs.
LINKED = {
    "pyralis.core": {"loading", "memory_report", "placeholder", "presets", "swap"},
    "pyralis.light": {
        "circle",
        "fade",
        "lens",
        "map_file",
        "modifier",
        "palettes",
        "playlist",
        "polar",
        "smooth",
        "wide",
    },
    "pyralis.api": {"presets", "seldom", "wled"},
    "microdot": set(),
}
_TYPES = re.compile(
    r"pyralis\.light\.(effects|layouts|modifiers|outputs)\.(?!network$|white$)"
)  # those two hold no type


def board_sources(sources: Mapping[str, str]) -> tuple[dict[str, str], dict[str, bytes]]:
    """The sources to compile, `{module: source}`, and files for beside them, from all that runs on a board."""
    on_esp32 = "pyralis.pal.esp32" in sources
    made = {name: drop_other_platforms(source, on_esp32) for name, source in sources.items()}
    shrink_microdot(made)
    move_kernel(made)
    made = _fold(made)
    shared = names_to_share(made.values(), (source for name, source in made.items() if _is_linked(name)))
    keywords = keywords_of(made.values())
    made = {name: shorten_parameters(share_names(source, shared), keywords) for name, source in made.items()}
    for package, apart in LINKED.items():
        made = _link(package, apart, made)
    mover = TextMover()
    for module in sorted(made):
        if not keeps_lines(module):
            made[module] = intern_texts(share_empty_methods(mover.move(module, made[module])))
    made = {name: source for name, source in made.items() if not _is_empty(source)}
    return made, {TEXTS_FILE: "".join(text + "\n" for text in mover.texts).encode()}


def module_in_image(module: str) -> str:
    """The module of an image that holds what `module` holds in the source."""
    return module.rpartition(".")[0] if _is_linked(module) else module


def keeps_lines(module: str) -> bool:
    """True for modules of types, the rig's own among them: where their code fails, somebody looks for the line."""
    return _TYPES.match(module) is not None or not module.startswith(("pyralis", "microdot"))


def _is_linked(module: str) -> bool:
    package, _, name = module.rpartition(".")
    return package in LINKED and name not in LINKED[package]


def _fold(sources: dict[str, str]) -> dict[str, str]:
    unfoldable = names_calculated_in_texts(sources.values())
    constants = {
        name: {known: value for known, value in constants_of(source).items() if known not in unfoldable}
        for name, source in sources.items()
    }
    folded = {}
    for name, source in sources.items():
        known = dict(constants[name])
        for node in nodes(source):
            if isinstance(node, ast.ImportFrom) and node.module in constants:
                theirs = constants[node.module]
                known.update({alias.name: theirs[alias.name] for alias in node.names if alias.name in theirs})
        folded[name] = fold_constants(source, known)
    return folded


def _link(package: str, apart: set[str], sources: dict[str, str]) -> dict[str, str]:
    packages = {name.rpartition(".")[0] for name in sources}
    members = {
        name.rpartition(".")[2]: name
        for name in sources
        if name.rpartition(".")[0] == package and name.rpartition(".")[2] not in apart and name not in packages
    }
    linked = {short: sources[name] for short, name in members.items()}
    rest = {name: source for name, source in sources.items() if name not in members.values()}
    rest[package] = link(package, linked)
    return {name: relink_imports(source, package, linked) for name, source in rest.items()}


def _is_empty(source: str) -> bool:
    return all(isinstance(node, ast.Expr) for node in parse(source).body)
