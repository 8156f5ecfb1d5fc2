"""Moves what refusals and errors say out of a board's heap: into a file of the image, read when one is said.

A text costs a board 32 bytes and its own length for as long as its code is loaded; most are never said.
"""

import ast

from pyralis.deploy.syntax import parse

TEXTS_FILE = "lib/pyralis/core/__init__.txt"  # one text a line, by number
TEXTS_MODULE = "pyralis.core"  # which reads them
_CALLS = {"Refusal", "InvalidValue", "ValueError", "TypeError", "disable_self", "error_answer", "error_response"}
_CONVERSIONS = {-1: "{}", ord("r"): "{!r}"}
_SOURCE = """
def moved_text(index, *values):
    with open(__file__[:-3] + "txt") as file:
        for line in file:
            if not index:
                return line[:-1].format(*values)
            index -= 1
"""


class TextMover(ast.NodeTransformer):
    """Collects the texts of a whole image."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def move(self, module: str, source: str) -> str:
        """The source with those texts replaced by numbers; it keeps no line numbers."""
        before = len(self.texts)
        tree = self.visit(parse(source))
        if module == TEXTS_MODULE:
            return f"{_SOURCE}{ast.unparse(tree)}\n"
        if len(self.texts) == before:
            return source
        return f"from {TEXTS_MODULE} import moved_text\n{ast.unparse(tree)}\n"

    def visit_Call(self, node: ast.Call) -> ast.Call:  # ast's name
        """Look at the arguments of a call that makes a refusal or an error."""
        self.generic_visit(node)
        called = ast.unparse(node.func).removeprefix("self.")
        if called in _CALLS and not _is_about_memory(node):
            node.args = [self._moved(argument) for argument in node.args]
        return node

    def _moved(self, argument: ast.expr) -> ast.expr:
        found = _template(argument)
        if found is None or " " not in found[0] or "\n" in found[0]:
            return argument
        template, values = found
        if template not in self.texts:
            self.texts.append(template)
        number = ast.Constant(self.texts.index(template))
        return ast.Call(ast.Name("moved_text", ast.Load()), [number, *values], [])


def _is_about_memory(call: ast.Call) -> bool:
    # Where memory is short there may be none to open a file.
    return any(isinstance(argument, ast.Constant) and argument.value == "no_memory" for argument in call.args)


def _template(argument: ast.expr) -> tuple[str, list[ast.expr]] | None:
    """A text as a format template and its values; None for what is no text, or formats in a way of its own."""
    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    template, values = "", list[ast.expr]()
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            template += part.value.replace("{", "{{").replace("}", "}}")
        elif isinstance(part, ast.FormattedValue) and part.conversion in _CONVERSIONS and part.format_spec is None:
            template += _CONVERSIONS[part.conversion]
            values.append(part.value)
        else:
            return None
    return template, values
