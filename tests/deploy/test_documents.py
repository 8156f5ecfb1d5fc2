"""docs/pipeline.md is complete: commands, fields of the device list, settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyralis.deploy.build import compiler
from pyralis.deploy.cli import COMMANDS
from pyralis.deploy.devices import ENTRY
from pyralis.deploy.interpreters import SETTING
from pyralis.deploy.live.run import SUITE_SETTING
from pyralis.deploy.results import ALL_FILE, JUNIT_FILE, LAST_GOOD_FILE
from pyralis.deploy.unittest import RESULTS_FILE

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "pipeline.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "word",
    [
        *(command.name for command in COMMANDS),
        *ENTRY["properties"],
        *(value for field in ("type", "platform") for value in ENTRY["properties"][field]["enum"]),
        *(SETTING, SUITE_SETTING, compiler.SETTING),
    ],
)
def test_word_is_explained(word: str) -> None:
    assert re.search(rf"`{re.escape(word)}`", PAGE)


@pytest.mark.parametrize("name", [ALL_FILE, LAST_GOOD_FILE, JUNIT_FILE, RESULTS_FILE])
def test_file_is_explained(name: str) -> None:
    assert f"live/{name}" in PAGE
