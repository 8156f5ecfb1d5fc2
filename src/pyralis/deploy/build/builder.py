"""Builder: the step that turns a rig into an image."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyralis import catalogue
from pyralis.deploy.build.assets import pack_assets
from pyralis.deploy.build.board_code import board_code
from pyralis.deploy.build.board_image import module_in_image
from pyralis.deploy.build.compiler import Compiler
from pyralis.deploy.build.image import MANIFEST_FILE, manifest, write_image
from pyralis.deploy.build.kernels import check_kernels
from pyralis.deploy.build.sources import image_sources
from pyralis.deploy.build.targets import Target
from pyralis.deploy.errors import UserError
from pyralis.deploy.identity import Identity, identify
from pyralis.deploy.rig import PACKAGE, Rig
from pyralis.deploy.steps import Step
from pyralis.wire import BUILD_FILE, RIG_FILE, TYPES_FILE


@dataclass(frozen=True)
class Build:
    """An image that is there."""

    target: str
    folder: Path
    identity: Identity
    image_sha256: str
    files: int
    size_bytes: int


def build(rig: Rig, target: Target, step: Step) -> Build:
    """Make `build/<target>` up to date within `step`; UserError where a source is at fault."""
    with _lock(rig, target.name):
        entries = check_types(rig)
        check_kernels(rig, target)
        compiler = Compiler(target.march, rig.cache)
        code, files = board_code(image_sources(rig, target), rig.cache)
        contents = {**compiler.compile(code, step), **files}
        identity = identify(rig)
        contents.update(pack_assets(PACKAGE / "ui"))
        types = [{**entry, "module": module_in_image(entry["module"])} for entry in entries]
        contents[TYPES_FILE] = "".join(json.dumps(entry) + "\n" for entry in types).encode()
        contents[BUILD_FILE] = identity.to_json().encode()
        contents[RIG_FILE] = json.dumps(_board_rig(rig), separators=(",", ":")).encode()
        facts = {"target": target.name, "march": target.march, "compiler": compiler.version, **vars(identity)}
        image_sha256, listing = manifest(contents, facts)
        changed = write_image(rig.build(target.name), {**contents, MANIFEST_FILE: listing})
    size_bytes = sum(len(data) for data in contents.values())
    done = Build(target.name, rig.build(target.name), identity, image_sha256, len(contents), size_bytes)
    work = f"{compiler.compiled} compiled" if compiler.compiled else "updated" if changed else "up to date"
    step.summarise(
        f"{len(contents)} files, {size_bytes / 1024:.0f} KB, {work}, id {identity.id}",
        target=target.name,
        build_id=identity.id,
        commit=identity.commit,
        image_sha256=image_sha256,
        files=len(contents),
        size_bytes=size_bytes,
        compiled=compiler.compiled,
        changed=changed,
    )
    return done


def check_types(rig: Rig) -> list[dict[str, str]]:
    """The catalogue of the rig; UserError for a source that does not parse and for a type that is not there."""
    found = catalogue.read(PACKAGE, rig.modules)
    if found.problems:
        raise UserError(
            f"{len(found.problems)} source file{'s' if len(found.problems) > 1 else ''} cannot be used",
            details=[str(problem).replace(f"{rig.root}/", "") for problem in found.problems],
            whose="your rig's modules",
            todo="mend what stands above; the page shows the same when you add such a module",
        )
    names = [entry["type"] for entry in found.entries]
    for place, used in rig.used_types() if rig.file.is_file() else []:
        if used not in names:
            raise UserError(
                f"{RIG_FILE}: {place}: there is no type '{used}'",
                details=[f"there are: {', '.join(names)}"],
                whose=f"the rig's, in {rig.root}",
                todo=_suggest(used, names),
            )
    return found.entries


def _board_rig(rig: Rig) -> dict[str, object]:
    """The rig file without what concerns only the machine that builds."""
    return {key: value for key, value in rig.read().items() if key in ("name", "tree")}


def _suggest(used: str, names: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(used, names, 1)
    return f"did you mean '{near[0]}'?" if near else "choose one of these, or put its source into modules/"


@contextmanager
def _lock(rig: Rig, target: str) -> Iterator[None]:
    """One build of a target at a time; the next one finds everything done."""
    rig.cache.mkdir(parents=True, exist_ok=True)
    with (rig.cache / f"build-{target}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
