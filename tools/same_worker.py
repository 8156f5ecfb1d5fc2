"""A plugin of pytest: with pytest-xdist, tests that share something costly run on one worker.

pytest-xdist has a mark for that, `xdist_group`, which has no effect any more with pytest 9.2
(https://github.com/pytest-dev/pytest-xdist/issues/1386). A scheduler of one's own is told ids alone, so groups are
patterns of ids here.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

GROUPS = {  # pattern of test ids -> what they share
    "tests/kernel/test_host.py::*": "numba's import",
    "tests/portable/test_every_effect.py::*": "numba's import",
    "tests/portable/test_frames.py::*": "numba's import",
    "tests/ui/*cpython*": "a browser and CPython",
    "tests/ui/*micropython*": "a browser and MicroPython",
}


def group_of(nodeid: str) -> str:
    """What the test shares with others; its own id where it shares nothing."""
    return next((name for pattern, name in GROUPS.items() if fnmatchcase(nodeid, pattern)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Schedule group by group, the largest first, where `--dist loadgroup` asks for it."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = group_of  # noqa: SLF001  # what its other schedulers override
    return scheduler
