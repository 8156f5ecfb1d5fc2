"""The registry imports a type's code when it is first used, and says what is wrong with one that it cannot load."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from probes import Probe
from stage import Stage, type_entry

from pyralis.core.errors import MemoryRefused, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyralis.core.registry import TypeRegistry

BROKEN = {
    "no_such_module_of_ours": "ModuleNotFoundError",
    "broken_on_purpose": "SyntaxError",
    "raises_on_import": "ZeroDivisionError",
    "empty_on_purpose": "AttributeError",
}


@pytest.fixture
def registry(stage: Stage) -> TypeRegistry:
    return stage.manager.registry


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of modules, forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_all_types_are_listed_and_none_is_imported_for_it(stage: Stage, registry: TypeRegistry) -> None:
    stage.platform.types = [type_entry("Later", "not_imported_yet")]
    assert [entry["type"] for entry in registry.entries()] == ["Later"]
    assert "not_imported_yet" not in sys.modules


def test_a_type_is_found_by_its_name(registry: TypeRegistry) -> None:
    assert registry.find("Probe")["module"] == "probes"
    assert registry.load("Probe") == (Probe, ())


def test_an_unknown_type_is_refused_with_where_to_look(registry: TypeRegistry) -> None:
    with pytest.raises(Refusal) as refusal:
        registry.load("Nothing")
    assert refusal.value.code == "unknown_type"
    assert refusal.value.message == "there is no type 'Nothing': GET /api/types lists all"


def test_names_of_types_are_case_sensitive(registry: TypeRegistry) -> None:
    with pytest.raises(Refusal):
        registry.load("probe")


def test_the_code_of_a_type_is_imported_when_it_is_first_used(
    stage: Stage, registry: TypeRegistry, folder: Path
) -> None:
    (folder / "fresh_type.py").write_text("from probes import Probe\nclass Fresh(Probe):\n    pass\n")
    stage.platform.types.append(type_entry("Fresh", "fresh_type"))
    assert "fresh_type" not in sys.modules
    assert issubclass(registry.load("Fresh")[0], Probe)
    assert "fresh_type" in sys.modules


def test_a_type_comes_with_the_kernels_that_its_code_calls(registry: TypeRegistry) -> None:
    names = [kernel.name for kernel in registry.load("DriverLayer")[1]]  # type: ignore[attr-defined]
    assert sorted(names) == ["blend", "fill"]


@pytest.mark.parametrize("module", BROKEN)
def test_a_type_that_cannot_be_loaded_is_refused_with_the_fault(
    stage: Stage, registry: TypeRegistry, folder: Path, module: str
) -> None:
    (folder / "broken_on_purpose.py").write_text("def (:\n")
    (folder / "raises_on_import.py").write_text("1 / 0\n")
    (folder / "empty_on_purpose.py").write_text("")
    stage.platform.types.append(type_entry("Broken", module))
    with pytest.raises(Refusal) as refusal:
        registry.load("Broken")
    assert refusal.value.code == "type_failed"
    assert refusal.value.message.startswith(f"'Broken' cannot be loaded: {BROKEN[module]}: ")


def test_a_type_that_was_mended_is_loaded_without_a_restart(stage: Stage, registry: TypeRegistry, folder: Path) -> None:
    source = folder / "mended_type.py"
    source.write_text("1 / 0\n")
    stage.platform.types.append(type_entry("Mended", "mended_type"))
    with pytest.raises(Refusal):
        registry.load("Mended")
    source.write_text("from probes import Probe\nclass Mended(Probe):\n    # now it is right\n    pass\n")
    assert issubclass(registry.load("Mended")[0], Probe)


def test_the_code_of_unused_types_gives_way_when_memory_is_short(stage: Stage) -> None:
    driver = stage.add("DriverLayer")
    for type_name in ("Grid", "Line", "Ring"):
        stage.manager.delete(stage.add(type_name, driver).id)
    stage.platform.heap_limit_bytes, stage.platform.code_bytes = 5000, 2000
    assert stage.memory.check_alloc(8000)
    assert stage.platform.forgotten == ["pyralis.light.layouts.grid", "pyralis.light.layouts.line"]  # Ring was the last


def test_code_that_was_let_go_is_loaded_again(stage: Stage) -> None:
    driver = stage.add("DriverLayer")
    stage.manager.delete(stage.add("Grid", driver).id)
    stage.add("Line", driver)
    assert stage.manager.registry.forget_unused()
    assert stage.add("Grid", driver).status == "ok"


def test_code_in_use_stays_however_short_memory_is(stage: Stage) -> None:
    driver = stage.add("DriverLayer")
    stage.add("Grid", driver)
    stage.platform.heap_limit_bytes, stage.platform.code_bytes = 5000, 2000
    assert not stage.memory.check_alloc(8000)
    assert stage.platform.forgotten == []


def test_what_a_type_brought_gives_way_with_the_last_type_that_needs_it(stage: Stage) -> None:
    brought = {"Grid": " shared grids_own", "Line": " shared", "Ring": " shared"}
    for entry in stage.platform.types:
        entry["module"] += brought.get(entry["type"], "")
    driver = stage.add("DriverLayer")
    line = stage.add("Line", driver)
    stage.manager.delete(stage.add("Grid", driver).id)
    stage.add("Solid", stage.add("EffectsLayer", driver))
    assert stage.manager.registry.forget_unused()
    assert stage.platform.forgotten == ["pyralis.light.layouts.grid", "grids_own"]
    stage.manager.delete(line.id)
    assert stage.manager.registry.forget_unused()
    assert stage.platform.forgotten[2:] == ["pyralis.light.layouts.line", "shared"]


def test_a_block_that_fragments_leave_no_room_for_is_looked_for_again(stage: Stage) -> None:
    driver = stage.add("DriverLayer")
    for type_name in ("Grid", "Line"):
        stage.manager.delete(stage.add(type_name, driver).id)
    stage.platform.heap_limit_bytes, stage.platform.largest_block_bytes = 50_000, 100
    with pytest.raises(MemoryRefused):
        stage.memory.allocate(8000)
    assert stage.platform.forgotten == ["pyralis.light.layouts.grid"]
