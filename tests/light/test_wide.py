"""Maps of more lights than 16 bits can number."""

from __future__ import annotations

from array import array

from stage import Stage

from pyralis.light.blending import GAP, gather
from pyralis.light.physmap import PhysMap
from pyralis.light.wide import gather_wide, make


def test_lights_get_the_colours_that_a_narrow_map_gives_them_and_gaps_none() -> None:
    picture = bytearray(range(1, 31))
    wide = PhysMap()
    wide.count = 6
    gap = make(wide)
    numbers = [9, 0, GAP, 4, 4, 7]
    expected, found = bytearray(18), bytearray(b"\xff" * 18)
    gather(expected, picture, array("H", numbers), 6)
    for i, number in enumerate(numbers):
        wide.table[i] = gap if number == GAP else number
    wide.gather(found, picture, wide.table, wide.count)
    assert found == expected


def test_a_panel_of_90_000_lights_is_lit_where_it_is_wired() -> None:
    stage = Stage()
    driver = stage.add("DriverLayer", gamma=10)
    stage.add("Grid", driver, width=300, height=300, start="bottom left")
    effect = stage.add("Solid", stage.add("EffectsLayer", driver))
    assert driver.map.gather is gather_wide
    picture = effect.parent.buffer
    picture[:] = bytes(range(1, 251)) * 1080
    gathered = bytearray(270_000)
    driver.map.gather(gathered, picture, driver.map.table, driver.map.count)
    rows = [bytes(picture[start : start + 900]) for start in range(0, 270_000, 900)]
    assert gathered == b"".join(reversed(rows))
