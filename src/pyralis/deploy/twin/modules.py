"""Modules: what a virtual board's firmware has frozen in: the files of `frozen/`, compiled for this machine."""

from pathlib import Path

from pyralis.deploy.build.board_code import Code
from pyralis.deploy.build.compiler import Compiler
from pyralis.deploy.files import write_whole_bytes
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, unseen

SOURCES = Path(__file__).resolve().parent / "frozen"


def firmware_modules(rig: Rig) -> Path:
    """The folder that holds them; made once for each state of the sources."""
    import hashlib

    codes = [
        Code(path.name, path.read_text(encoding="utf-8"), path.stem, user=False, has_lines=True)
        for path in sorted(SOURCES.glob("*.py"))
    ]
    compiler = Compiler("x64", rig.cache)
    digest = hashlib.sha256("\0".join([compiler.version, *(code.text for code in codes)]).encode()).hexdigest()
    folder = rig.cache / "twin-modules" / digest[:32]
    if not (folder / "complete").is_file():
        for name, data in compiler.compile(codes, Step("firmware modules", unseen)).items():
            write_whole_bytes(folder / name, data)
        write_whole_bytes(folder / "complete", b"")
    return folder
