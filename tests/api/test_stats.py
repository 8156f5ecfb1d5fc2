"""Figures are news where they changed; tick times only beyond their noise."""

from __future__ import annotations

import pytest
from service import Service

from pyralis.api.stats import Stats, is_news


@pytest.mark.parametrize(
    ("known", "new", "expected"),
    [
        (["a", 160, 7], ["a", 160, 7], False),
        (["a", 160, 7], ["a", 170, 7], False),
        (["a", 160, 7], ["a", 171, 7], True),
        (["a", 160, 7], ["a", 149, 7], True),
        (["a", 160, 7], ["a", 160, 8], True),
        (["a", 0, 7], ["a", 1, 7], True),
    ],
)
def test_what_counts_as_news(known: list[object], new: list[object], expected: bool) -> None:
    assert is_news(known, new) == expected


def test_small_changes_add_up_to_news(service: Service) -> None:
    probe = service.add("Probe")
    stats = Stats(service.manager, service.system)
    told = []
    for tick_us in range(160, 200, 4):
        probe.tick_us = tick_us
        stats.advance()
        told += [figures[1] for figures in stats.since(stats.seconds - 1)["modules"]]  # type: ignore[attr-defined]
    assert told == [160, 172, 184, 196]


def test_a_client_of_the_second_before_gets_what_changed_and_any_other_gets_all(service: Service) -> None:
    service.add("Probe")
    stats = Stats(service.manager, service.system)
    stats.advance()
    service.add("Probe")
    stats.advance()
    assert set(stats.since(stats.seconds - 1)["system"]) == {"modules"}  # type: ignore[call-overload]
    for seconds in (-1, stats.seconds - 2):
        whole = stats.since(seconds)
        assert whole["system"] == service.system.stats()
        assert len(whole["modules"]) == 2  # type: ignore[arg-type]


def test_a_deleted_module_is_in_no_figures(service: Service) -> None:
    stats = Stats(service.manager, service.system)
    probe = service.add("Probe")
    stats.advance()
    service.manager.delete(probe.id)
    stats.advance()
    assert stats.since(-1)["modules"] == []
