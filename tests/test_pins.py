"""The pins are compared line by line, and each way in which they can disagree is named."""

from __future__ import annotations

import pytest

import pins

PROJECT = """
[build-system]
requires = ["uv_build==1.0"]

[tool.uv]
constraint-dependencies = [
    "apple==1.0",
    "pear==2.1",
]
"""
LOCK = """apple==1.0 \\
    --hash=sha256:aa
pear==2.1 ; sys_platform == 'linux' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
"""


def test_what_agrees_has_no_faults() -> None:
    assert pins.faults(PROJECT, LOCK, LOCK) == []


def test_a_version_that_only_the_project_holds_is_named() -> None:
    found = pins.faults(PROJECT.replace("pear==2.1", "pear==2.2"), LOCK, LOCK)
    assert found == ["only in pyproject.toml: pear==2.2", "only in requirements.lock: pear==2.1"]


def test_a_package_without_a_pin_is_named() -> None:
    resolved = LOCK + "plum==3.0 \\\n    --hash=sha256:dd\n"
    assert pins.faults(PROJECT, LOCK, resolved) == ["only in the index: plum==3.0"]
    assert "only in requirements.lock: plum==3.0" in pins.faults(PROJECT, resolved, resolved)


@pytest.mark.parametrize(
    ("resolved", "fault"),
    [
        (LOCK.replace("sha256:cc", "sha256:ee"), "only in the index: --hash=sha256:ee"),
        (LOCK.replace(" \\\n    --hash=sha256:cc", ""), "only in requirements.lock: --hash=sha256:cc"),
        (LOCK + "    --hash=sha256:ff\n", "only in the index: --hash=sha256:ff"),
    ],
    ids=["replaced", "gone", "added"],
)
def test_a_file_that_changed_is_named(resolved: str, fault: str) -> None:
    assert fault in pins.faults(PROJECT, LOCK, resolved)


def test_an_address_in_the_lock_is_refused() -> None:
    lock = "--index-url https://example.org/simple\n" + LOCK
    assert pins.faults(PROJECT, lock, lock) == [
        "requirements.lock holds an address: --index-url https://example.org/simple"
    ]


def test_a_builder_without_an_exact_version_is_refused() -> None:
    project = PROJECT.replace("uv_build==1.0", "uv_build>=1.0")
    assert pins.faults(project, LOCK, LOCK) == ["pyproject.toml builds with uv_build>=1.0, which is no exact version"]


def test_two_versions_of_a_package_cannot_be_pinned() -> None:
    with pytest.raises(pins.PinError, match="more than one version of apple"):
        pins.pins_of(LOCK + "apple==1.1 ; python_version < '3.12'\n")


def test_written_constraints_are_read_again() -> None:
    written = pins.with_constraints(PROJECT, ["fig==1.0", "kiwi==2.0"])
    assert pins.read_constraints(written) == ["fig==1.0", "kiwi==2.0"]
    assert pins.with_constraints(written, ["apple==1.0", "pear==2.1"]) == PROJECT


def test_a_project_without_the_list_is_refused() -> None:
    with pytest.raises(pins.PinError, match="constraint-dependencies"):
        pins.with_constraints("[tool.uv]\n", ["fig==1.0"])


def test_the_repository_agrees_with_itself() -> None:
    """Without the index: `just check` asks that one."""
    project_text = (pins.ROOT / pins.PROJECT_FILE).read_text(encoding="utf-8")
    lock_text = (pins.ROOT / pins.LOCK_FILE).read_text(encoding="utf-8")
    assert pins.faults(project_text, lock_text, lock_text) == []
