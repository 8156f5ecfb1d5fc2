"""Level tables put brightness and gamma into one look-up."""

from __future__ import annotations

import pytest

from pyralis.light.gamma import level_table


def test_full_brightness_without_gamma_changes_nothing() -> None:
    assert level_table(255, 10) == bytes(range(256))


@pytest.mark.parametrize(
    ("brightness", "gamma", "value", "level"), [(255, 22, 128, 56), (128, 10, 255, 128), (128, 22, 128, 28)]
)
def test_levels_are_those_of_the_formula(brightness: int, gamma: int, value: int, level: int) -> None:
    assert level_table(brightness, gamma)[value] == level


def test_brightness_0_is_dark() -> None:
    assert level_table(0, 22) == bytes(256)


@pytest.mark.parametrize("brightness", [1, 7, 128, 255])
@pytest.mark.parametrize("gamma", [10, 22, 30])
def test_a_table_rises_and_a_light_that_is_on_is_not_rounded_off(brightness: int, gamma: int) -> None:
    table = level_table(brightness, gamma)
    assert list(table) == sorted(table)
    assert table[0] == 0
    assert table[1] == 1
    assert table[255] == brightness
