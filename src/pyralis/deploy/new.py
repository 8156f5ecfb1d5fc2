"""New: makes a rig from the template that the package holds."""

from pathlib import Path

from pyralis.deploy.errors import UserError
from pyralis.deploy.files import write_whole
from pyralis.wire import MAX_NAME_CHARS

TEMPLATE = Path(__file__).resolve().parent / "template"
_NAME = "@NAME@"
_RENAMED = {"gitignore": ".gitignore"}  # under its own name it would hide files of the package


def make_rig(folder: Path) -> list[str]:
    """Write a rig; returns its files. UserError where something is there already: nothing is overwritten."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            f"{folder} is there already" + (" and is not empty" if folder.is_dir() else " and is a file"),
            whose="the argument's",
            todo="choose another name: `pyralis new` overwrites nothing",
        )
    name = "".join(char for char in folder.resolve().name if char.isprintable() and char not in '"\\')[:MAX_NAME_CHARS]
    written = []
    for source in sorted(TEMPLATE.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            relative = source.relative_to(TEMPLATE)
            target = relative.with_name(_RENAMED.get(relative.name, relative.name))
            write_whole(folder / target, source.read_text(encoding="utf-8").replace(_NAME, name or "Rig"))
            written.append(target.as_posix())
    return written
