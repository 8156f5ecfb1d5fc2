"""The checker reports each rule with its line, and lets good kernels through."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

import pyralis.kernel
from pyralis.kernel import checker
from pyralis.kernel.checker import RULES, check_source

RUNTIME = Path(pyralis.kernel.__file__).parents[1]
HEAD = "from pyralis.kernel import const, micropython, ptr8, ptr16, ptr32\n_K = const(3)\nTABLE = 5\n"


def kernel(body: str, signature: str = "d: ptr8, m: ptr16, w: ptr32, n: int, k: int", returns: str = "") -> str:
    """A file with one kernel; its body starts in line 7."""
    lines = dedent(body).strip().replace("\n", "\n    ")
    return f"{HEAD}\n@micropython.viper\ndef f({signature}){returns}:\n    {lines}\n"


BROKEN = [
    ("K1", kernel("d[0] = 1", "d: ptr8, n: int = 3"), "default"),
    ("K1", kernel("d[0] = 1", "d: ptr8, *, n: int"), "plain parameters"),
    ("K1", kernel("d[0] = 1", "d: ptr8, *n: int"), "plain parameters"),
    ("K1", kernel("d[0] = 1", "d: ptr8, n"), "annotated ''"),
    ("K1", kernel("d[0] = 1", "d: bytearray"), "annotated 'bytearray'"),
    ("K1", kernel("d[0] = 1", "d: ptr8, n: uint"), "annotated 'uint'"),
    ("K1", kernel("d[0] = 1", "d: ptr8, " + ", ".join(f"a{i}: int" for i in range(12))), "more than 12"),
    ("K1", kernel("d[0] = 1", returns=" -> None"), "returns int or nothing"),
    ("K1", kernel("return n"), "declare '-> int'"),
    ("K1", kernel("d[0] = 1", returns=" -> int"), "not every path"),
    ("K1", kernel("if n:\n    return 1", returns=" -> int"), "not every path"),
    ("K1", kernel("d[0] = 1").replace("@micropython.viper", "@viper"), "spelled out"),
    ("K1", kernel("d[0] = 1").replace("@micropython.viper", "@micropython.viper\n@other"), "another decorator"),
    ("K1", "def g():\n    @micropython.viper\n    def f(d: ptr8):\n        d[0] = 1\n", "nested"),
    ("K2", kernel("k = n / 2"), "'/'"),
    ("K2", kernel("k /= 2"), "'/'"),
    ("K2", kernel("k = n ** 2"), "'**'"),
    ("K2", kernel("k = 1.5"), "integers"),
    ("K2", kernel("k = 'x'"), "integers"),
    ("K2", kernel("k = None"), "integers"),
    ("K2", kernel("k = min(n, 3)"), "a if a < b else b"),
    ("K2", kernel("k = max(n, 3)"), "a if a > b else b"),
    ("K2", kernel("k = abs(n)"), "-a"),
    ("K2", kernel("k = len(d)"), "pass the length"),
    ("K2", kernel("k = uint(n)"), "use int"),
    ("K2", kernel("k = TABLE"), "TABLE = const("),
    ("K2", kernel("k = TABLE[n]"), "pass tables"),
    ("K2", kernel("k = [n]"), "outside the subset"),
    ("K2", kernel("k = (n := 3)"), "outside the subset"),
    ("K2", kernel("k, n = n, k"), "one name at a time"),
    ("K2", kernel("k = n = 3"), "outside the subset"),
    ("K2", kernel("d[0:3] = n"), "slice"),
    ("K2", kernel("if n in m:\n    pass"), "compare with"),
    ("K2", kernel("for k in m:\n    pass"), "range"),
    ("K2", kernel("try:\n    pass\nfinally:\n    pass"), "`try:`"),
    ("K2", kernel("while n:\n    n -= 1\nelse:\n    pass"), "`while n:`"),
    ("K2", kernel("raise ValueError"), "`raise"),
    ("K2", kernel("k: int = 3"), "`k: int = 3`"),
    ("K3", kernel("for i in range(0, n, k):\n    pass"), "literal"),
    ("K3", kernel("for i in range(0, n, 0):\n    pass"), "literal"),
    ("K3", kernel("for i in range(n):\n    i += 1"), "own variable"),
    ("K3", kernel("k = n > 3"), "int("),
    ("K3", kernel("k = n + (n > 3)"), "int("),
    ("K3", kernel("d[0] = n > 3"), "int("),
    ("K3", kernel("k = not n"), "int("),
    ("K3", kernel("k = d"), "parameter itself"),
    ("K3", kernel("d = 3"), "rebound"),
    ("K3", kernel("k = m + 1"), "write an index"),
    ("K3", kernel("k = ptr8(n)"), "casts"),
    ("K4", kernel("k = 1073741824"), "2**30"),
    ("K4", kernel("k = n & 0xFFFFFFFF"), "2**30"),
    ("K4", kernel("k = n << 32"), "0..31"),
    ("K4", kernel("k = n >> -1"), "0..31"),
    ("K4", kernel("k = n * 1664525"), "int32"),
    ("K4", kernel("k = m[n] * m[n]"), "int32"),
    ("K4", kernel("k = (n & 0x3FFFFFFF) << 3"), "int32"),
    ("K4", kernel("k = ((n * 1664525) >> 3) & 255"), "int32"),
    ("K4", kernel("n *= 1664525"), "int32"),
    ("K5", kernel("d[-1] = 0"), "negative index"),
    ("K5", kernel("k = d[(n & 7) - 8]"), "negative index"),
    ("K5", kernel("k = n // 0"), "zero"),
    ("K5", kernel("k = n % (_K - 3)"), "zero"),
    ("K5", kernel("d[0] = n + 1"), "& 255"),
    ("K5", kernel("d[0] += 3"), "& 255"),
    ("K5", kernel("d[0] = 256"), "& 255"),
    ("K5", kernel("d[0] = m[0]"), "& 255"),
    ("K5", kernel("m[0] = n * 3"), "& 65535"),
    ("K5", kernel("d[0] = -n"), "& 255"),
    ("K6", kernel("w[0] = -1"), "negative"),
    ("K6", kernel("w[0] = -n"), "negative"),
    ("K6", kernel("w[0] = (n & 7) - 8"), "negative"),
    ("K7", kernel("k = helper(n)"), "helper()"),
    ("K7", kernel("print(n)"), "print()"),
    ("K7", kernel("\n".join(f"a{i} = n" for i in range(199))), "199 locals"),
    ("K8", kernel("d[0] = 1") + "\ndef g(d, ticks_ms):\n    f(d, d, d, ticks_ms(), 1)\n", "ticks_ms() & 0x3FFFFFFF"),
    ("K8", kernel("d[0] = 1") + "\ndef g(d, clock):\n    f(d, d, d, clock.uptime_ms, 1)\n", "uptime_ms & 0x3FFFFFFF"),
    ("K9", "import numpy as np\n" + kernel("d[0] = 1"), "bytearray"),
    ("K9", "from numpy import zeros\n" + kernel("d[0] = 1"), "bytearray"),
    ("K0", kernel("d[0] = ="), ""),
]

GOOD = kernel(
    '''
    """What may be written."""
    total = 0
    d[0] = n & 255
    d[n + 1] = 255
    d[1] ^= 5
    d[2] |= d[3]
    m[n] = (n * 1664525 + 1013904223) & 65535
    w[n] = n & 0x3FFFFFFF
    h = ((n * 374761 + k * 668265) << 2) & 0x3FFFFFFF
    for i in range(n):
        v = d[i] * _K + m[i] - (w[i] >> 3)
        if 10 < v < 300 and not v == 11 or n:
            v = 255 if v > 255 else v
        while True:
            v -= 1
            if v < 0:
                break
            total = (total + v // 7 + v % 7 + int(v > 3) + ~v) & 0xFFFFFF
        for j in range(5, 0, -2):
            total += j ^ h
        d[i] = v
        continue
    return -total
    ''',
    returns=" -> int",
)


@pytest.mark.parametrize(("rule", "text", "hint"), BROKEN)
def test_rule_is_reported(rule: str, text: str, hint: str) -> None:
    """Each violation has its rule, a line, and says what to do."""
    found = check_source(text, "x.py")
    assert rule in [each.rule for each in found]
    assert any(hint in each.message for each in found if each.rule == rule), found
    assert all(1 <= each.line <= len(text.splitlines()) for each in found)


def test_every_rule_has_a_case() -> None:
    """No rule is listed that the checker cannot report."""
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def test_the_line_is_that_of_the_fault() -> None:
    """Lines count in the file, not in the kernel."""
    found = check_source(kernel("k = n\nk = n / 2"), "x.py")
    assert [(each.rule, each.line) for each in found] == [("K2", 8)]


def test_a_good_kernel_passes() -> None:
    """Everything that the subset allows."""
    assert check_source(GOOD, "x.py") == []


def test_clock_is_passed_masked() -> None:
    """The form that K8 asks for is accepted."""
    assert check_source(kernel("d[0] = 1") + "\ndef g(d, t_ms):\n    f(d, d, d, t_ms & 0x3FFFFFFF, 1)\n", "x.py") == []


@pytest.mark.parametrize("path", sorted(RUNTIME.rglob("light/**/*.py")), ids=lambda path: path.stem)
def test_kernels_of_the_runtime_pass(path: Path) -> None:
    """What we ship keeps the rules."""
    assert check_source(path.read_text(encoding="utf-8"), str(path)) == []


def test_a_file_without_kernels_is_free() -> None:
    """Plain Python is none of the checker's business."""
    assert check_source("import numpy\nx = 1 / 3\n", "x.py") == []


def test_command_prints_file_line_and_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A refused kernel gives status 1 and one line."""
    bad = tmp_path / "sub" / "bad.py"
    bad.parent.mkdir()
    bad.write_text(kernel("k = n / 2"), encoding="utf-8")
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    assert checker.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith(f"{bad}:7: K2 ")
    assert checker.main([str(tmp_path / "good.py")]) == 0


def test_command_says_how_it_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a path, or with one that is not there, the status is 2."""
    assert checker.main([]) == 2
    assert checker.main([str(tmp_path / "none.py")]) == 2
    assert checker.main(["--rules"]) == 0
    assert "K9" in capsys.readouterr().out


def test_stored_names() -> None:
    """Which parameters are written to decides which buffers must be writable."""
    assert checker.stored_names(GOOD)["f"] == {"d", "m", "w"}
    assert checker.stored_names(kernel("d[0] = m[0] & 255")) == {"f": {"d"}}
    assert checker.stored_names("") == {}
