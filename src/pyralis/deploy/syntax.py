"""Syntax trees of sources: one thread parses at a time, and what is only read is parsed once."""

import ast
from functools import lru_cache
from threading import Lock

# CPython 3.11 counts the depth of a tree for all threads together: two at once end in a SystemError.
_parsing = Lock()


def parse(source: str, filename: str = "<unknown>") -> ast.Module:
    """The tree of a source, for the caller alone."""
    with _parsing:
        return ast.parse(source, filename)


@lru_cache(maxsize=1024)
def nodes(source: str) -> tuple[ast.AST, ...]:
    """Every node of a source, outer ones first; shared, so never to be changed."""
    return tuple(ast.walk(parse(source)))
