"""Whatever effect there is: golden frames, one speed at any tick rate, the largest pictures, no garbage.

What holds for every effect at small sizes and on both interpreters is in test_effects.py.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import frames
import pyralis
from executors import NativeRun, on_micropython
from pyralis import catalogue
from pyralis.kernel import numba_missing

if TYPE_CHECKING:
    from executors import Run

IN_CATALOGUE = [
    entry["type"] for entry in catalogue.scan(Path(pyralis.__file__).parent) if entry["category"] == "effect"
]
FAILS_ON_PURPOSE = "Fault"


def ticks(each_second: int, duration_ms: int) -> list[int]:
    """The whole milliseconds of each tick, as a clock shows them."""
    ends = [1000 * number // each_second for number in range(each_second * duration_ms // 1000 + 1)]
    return [end - start for start, end in pairwise(ends)]


def after(effect: str, durations_ms: list[int]) -> bytes:
    """The picture after these ticks."""
    size = (7, 3, 1)
    made = frames.make(effect, {}, size)
    buffer = bytearray(3 * 7 * 3)
    for elapsed_ms in durations_ms:
        made.services.elapsed_ms = elapsed_ms
        made.draw(buffer, *size)
    return bytes(buffer)


def test_every_modifier_of_the_catalogue_has_golden_frames() -> None:
    entries = catalogue.scan(Path(pyralis.__file__).parent)
    assert sorted(frames.MODIFIERS) == [entry["type"] for entry in entries if entry["category"] == "modifier"]


def test_every_effect_of_the_catalogue_has_golden_frames() -> None:
    shows_what_it_receives = "NetworkIn"
    assert sorted([*frames.EFFECTS, FAILS_ON_PURPOSE, shows_what_it_receives]) == sorted(IN_CATALOGUE)


@pytest.mark.parametrize("effect", frames.EFFECTS)
def test_10_and_60_and_1000_ticks_a_second_end_in_the_same_phase(effect: str) -> None:
    slow, usual, fast = (ticks(each_second, 400) for each_second in (10, 60, 1000))
    assert [sum(slow), len(slow), sum(usual), len(usual), len(fast)] == [400, 4, 400, 24, 400]
    assert after(effect, slow) == after(effect, usual) == after(effect, fast)


@pytest.fixture(scope="session")
def huge(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run | NativeRun]:
    """The runs that draw the largest pictures."""
    if numba_missing():
        pytest.skip("no numba: install the extra 'fast'")
    return {
        "viper": on_micropython("huge", True, pytestconfig, tmp_path_factory),
        "numba": NativeRun("huge"),
    }


@pytest.mark.parametrize("effect", frames.EFFECTS)
def test_the_largest_pictures_are_the_same_on_viper_and_numba(effect: str, huge: dict[str, Run | NativeRun]) -> None:
    cases = [effect + " " + "x".join(map(str, size)) for size in frames.HUGE_SIZES]
    found = {name: [run.cases()[case]["hash"] for case in cases] for name, run in huge.items()}
    assert found["viper"] == found["numba"]


@pytest.fixture(scope="session")
def garbage(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that counts bytes."""
    return on_micropython("garbage", True, pytestconfig, tmp_path_factory)


@pytest.mark.parametrize("effect", frames.EFFECTS)
def test_a_thousand_frames_make_no_garbage_on_micropython(effect: str, garbage: Run) -> None:
    assert garbage.cases()[effect]["bytes"] == 0


def test_a_thousand_ticks_of_all_modifiers_in_a_chain_make_no_garbage_on_micropython(garbage: Run) -> None:
    assert garbage.cases()["chain"]["bytes"] == 0
