"""Single steps that shrink a source for a board: what goes, and that the rest does what it did."""

from pyralis.deploy.build.board_source import (
    constants_of,
    drop_other_platforms,
    drop_unread,
    fold_constants,
    names_calculated_in_texts,
    read_attributes,
    shake,
)


def run(source: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(source, "sample", "exec"), names)
    return names


def test_blocks_for_type_checkers_are_never_entered() -> None:
    source = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import not_there\nx = 1\n"
    shrunk = drop_other_platforms(source, on_esp32=False)
    assert "if 0:" in shrunk
    assert run(shrunk)["x"] == 1


def test_a_pc_image_leaves_out_the_branch_for_a_board_and_the_other_way_round() -> None:
    source = 'import sys\nif sys.platform == "esp32":\n    kind = "board"\nelse:\n    kind = "pc"\n'
    assert run(drop_other_platforms(source, on_esp32=False))["kind"] == "pc"
    assert run(drop_other_platforms(source, on_esp32=True))["kind"] == "board"


def test_numbers_and_short_texts_are_constants_and_nothing_else_is() -> None:
    source = 'A = 1\n_B = A << 4\nC = "short"\nD = (1, 2)\nE = True\nf = 3\nG = len("x")\nH = "' + "long" * 20 + '"\n'
    assert constants_of(source) == {"A": 1, "_B": 16, "C": "short"}


def test_constants_are_written_where_their_names_stood_and_lines_stay() -> None:
    source = 'A = 7\nB = "x{y}"\n\ndef f():\n    return A + 1, B, f"{A}:{B}"\n'
    shrunk = fold_constants(source, {"A": 7, "B": "x{y}"})
    assert "A" not in shrunk.replace("ABC", "")
    assert shrunk.count("\n") == source.count("\n")
    assert run(shrunk)["f"]() == run(source)["f"]()  # type: ignore[operator]


def test_names_that_a_text_calculates_with_are_known_so_that_they_are_not_folded() -> None:
    source = 'def f(n):\n    return f"{A} {B * n} {C!r} {D:>4} {{E}}"\n'
    assert names_calculated_in_texts([source]) == {"B", "C", "D", "n"}
    assert fold_constants(source, {"A": 7, "E": 8}) == source.replace("{A}", "7")


def test_an_attribute_of_a_constants_name_is_left_alone() -> None:
    source = "A = 7\n\nclass C:\n    pass\n\nC.A = 8\nvalue = C.A + A\n"
    assert run(fold_constants(source, {"A": 7}))["value"] == 15


def test_imports_of_constants_go_and_the_others_of_the_line_stay() -> None:
    source = "from somewhere import A, thing\nfrom elsewhere import A\nx = A\n"
    shrunk = fold_constants(source, {"A": 7})
    assert shrunk.splitlines() == ["from somewhere import thing", "", "x = 7"]


def test_shaking_keeps_what_the_roots_reach() -> None:
    source = (
        "import json\nimport re\n\ndef used():\n    return json.dumps(1)\n\n"
        "def root():\n    return used()\n\ndef other():\n    return re\n"
    )
    shrunk = shake(source, ["root"])
    assert run(shrunk)["root"]() == "1"  # type: ignore[operator]
    assert "other" not in shrunk
    assert "import re" not in shrunk


def test_shaking_drops_named_methods() -> None:
    shrunk = shake("class A:\n    def a(self):\n        return 1\n    def b(self):\n        return 2\n", ["A"], ["A.b"])
    assert "def a" in shrunk
    assert "def b" not in shrunk


def test_assignments_that_nobody_reads_go_unless_they_call_something() -> None:
    source = (
        "class A:\n    def __init__(self, h):\n"
        "        self.read = 1\n        self.unread = 2\n        self.called = h()\n"
        "        if 'x' in h.names:\n            self.also_unread = 3\n\ndef f(a):\n    return a.read\n"
    )
    shrunk = drop_unread(source, read_attributes([source]))
    assert "self.read = 1" in shrunk
    assert "self.called" in shrunk
    assert "unread" not in shrunk
