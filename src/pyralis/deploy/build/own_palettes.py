"""The palettes of a rig's own in an image: written into the source of the built-in ones, so that they cost no code."""

import ast
from typing import Any, cast

from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import PACKAGE, Rig
from pyralis.deploy.syntax import parse
from pyralis.palette_file import PaletteError, merged, read_palettes

_MODULE = "pyralis.light.palettes"
_TABLES = ("NAMES", "RAMPS", "STOPS")


def changed_sources(rig: Rig) -> dict[str, str]:
    """The source to compile in place of a module's, by module; none without a palette file."""
    text = (PACKAGE / "light" / "palettes.py").read_text(encoding="utf-8")
    tree = parse(text)
    tables = {
        node.targets[0].id: node
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in _TABLES
    }
    names, ramps, stops = (_value(tables[name]) for name in _TABLES)
    try:
        own = read_palettes(rig.palettes, names + ramps)
    except PaletteError as error:
        raise UserError(str(error), whose=f"the rig's, in {rig.root}", todo="mend the file there") from None
    if not own:
        return {}
    for name, value in zip(_TABLES, merged((names, ramps, stops), own), strict=True):
        tables[name].value = cast("ast.Expr", parse(repr(value)).body[0]).value
    return {_MODULE: ast.unparse(tree) + "\n"}


def _value(node: ast.Assign) -> Any:
    return ast.literal_eval(node.value)
