"""A rig is found from anywhere inside it, and its file is checked to the place of the fault."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyralis.deploy.errors import UserError
from pyralis.deploy.new import make_rig
from pyralis.deploy.rig import Rig, find_rig, package_environment


def test_rig_is_found_from_a_folder_in_it(rig: Rig) -> None:
    assert find_rig(rig.modules) == rig
    assert find_rig(rig.root) == rig


def test_device_list_alone_makes_a_rig(tmp_path: Path) -> None:
    (tmp_path / "devicelist.json").write_text("[]", encoding="utf-8")
    assert find_rig(tmp_path).root == tmp_path


def test_no_rig_says_what_one_is(tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        find_rig(tmp_path)
    assert str(tmp_path) in raised.value.what
    assert "pyralis new" in raised.value.todo


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "rig.json:1:2: not JSON: "),
        ('{\n  "name": "a",\n}', "rig.json:3:1: not JSON: "),
        ("[]", "rig.json: must be an object"),
        ('{"nam": "a"}', "rig.json: unknown field 'nam'"),
        ('{"name": 1}', "rig.json: name: must be a text"),
        ('{"name": "' + "a" * 33 + '"}', "rig.json: name: is longer than 32 characters"),
        ('{"tree": {}}', "rig.json: tree: must be a list of modules"),
        ('{"tree": [1]}', "rig.json: tree[0]: must be an object with a type"),
        ('{"tree": [{}]}', "rig.json: tree[0].type: must be the name of a type"),
        ('{"tree": [{"type": "A", "x": 1}]}', "rig.json: tree[0]: unknown field 'x'"),
        ('{"tree": [{"type": "A", "controls": []}]}', "rig.json: tree[0].controls: must be an object"),
        ('{"tree": [{"type": "A", "children": 1}]}', "rig.json: tree[0].children: must be a list"),
        ('{"tree": [{"type": "A", "children": [{"type": 5}]}]}', "rig.json: tree[0].children[0].type: must be"),
    ],
)
def test_fault_in_the_rig_file_is_named(rig: Rig, text: str, what: str) -> None:
    rig.file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as raised:
        rig.read()
    assert raised.value.what.startswith(what)
    assert str(rig.root) in raised.value.whose
    assert raised.value.todo


def test_rig_file_that_is_not_text(rig: Rig) -> None:
    rig.file.write_bytes(b"\xff")
    with pytest.raises(UserError, match="not UTF-8"):
        rig.read()


def test_rig_file_that_is_missing(rig: Rig) -> None:
    rig.file.unlink()
    with pytest.raises(UserError, match=r"rig\.json is missing"):
        rig.read()


def test_new_rig_is_right(rig: Rig) -> None:
    assert rig.read()["name"] == "my lights ü"
    assert ("tree[0].children[1].children[0]", "Sparkle") in rig.used_types()
    assert (rig.root / ".gitignore").read_text(encoding="utf-8").splitlines()[0] == "/build/"


def test_new_overwrites_nothing(rig: Rig) -> None:
    before = rig.file.read_bytes()
    with pytest.raises(UserError, match="is there already and is not empty"):
        make_rig(rig.root)
    assert rig.file.read_bytes() == before


def test_new_does_not_replace_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="is there already and is a file"):
        make_rig(tmp_path / "file")


def test_new_where_nothing_can_be_written() -> None:
    with pytest.raises(UserError, match="cannot write /dev/null/rig/"):
        make_rig(Path("/dev/null/rig"))


def test_name_of_a_new_rig_fits(tmp_path: Path) -> None:
    make_rig(tmp_path / ("very " * 20 + "long"))
    assert len(Rig(tmp_path / ("very " * 20 + "long")).read()["name"]) == 32


def test_children_find_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "some/where")
    first, *rest = package_environment()["PYTHONPATH"].split(os.pathsep)
    assert Path(first, "pyralis", "wire.py").is_file()
    assert all(Path(path).is_absolute() for path in rest)
