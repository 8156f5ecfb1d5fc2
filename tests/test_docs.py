"""What the docs list is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyralis.api.answer import CODES, status_of
from pyralis.deploy.cli import COMMANDS
from pyralis.kernel.checker import RULES

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_error_code_stands_beside_its_status() -> None:
    rows = dict(re.findall(r"^\| (\d{3}) \| (.*) \|$", read("docs/api.md"), re.MULTILINE))
    documented = {code: int(status) for status, codes in rows.items() for code in re.findall(r"`(\w+)`", codes)}
    assert documented == {code: status_of(code) for code in re.findall(r"[a-z_]+", CODES)}


def test_every_path_of_the_api_is_listed() -> None:
    source = read("src/pyralis/api/routes.py")
    names = re.findall(r'"(\w+)": self\._\w+,', source) + re.findall(r'in \("controls".*\)', source)[0].split('"')[1::2]
    page = read("docs/api.md")
    assert len(names) >= 9
    assert [name for name in names if f"/{name}" not in page] == []


def test_every_rule_of_the_kernel_language_is_explained() -> None:
    documented = re.findall(r"^\| (K\d) \|", read("docs/kernels.md"), re.MULTILINE)
    assert documented == sorted(RULES)


def test_every_command_is_in_the_readme() -> None:
    readme = read("README.md").split("## Commands")[1]
    assert [command.name for command in COMMANDS if f"`{command.name}" not in readme] == []


def test_every_decision_is_in_their_index() -> None:
    index = read("docs/decisions/README.md")
    decisions = [path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md")]
    assert [name for name in decisions if f"({name})" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    missing = [link for link in links if link and "://" not in link and not (page.parent / link).exists()]
    assert missing == []
