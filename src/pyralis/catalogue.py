"""Catalogue: reads which module types there are from their sources, and runs none of them.

Host only. The platform of a PC reads it when the runtime starts, the build writes it into an image as `types.jsonl`.
A file that does not parse keeps its place: its type is listed with the fault, and using it says why it cannot be used.
"""

import ast
import functools
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

BASE_CATEGORIES = {
    "Effect": "effect",
    "PolarEffect": "effect",
    "Layout": "layout",
    "Output": "output",
    "NetworkOutput": "output",
    "Modifier": "modifier",
}
_PLAIN_BASES = ("Module", "StatefulModule")  # a type that derives from these says its category itself
_BASES = (*BASE_CATEGORIES, *_PLAIN_BASES)
_DEFAULT_CATEGORY = "service"
_DEFAULT_DIMENSIONS = 2
_CLASS_LINE = re.compile(r"^class ([A-Za-z]\w*)\((?:\w+\.)*(\w+)", re.MULTILINE)
_ORDER = ("driver", "layer", "layout", "effect", "modifier", "output", "service")


@dataclass(frozen=True)
class Problem:
    """Why a source file cannot be used."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class _Found:
    type: str
    base: str
    category: str | None
    dimensions: int | None
    controls: tuple[tuple[str, str], ...]  # what is added (`int`, `color` …) and its name, as far as the text says so
    description: str
    module: str
    path: Path
    line: int


@dataclass(frozen=True)
class Catalogue:
    """The types of a rig, and what is wrong with its sources."""

    entries: list[dict[str, str]]
    problems: list[Problem]


def scan(package: Path, modules: Path | None = None) -> list[dict[str, str]]:
    """Entries {type, category, description, module}, for effects tags and fxdata, of package and rig."""
    return read(package, modules).entries


def read(package: Path, modules: Path | None = None) -> Catalogue:
    """All types below `package`/light and in the folder `modules`, in a fixed order."""
    found: list[_Found] = []
    problems: list[Problem] = []
    sources = [(path, _dotted(path, package.parent)) for path in sorted((package / "light").rglob("*.py"))]
    if modules is not None:
        sources += [(path, _dotted(path, modules.parent)) for path in map(Path, sorted(rig_sources(modules)))]
    for path, module in sources:
        more, problem = _read_file(path, module, _stamp(path))
        found += more
        if problem is not None:
            problems.append(problem)
    return Catalogue(_entries(found, problems), problems)


def rig_sources(folder: Path | str) -> Iterator[str]:
    """The Python files of a rig's modules, but for what editors put beside them under names with a dot."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name == "__pycache__":
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from rig_sources(entry.path)
                elif entry.name.endswith(".py"):
                    yield entry.path
    except OSError:
        return  # no such folder


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_size, status.st_ino


def _dotted(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts)


@functools.lru_cache(maxsize=512)  # a rig is read again at each save: its other files are as they were
def _read_file(path: Path, module: str, _stamp: tuple[int, int, int]) -> tuple[list[_Found], Problem | None]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(path, 1, f"cannot be read: {error}")
        return [_broken(_type_of_file(path), "Effect", module, problem)], problem
    try:
        tree = ast.parse(text, str(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        problem = Problem(path, line, getattr(error, "msg", None) or str(error))
        # The class line mostly still says what the type is called; the name of the file says it else.
        classes = _CLASS_LINE.findall(text) or [(_type_of_file(path), "Effect")]
        return [_broken(name, base, module, problem) for name, base in classes if not name.startswith("_")], problem
    classes_found = [_read_class(node, module, path) for node in tree.body if isinstance(node, ast.ClassDef)]
    return [one for one in classes_found if one is not None], None


def _read_class(node: ast.ClassDef, module: str, path: Path) -> _Found | None:
    if node.name.startswith("_") or node.name in _BASES or not node.bases:
        return None
    first = node.bases[0]
    base = first.id if isinstance(first, ast.Name) else first.attr if isinstance(first, ast.Attribute) else ""
    description = (ast.get_docstring(node) or "").split("\n", 1)[0].strip()
    category, dimensions = _assigned(node, "category"), _assigned(node, "dimensions")
    return _Found(
        node.name,
        base,
        category if isinstance(category, str) else None,
        dimensions if isinstance(dimensions, int) else None,
        _controls(node),
        description,
        module,
        path,
        node.lineno,
    )


def _assigned(node: ast.ClassDef, name: str) -> object:
    """The value of a `name = constant` in the body, None where there is none."""
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            if name in names:
                return statement.value.value
    return None


def _controls(node: ast.ClassDef) -> tuple[tuple[str, str], ...]:
    """Kind and name of each `self.add_…("name", …)` in the body, in its order."""
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)]
    found = []
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        kind = call.func.attr  # type: ignore[attr-defined]
        if kind == "add_palette":
            found.append(("palette", "palette"))
        elif kind.startswith("add_") and call.args and isinstance(call.args[0], ast.Constant):
            found.append((kind.removeprefix("add_"), str(call.args[0].value)))
    return tuple(found)


