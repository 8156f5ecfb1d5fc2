"""In CI a skipped test fails the run, and is named; anywhere else it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import skips_in_ci

RULE = Path(skips_in_ci.__file__)
TIMEOUT_S = 60

SAMPLES = {
    "test_board": "import pytest\n\ndef test_skipped():\n    pytest.skip('no board')\n\ndef test_other():\n    pass\n",
    "test_boards": "import pytest\n\npytest.skip('no boards', allow_module_level=True)\n",
    "test_later": "import pytest\n\n@pytest.mark.xfail\ndef test_expected_failure():\n    assert False\n",
}


def run(folder: Path, ci: str, *options: str, allowed: str = "") -> tuple[int, str]:
    """The exit status and output of a run over the samples."""
    (folder / "tests").mkdir()
    for name, source in SAMPLES.items():
        (folder / "tests" / f"{name}.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    rule = RULE.read_text(encoding="utf-8")
    if allowed:
        rule = rule.replace("SKIPS: dict[str, str] = {", f"SKIPS: dict[str, str] = {{{allowed!r}: 'a reason',")
    (folder / "conftest.py").write_text(rule, encoding="utf-8")
    call = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | {"CI": ci}
    done = subprocess.run(
        call, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    return done.returncode, done.stdout


def test_no_folder_of_tests_is_passed_over(pytestconfig: pytest.Config) -> None:
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    names = {part for folder in folders for part in folder.parts}
    patterns = pytestconfig.getini("norecursedirs")
    assert [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)] == []


def test_skips_fail_in_ci_and_are_named(tmp_path: Path) -> None:
    status, output = run(tmp_path, "true", "-n", "1")  # with a worker, whose reports come over
    assert status == pytest.ExitCode.TESTS_FAILED, output
    assert "tests/test_board.py::test_skipped: no board" in output
    assert "tests/test_boards.py: no boards" in output
    assert "test_other:" not in output
    assert "test_expected_failure:" not in output


def test_skips_are_fine_at_home(tmp_path: Path) -> None:
    assert run(tmp_path, "")[0] == pytest.ExitCode.OK


def test_allowed_skips_are_fine_in_ci(tmp_path: Path) -> None:
    assert run(tmp_path, "true", allowed="*/test_board*")[0] == pytest.ExitCode.OK


def test_skips_that_the_environment_allows_are_fine_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYRALIS_ALLOWED_SKIPS", "*/test_board.py* */test_boards.py")
    assert run(tmp_path, "true")[0] == pytest.ExitCode.OK
