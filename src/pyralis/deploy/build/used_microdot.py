"""What the server uses of microdot: it parses requests and frames WebSocket messages. A board gets nothing else."""

import ast
import re

from pyralis.deploy.build.board_source import drop_unread, read_attributes, shake
from pyralis.deploy.syntax import parse

_ROOTS = {"microdot.microdot": {"Request"}, "microdot.websocket": {"WebSocket", "WebSocketError"}}
DROPPED_METHODS = {
    "MultiDict.__init__",  # it takes what Request never gives
    "MultiDict.getlist",
    "NoCaseDict.__delitem__",
    "NoCaseDict.update",
    "Request.after_request",
    "Request.files",
    "Request.form",
    "Request.json",
    "Request.stream",
}
# Statements by their first line: what nobody here asks a request for.
DROPPED = {
    "class G:",
    "self.g = Request.G()",
    "self.cookies = {}",
    "if 'Cookie' in self.headers:",
    "if isinstance(urlencoded, bytes):",
}
_CONSTANT_NAME = re.compile(r"[A-Z]+$")


def shrink_microdot(sources: dict[str, str]) -> None:
    """Replace microdot's modules among an image's sources."""
    for name, roots in _ROOTS.items():
        tree = _Shrinker().visit(parse(shake(sources[name], roots, DROPPED_METHODS)))
        sources[name] = ast.unparse(tree) + "\n"
    read = read_attributes(sources.values())
    for name in _ROOTS:
        sources[name] = drop_unread(sources[name], read)


class _Shrinker(ast.NodeTransformer):
    """Drops statements, names of a class's constants, and texts of exceptions, which nobody reads."""

    def __init__(self) -> None:
        self._constants: dict[str, ast.expr] = {}

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("body", "orelse"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                kept = [one for one in statements if ast.unparse(one).split("\n")[0] not in DROPPED]
                setattr(node, field, kept)
        return super().generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._constants = {}
        kept = []
        for part in node.body:
            target = ast.unparse(part.targets[0]) if isinstance(part, ast.Assign) else ""
            if isinstance(part, ast.Assign) and _CONSTANT_NAME.match(target):
                self._constants[target] = part.value
            else:
                kept.append(part)
        node.body = kept
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and node.attr in self._constants:
            return self._constants[node.attr]
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if isinstance(node.exc, ast.Call):
            node.exc = node.exc.func
        return node
