"""The command `pyralis bench`: what it runs, writes, prints and returns; the parts have tests of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

import pytest

from pyralis.deploy import cli
from pyralis.deploy.bench import documents, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyralis.deploy.bench.effects import EffectsBench
    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Step

TABLE = "| what | ms |\n| ---- | -: |\n| all  |  7 |"


class FakePart:
    """Measures nothing."""

    ran: ClassVar[list[str]] = []

    def __init__(self, rig: Rig) -> None:
        self.missed: list[str] = []

    def run(self, step: Step) -> None:
        self.ran.append(step.path[-1])
        step.summarise("seven", figures={"all": 7})


class MissingPart(FakePart):
    """Misses a target."""

    def run(self, step: Step) -> None:
        self.missed = ["p99_ms 25 (target 20)"]


class InterruptedPart(FakePart):
    """Meets Ctrl-C."""

    def run(self, step: Step) -> None:
        raise KeyboardInterrupt


def sections(part: EffectsBench) -> Iterator[tuple[str, str, str]]:
    yield "performance.md", "http", TABLE


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    FakePart.ran.clear()
    monkeypatch.setattr(
        run,
        "PARTS",
        {
            "effects": FakePart,
            "light": FakePart,
            "outputs": FakePart,
            "memory": FakePart,
            "http": FakePart,
            "reload": FakePart,
            "flash": FakePart,
            "mcp": FakePart,
        },
    )
    monkeypatch.setattr(documents, "sections", sections)
    monkeypatch.setattr(run, "build", lambda rig, target, step: None)


def bench(rig: Rig, *arguments: str) -> int:
    return cli.main(["bench", "--rig", str(rig.root), *arguments])


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["bench", "--help"])
    text = capsys.readouterr().out
    assert raised.value.code == 0
    assert "examples:\n  pyralis bench" in text
    assert "--json" in text


def test_all_parts_run_in_their_order_unless_some_are_named(rig: Rig) -> None:
    assert bench(rig) == 0
    assert FakePart.ran == ["effects", "light", "outputs", "memory", "http", "reload", "flash", "mcp"]
    FakePart.ran.clear()
    assert bench(rig, "http", "effects") == 0
    assert FakePart.ran == ["effects", "http"]


def test_an_unknown_part_is_a_wrong_argument(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        bench(rig, "speed")
    assert raised.value.code == 2
    assert "'speed' is not one of effects, light, outputs, memory, http, reload, flash, mcp" in capsys.readouterr().err


def test_tables_are_printed_and_written_with_machine_commit_and_date(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(rig, "http") == 0
    printed = capsys.readouterr().out
    page = (rig.root / "docs" / "performance.md").read_text(encoding="utf-8")
    for text in (printed, page):
        assert TABLE in text
        assert "Measured on " in text
        assert "commit unknown; 20" in text
    assert "## Effects" in page


def test_without_writing_the_pages_stay(rig: Rig) -> None:
    assert bench(rig, "--no-write") == 0
    assert not (rig.root / "docs" / "performance.md").exists()


def test_json_has_all_figures_and_the_machine(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(rig, "http", "--json") == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert "cores" in json.dumps(result)
    assert '"figures": {"all": 7}' in json.dumps(result)


def test_a_missed_target_is_told_and_fails_only_a_check(
    rig: Rig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(run.PARTS, "http", MissingPart)
    assert bench(rig, "http") == 0
    assert "missed: p99_ms 25 (target 20)" in capsys.readouterr().out
    assert bench(rig, "http", "--check") == 1


def test_ctrl_c_ends_it_without_a_traceback(
    rig: Rig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(run.PARTS, "effects", InterruptedPart)
    assert bench(rig) == 130
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert not (rig.root / "docs" / "performance.md").exists()
