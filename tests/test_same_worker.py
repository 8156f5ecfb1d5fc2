"""With pytest-xdist the tests of a group run on one worker, all others wherever there is one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import same_worker

TIMEOUT_S = 60
SAMPLE = """
import pytest

@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("kind", ["cpython", "micropython"])
def test_page(kind, number):
    pass
"""


@pytest.mark.parametrize("kind", ["cpython", "micropython"])
def test_a_group_has_one_worker(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "tests" / "ui"
    folder.mkdir(parents=True)
    (folder / "test_sample.py").write_text(SAMPLE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "conftest.py").write_text(Path(same_worker.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    call = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        call, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    )
    workers = re.findall(rf"\[(gw\d)\].*PASSED.*\[{kind}-", done.stdout)
    assert len(workers) == 8
    assert len(set(workers)) == 1


@pytest.mark.parametrize("pattern", same_worker.GROUPS)
def test_a_pattern_means_a_file_that_is_there(pattern: str) -> None:
    assert (Path(__file__).parents[1] / pattern.partition("*")[0].removesuffix("::")).exists()
