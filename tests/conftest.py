"""What tests of the runtime share: a runtime on the fake platform (stage.py) and module types that obey (probes.py)."""

from __future__ import annotations

import os

import pytest
from service import Service
from stage import Stage

pytest_plugins = ["skips_in_ci"]  # tools/skips_in_ci.py


@pytest.fixture
def stage() -> Stage:
    """The core on the fake platform, with an empty tree."""
    return Stage()


@pytest.fixture
def service() -> Service:
    """The API on that core, without a network."""
    return Service()


# What starts whole steps of the pipeline, and what checks the repository rather than a unit. `uv run pytest` and CI
# run them; the pipeline's own unit-test step, which every edit waits for, leaves them out.
NOT_UNIT_TESTS = {
    "tests/deploy/build/test_builder.py",
    "tests/deploy/test_all_pc.py",
    "tests/deploy/test_bench_effects.py",
    "tests/deploy/test_bench_memory.py",
    "tests/deploy/test_bench_serving.py",
    "tests/deploy/test_cli.py",
    "tests/deploy/test_leash.py",
    "tests/deploy/test_live.py",
    "tests/deploy/test_runner.py",
    "tests/deploy/test_unittest.py",
    "tests/kernel/test_boards_compile.py",
    "tests/test_board_code.py",
    "tests/test_boundaries.py",
    "tests/test_pins.py",
    "tests/test_skips.py",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Within `pyralis unittest` of this repository, deselect what is no unit test."""
    if os.environ.get("PYRALIS_UNIT_TESTS_OF") != str(config.rootpath):
        return
    left_out = [item for item in items if item.nodeid.split("::")[0] in NOT_UNIT_TESTS]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