def _broken(name: str, base: str, module: str, problem: Problem) -> _Found:
    description = f"does not load: {problem.path.name}:{problem.line}: {problem.message}"
    return _Found(name, base, None, None, (), description, module, problem.path, problem.line)


def _type_of_file(path: Path) -> str:
    return "".join(part.capitalize() for part in path.stem.split("_"))


def _entries(found: list[_Found], problems: list[Problem]) -> list[dict[str, str]]:
    """Entries of all that are types; a class may also derive from another type, so look until none is added."""
    categories: dict[str, str] = {}
    first: dict[str, _Found] = {}
    left = found
    while left:
        waiting: list[_Found] = []
        for one in left:
            category = _category(one, categories)
            if category is None:
                waiting.append(one)
            elif one.type in first:
                other = first[one.type]
                problems.append(Problem(one.path, one.line, f"{other.path} has a type '{one.type}' too: rename one"))
            else:
                first[one.type] = one
                categories[one.type] = category
        if len(waiting) == len(left):
            break
        left = waiting
    rank = {category: number for number, category in enumerate(_ORDER)}
    ordered = sorted(first, key=lambda name: (rank.get(categories[name], len(rank)), name))
    return [_entry(first[name], categories[name], first) for name in ordered]


def _entry(one: _Found, category: str, types: Mapping[str, _Found]) -> dict[str, str]:
    entry = {"type": one.type, "category": category, "description": one.description, "module": one.module}
    if category == "effect":
        entry["tags"] = f"{_dimensions(one, types)}D"
        entry["fxdata"] = _fxdata(_all_controls(one, types))
    return entry


def _all_controls(one: _Found, types: Mapping[str, _Found]) -> tuple[tuple[str, str], ...]:
    """Those of the types that it derives from come first."""
    inherited = _all_controls(types[one.base], types) if one.base in types else ()
    return inherited + one.controls


def _fxdata(controls: tuple[tuple[str, str], ...]) -> str:
    """The same as WLED writes it: five sliders, three switches; three colours; palette; dimensions it is made for."""
    sliders = ["!" if ("int", "speed") in controls else ""]
    sliders += [name for kind, name in controls if kind == "int" and name != "speed"][:4]
    switches = [name for kind, name in controls if kind == "bool"][:3]
    if switches:
        sliders += [""] * (5 - len(sliders)) + switches
    colors = [name for kind, name in controls if kind == "color"][:3]
    palette = "!" if ("palette", "palette") in controls else ""
    labels = [",".join(_label(name) for name in names).rstrip(",") for names in (sliders, colors)]
    return ";".join([*labels, palette, "12"])


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _dimensions(one: _Found, types: Mapping[str, _Found]) -> int:
    """What an effect draws; one that does not say so draws what the type does that it derives from."""
    if one.dimensions is None and one.base in types:
        return _dimensions(types[one.base], types)
    return one.dimensions or _DEFAULT_DIMENSIONS


def _category(one: _Found, known: dict[str, str]) -> str | None:
    """The category of a class, or None where it is no type, or not one yet."""
    if one.base in _PLAIN_BASES:
        return one.category or _DEFAULT_CATEGORY
    inherited = BASE_CATEGORIES.get(one.base) or known.get(one.base)
    return (one.category or inherited) if inherited else None
