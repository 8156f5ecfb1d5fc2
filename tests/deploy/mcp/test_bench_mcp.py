"""The bench of the server measures what it says, and would see a wrong answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.bench import mcp as bench

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig


def test_list_and_bad_input_are_within_their_targets(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "CALLS", 60)
    with bench._server(rig.root) as server:
        found = [*bench._of_the_list(server), *bench._of_bad_input(server)]
    assert not [name for name, value, target, _ in found if target and value > target]
    figures = {name: value for name, value, _, _ in found}
    assert figures["kinds of malformed lines survived"] == 33
    assert 0 < figures["of 60 fuzzed calls, those refused"] < 60


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
    assert bench._is_right(answer) == right
