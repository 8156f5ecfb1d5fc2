"""The catalogue reads types from sources, runs none of them, and survives broken ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyralis import catalogue

if TYPE_CHECKING:
    from pathlib import Path

PLASMA = '''"""A file."""

raise SystemExit("a catalogue runs nothing")


class Plasma(Effect):
    """Waves.

    More of them.
    """
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package with one effect."""
    folder = tmp_path / "pyralis" / "light" / "effects"
    folder.mkdir(parents=True)
    (folder / "plasma.py").write_text(PLASMA, encoding="utf-8")
    return tmp_path / "pyralis"


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A rig's folder of modules."""
    (tmp_path / "modules").mkdir()
    return tmp_path / "modules"


def types(entries: list[dict[str, str]]) -> dict[str, str]:
    return {entry["type"]: entry["category"] for entry in entries}


def test_entry_has_everything(package: Path) -> None:
    assert catalogue.scan(package) == [
        {
            "type": "Plasma",
            "category": "effect",
            "description": "Waves.",
            "module": "pyralis.light.effects.plasma",
            "tags": "2D",
            "fxdata": ";;;12",
        }
    ]


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("class A(Effect): pass", {"A": "2D"}),
        ("class A(Effect): dimensions = 3", {"A": "3D"}),
        ("class A(Effect): dimensions = 1\nclass B(A): pass", {"A": "1D", "B": "1D"}),
        ("class A(Layout): dimensions = 1", {"A": None}),
    ],
)
def test_an_effect_is_tagged_with_what_it_draws(source: str, tags: dict[str, str | None], modules: Path) -> None:
    (modules / "own.py").write_text(source, encoding="utf-8")
    found = catalogue.scan(modules.parent, modules)
    assert {entry["type"]: entry.get("tags") for entry in found} == tags


ADDED = """
class A(Effect):
    def define_controls(self):
        super().define_controls()
        self.text = self.add_text("text", "a")
        self.speed = self.add_int("speed", 1, 0, 255)
        self.wave_height = self.add_int("wave_height", 1, 0, 9)
        self.first = self.add_color("first", "#000000")
        self.second = self.add_color("second", "#000000")
        self.palette = self.add_palette("ocean")
        self.back = self.add_bool("back", False)
        for name in ("one", "two"):
            self.add_int(name, 1, 0, 2)


class B(A):
    def define_controls(self):
        super().define_controls()
        self.more = self.add_int("more", 1, 0, 9)


class C(Effect):
    def define_controls(self):
        for name in "abcdef":
            self.add_int(name, 1, 0, 2)
        self.count = self.add_int("count", 1, 0, 9)


class D(Layout):
    pass
"""


def test_an_effect_says_its_controls_as_wled_does(modules: Path) -> None:
    (modules / "own.py").write_text(ADDED, encoding="utf-8")
    found = catalogue.scan(modules.parent, modules)
    assert {entry["type"]: entry.get("fxdata") for entry in found} == {
        "A": "!,Wave height,,,,Back;First,Second;!;12",
        "B": "!,Wave height,More,,,Back;First,Second;!;12",
        "C": ",Count;;;12",
        "D": None,
    }


def test_rig_modules_are_listed_too(package: Path, modules: Path) -> None:
    (modules / "own").mkdir()
    (modules / "own" / "spiral.py").write_text("class Spiral(Layout):\n    '''Round.'''\n", encoding="utf-8")
    found = catalogue.scan(package, modules)
    assert types(found) == {"Spiral": "layout", "Plasma": "effect"}
    assert found[0]["module"] == "modules.own.spiral"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class A(Effect): pass", {"A": "effect"}),
        ("class A(light.effect.Effect): pass", {"A": "effect"}),
        ("class A(Layout): pass", {"A": "layout"}),
        ("class A(Output): pass", {"A": "output"}),
        ("class A(Modifier): pass", {"A": "modifier"}),
        ("class A(StatefulModule): pass", {"A": "service"}),
        ("class A(Module):\n    category = 'driver'", {"A": "driver"}),
        ("class A(Effect):\n    category = 'layer'", {"A": "layer"}),
        ("class B(A): pass\nclass A(Effect): pass", {"A": "effect", "B": "effect"}),
        ("class A(Plasma): pass", {"A": "effect"}),
        ("class _A(Effect): pass", {}),
        ("class A: pass", {}),
        ("class A(dict): pass", {}),
        ("class Effect(StatefulModule):\n    category = 'effect'", {}),
        ("if True:\n    class A(Effect): pass", {}),
        ("class A(make()): pass", {}),
    ],
)
def test_what_is_a_type(package: Path, modules: Path, source: str, expected: dict[str, str]) -> None:
    (modules / "a.py").write_text(source, encoding="utf-8")
    found = types(catalogue.scan(package, modules))
    assert found == {"Plasma": "effect"} | expected


@pytest.mark.parametrize(
    ("content", "line", "type_name"),
    [
        (b"class Star(Layout):\n    def f(:\n", 2, "Star"),
        (b"x = = 1\n", 1, "BrokenFile"),
        (b"\xff\xfe\n", 1, "BrokenFile"),
        (b"x = '\0'\n", 1, "BrokenFile"),
    ],
)
def test_broken_file_keeps_its_place(package: Path, modules: Path, content: bytes, line: int, type_name: str) -> None:
    (modules / "broken_file.py").write_bytes(content)
    found = catalogue.read(package, modules)
    broken = next(entry for entry in found.entries if entry["type"] == type_name)
    assert broken["module"] == "modules.broken_file"
    assert broken["description"].startswith(f"does not load: broken_file.py:{line}: ")
    assert [(problem.path.name, problem.line) for problem in found.problems] == [("broken_file.py", line)]
    assert "Plasma" in types(found.entries)


def test_second_type_of_a_name_is_a_problem(package: Path, modules: Path) -> None:
    (modules / "mine.py").write_text("class Plasma(Effect): pass\n", encoding="utf-8")
    found = catalogue.read(package, modules)
    assert [entry["module"] for entry in found.entries] == ["pyralis.light.effects.plasma"]
    assert "has a type 'Plasma' too: rename one" in str(found.problems[0])


def test_order_does_not_depend_on_the_file_system(package: Path, modules: Path) -> None:
    for name in ("Zebra(Effect)", "Ant(Output)", "Cow(Layout)", "Bee(Effect)"):
        (modules / f"{name[0].lower()}.py").write_text(f"class {name}: pass\n", encoding="utf-8")
    assert list(types(catalogue.scan(package, modules))) == ["Cow", "Bee", "Plasma", "Zebra", "Ant"]


def test_no_folder_of_modules(package: Path, tmp_path: Path) -> None:
    assert len(catalogue.scan(package, tmp_path / "none")) == 1
