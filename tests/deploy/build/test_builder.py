"""The build: same sources, same bytes; only what changed is compiled; a fault in a source is named."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.build import compiler
from pyralis.deploy.build.assets import pack_assets
from pyralis.deploy.build.builder import Build, build
from pyralis.deploy.build.sources import board_files
from pyralis.deploy.build.targets import TARGETS, find_targets
from pyralis.deploy.errors import UserError
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import PACKAGE, Rig
from pyralis.deploy.steps import Step, unseen
from pyralis.wire import ASSETS_FILE, BUILD_FILE, RIG_FILE, TYPES_FILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PC = TARGETS["pc"]
BAD_KERNEL = '''"""Bad."""
from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def bad(dst: ptr8, count: int):
    for i in range(count):
        dst[i] = i / 2


class Bad(Effect):
    """Bad."""
'''


def make(rig: Rig, target: str = "pc") -> tuple[Build, Step]:
    step = Step("build", unseen)
    with step:
        return build(rig, TARGETS[target], step), step


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_maps_of_the_rig_are_in_the_image_and_in_its_identity(rig: Rig) -> None:
    before, _ = make(rig)
    (rig.root / "maps").mkdir()
    (rig.root / "maps" / "tree.json").write_text("[[0, 0], [3, 4]]", encoding="utf-8")
    (rig.root / "maps" / "notes.txt").write_text("for people", encoding="utf-8")
    made, _ = make(rig)
    found = {name: data for name, data in files(made.vfs_folder).items() if name.startswith("maps/")}
    assert found == {"maps/tree.json": b"[[0, 0], [3, 4]]"}
    assert made.identity.id != before.identity.id


def test_image_is_complete(rig: Rig) -> None:
    made, _ = make(rig)
    assert (made.folder / "manifest.json").is_file()
    contents = files(made.vfs_folder)
    assert {BUILD_FILE, TYPES_FILE, ASSETS_FILE, RIG_FILE} <= set(contents)
    assert {"lib/pyralis/main.mpy", "lib/pyralis/light/effects/plasma.mpy", "modules/sparkle.mpy"} <= set(contents)
    assert not [name for name in contents if name.endswith(".py") or "deploy" in name or "cpython" in name]
    assert json.loads(contents["build.json"]) == vars(made.identity)
    assert b'"Sparkle"' in contents[TYPES_FILE]


def test_manifest_has_size_and_hash_of_each_file(rig: Rig) -> None:
    made, _ = make(rig)
    contents = files(made.vfs_folder)
    manifest = json.loads((made.folder / "manifest.json").read_bytes())
    assert {one["path"]: (one["size"], one["sha256"]) for one in manifest["files"]} == {
        name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in contents.items()
    }
    assert manifest["image_sha256"] == made.image_sha256
    assert manifest["compiler"].startswith("MicroPython v1.")


def test_clean_build_elsewhere_gives_the_same_bytes(rig: Rig, tmp_path: Path) -> None:
    made, _ = make(rig)
    other = Rig(tmp_path / "other" / rig.root.name)
    make_rig(other.root)
    again, step = make(other)
    assert step.result.facts["compiled"] == len([name for name in files(again.folder) if name.endswith(".mpy")])
    assert again.image_sha256 == made.image_sha256
    assert files(again.folder) == files(made.folder)


def test_what_is_up_to_date_is_not_touched(rig: Rig) -> None:
    made, _ = make(rig)
    times = {path: path.stat().st_mtime_ns for path in made.folder.rglob("*")}
    _, step = make(rig)
    assert (step.result.facts["compiled"], step.result.facts["changed"]) == (0, 0)
    assert "up to date" in step.result.summary
    assert {path: path.stat().st_mtime_ns for path in made.folder.rglob("*")} == times


def test_folder_holds_exactly_the_image(rig: Rig) -> None:
    made, _ = make(rig)
    expected = files(made.folder)
    vfs = made.vfs_folder
    (vfs / "modules" / "old").mkdir()
    (vfs / "modules" / "old" / "gone.mpy").write_bytes(b"")
    (vfs / "build.json").write_text("{}", encoding="utf-8")
    (vfs / "rig.json").unlink()
    _, step = make(rig)
    assert step.result.facts["changed"] == 3
    assert files(made.folder) == expected
    assert not (vfs / "modules" / "old").exists()


def test_settings_of_the_machine_stay_on_it(rig: Rig, write_rig: Callable[..., None]) -> None:
    write_rig(name="wall", tree=[], micropython="/opt/micropython")
    made, _ = make(rig)
    assert json.loads((made.vfs_folder / "rig.json").read_bytes()) == {"name": "wall", "tree": []}


def test_change_of_a_module_changes_the_identity(rig: Rig) -> None:
    made, _ = make(rig)
    with (rig.modules / "sparkle.py").open("a", encoding="utf-8") as file:
        file.write("# another line\n")
    again, _ = make(rig)
    assert again.identity.id != made.identity.id


@pytest.mark.parametrize("name", list(TARGETS))
def test_every_target_compiles(rig: Rig, name: str) -> None:
    made, _ = make(rig, name)
    assert made.files > 20
    has_esp32 = (made.vfs_folder / "lib/pyralis/pal/esp32.mpy").is_file()
    assert has_esp32 == name.startswith("esp32")


def test_all_names_every_target() -> None:
    assert [target.name for target in find_targets("all")] == list(TARGETS)
    with pytest.raises(UserError, match="there is no target 'esp8266'"):
        find_targets("esp8266")


def test_board_files_leave_the_host_out() -> None:
    names = {path.relative_to(PACKAGE).as_posix() for path in board_files(PC)}
    assert {"main.py", "wire.py", "kernel/board.py", "pal/micropython.py"} <= names
    host = {"assets.py", "catalogue.py", "__main__.py", "kernel/host.py", "kernel/checker.py", "pal/cpython.py"}
    assert not names & host
    assert not [name for name in names if name.startswith("deploy")]


# Faults.


def fault(rig: Rig) -> UserError:
    with pytest.raises(UserError) as raised:
        make(rig)
    assert not rig.build("pc").exists(), "nothing is half done"
    return raised.value


def test_module_that_does_not_parse(rig: Rig) -> None:
    (rig.modules / "star.py").write_text("class Star(Effect):\n    def f(:\n", encoding="utf-8")
    error = fault(rig)
    assert error.details == ["modules/star.py:2: invalid syntax"]
    assert error.whose == "your rig's modules"


def test_module_that_micropython_does_not_take(rig: Rig) -> None:
    text = "from pyralis.light.effect import Effect\n\n\nclass Star(Effect):\n    async def f(self):\n"
    (rig.modules / "star.py").write_text(text + "        return [x async for x in self]\n", encoding="utf-8")
    error = fault(rig)
    assert "does not compile for x64" in error.what
    assert error.details[0].startswith("modules/star.py:6: SyntaxError")
    assert error.whose == "your rig's modules"


def test_kernel_outside_the_subset(rig: Rig) -> None:
    (rig.modules / "bad.py").write_text(BAD_KERNEL, encoding="utf-8")
    error = fault(rig)
    assert error.details[0].startswith("modules/bad.py:9: K2 ")
    assert "docs/kernels.md" in error.todo
    # It is not forgotten once seen: only what passed is remembered.
    assert fault(rig).details == error.details


def test_type_that_is_not_there(rig: Rig, write_rig: Callable[..., None]) -> None:
    write_rig(tree=[{"type": "DriverLayer", "children": [{"type": "Plasam"}]}])
    error = fault(rig)
    assert error.what == "rig.json: tree[0].children[0]: there is no type 'Plasam'"
    assert error.todo == "did you mean 'Plasma'?"


def test_second_type_of_a_name(rig: Rig) -> None:
    shutil.copy(rig.modules / "sparkle.py", rig.modules / "sparkle2.py")
    assert "has a type 'Sparkle' too: rename one" in fault(rig).details[0]


def test_compiler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiler.SETTING, "/no/such/mpy-cross")
    with pytest.raises(UserError, match="PYRALIS_MPY_CROSS says '/no/such/mpy-cross'"):
        compiler.find_mpy_cross()


# The page.


def test_assets_are_packed_alike_everywhere(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script src="/ui/@/app.js">', encoding="utf-8")
    (tmp_path / "app.js").write_text("go();", encoding="utf-8")
    packed = pack_assets(tmp_path)
    version: Any = json.loads(packed["assets.json"])["version"]
    assert gzip.decompress(packed["ui/index.html.gz"]).decode() == f'<script src="/ui/{version}/app.js">'
    assert gzip.decompress(packed["ui/app.js.gz"]) == b"go();"
    assert packed == pack_assets(tmp_path)
    (tmp_path / "app.js").write_text("stop();", encoding="utf-8")
    assert json.loads(pack_assets(tmp_path)["assets.json"])["version"] != version


def test_no_page_yet(tmp_path: Path) -> None:
    assert list(pack_assets(tmp_path / "none")) == ["assets.json"]
