"""The bench of the server measures what it says, and would see a wrong answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.bench import mcp as bench
from pyralis.deploy.bench.mcp_input import MALFORMED, is_right
from pyralis.deploy.bench.mcp_lines import serving

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig


def test_list_and_bad_input_are_within_their_targets(rig: Rig) -> None:
    with serving(rig.root) as server:
        found = {one.name: one for one in [*bench.of_the_list(server), *bench.of_bad_input(server, 60)]}
    assert not [name for name, figure in found.items() if figure.missed]
    assert len(MALFORMED) == len(set(MALFORMED)) == 33
    assert 0 < found["fuzzed calls, of 60, that were refused"].values[0] < 60


def test_one_value_beyond_its_target_is_a_miss() -> None:
    figure = bench.Figure("cancel", [0.4, 1.6], "s", 1.5)
    assert figure.missed
    assert not bench.Figure("cancel", [0.4, 1.5], "s", 1.5).missed
    assert not bench.Figure("refused", [9], "").missed
    part = bench.McpBench(rig=None)  # type: ignore[arg-type]
    part.figures = [figure]
    assert "| cancel | 1.00 s | 1.60 s | 1.50 s |" in bench.figures_table(part)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ({"error": {"code": -32602}}, True),
        ({"error": {"code": -32603}}, False),
        ({"result": {"isError": True, "content": [{"text": "Error executing tool run_flash"}]}}, False),
        ({"result": {"isError": True, "content": [{"text": "Error executing tool run_flash: workers"}]}}, True),
        ({"result": {"content": [{"text": "ok"}]}}, False),
        ({"result": {"content": [{"text": "ok"}], "structuredContent": {}}}, True),
    ],
)
def test_answers_that_are_right(answer: dict[str, Any], right: bool) -> None:
    assert is_right(answer) == right
