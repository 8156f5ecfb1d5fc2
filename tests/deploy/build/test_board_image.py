"""The sources of a whole image."""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pyralis.deploy.build.board_image import LINKED, board_sources, module_in_image

PACKAGE = Path(find_spec("pyralis").origin).parent  # type: ignore[union-attr,arg-type]


@cache
def image() -> dict[str, str]:
    """What is compiled for the unix port, without the rig's own modules."""
    sources = {}
    for folder in ("core", "light", "api"):
        for path in (PACKAGE / folder).rglob("*.py"):
            module = ".".join(("pyralis", *path.relative_to(PACKAGE).with_suffix("").parts))
            sources[module.removesuffix(".__init__")] = path.read_text(encoding="utf-8")
    for name in ("wire", "main", "start"):
        sources[f"pyralis.{name}"] = (PACKAGE / f"{name}.py").read_text(encoding="utf-8")
    microdot = Path(find_spec("microdot").origin).parent  # type: ignore[union-attr,arg-type]
    for name in ("microdot", "websocket"):
        sources[f"microdot.{name}"] = (microdot / f"{name}.py").read_text(encoding="utf-8")
    return board_sources(sources)[0]


def test_linked_packages_are_one_module_each_and_everything_else_stays_apart() -> None:
    made = image()
    assert set(LINKED) <= set(made)
    assert "pyralis.light.effects.plasma" in made
    assert "pyralis.core.manager" not in made
    assert "pyralis.wire" not in made  # nothing but constants, which are folded


def test_every_import_finds_its_module_in_the_image() -> None:
    made = image()
    for module, source in made.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("pyralis", "microdot")):
                imported = node.module or ""
                known = imported in made or imported.startswith(("pyralis.pal", "pyralis.kernel"))
                packages = any(name.startswith(f"{imported}.{alias.name}") for name in made for alias in node.names)
                assert known or packages, f"{module} imports {imported}"


def test_the_catalogue_names_the_module_that_holds_a_type_in_the_image() -> None:
    assert module_in_image("pyralis.light.driver_layer") == "pyralis.light"
    assert module_in_image("pyralis.light.effects.plasma") == "pyralis.light.effects.plasma"
    assert module_in_image("modules.sparkle") == "modules.sparkle"


def test_the_same_sources_give_the_same_image() -> None:
    assert image.__wrapped__() == image()
