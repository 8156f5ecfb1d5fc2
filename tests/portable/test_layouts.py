"""Layouts place their lights in the order of the wire, on CPython and MicroPython. A portable test."""

from array import array

from pyralis.core.errors import Refusal
from pyralis.light.blending import GAP
from pyralis.light.layouts.concentric_rings import ConcentricRings
from pyralis.light.layouts.cube import Cube
from pyralis.light.layouts.led_map import LedMap
from pyralis.light.layouts.panels import Panels
from pyralis.light.layouts.ring import Ring
from pyralis.light.layouts.sphere import Sphere
from pyralis.light.layouts.spiral_strip import SpiralStrip
from pyralis.light.layouts.spoke_wheel import SpokeWheel
from pyralis.light.physmap import measure
from test_core_parts import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROUND = (ConcentricRings, Ring, SpiralStrip, SpokeWheel)


def make(layout_class: "Any", files: "dict[str, bytes] | None" = None, **controls: object) -> "Any":
    """A layout that is set up with these controls."""
    stage = Stage()
    stage.platform.rig_files = {"maps/" + name: data for name, data in (files or {}).items()}
    layout = layout_class(stage.services)
    layout.define_controls()
    for name, value in controls.items():
        assert layout.control(name) is not None, name
        setattr(layout, name, value)
    layout.run_setup()
    return layout


def wire(layout: "Any") -> "list[tuple[int, ...]]":
    """x, y, z of its lights, each of which is within its box."""
    count = layout.light_count()
    positions = array("H", bytes(6 * count))
    layout.place(positions, 0)
    found = [tuple(positions[i : i + 3]) for i in range(0, len(positions), 3)]
    size = layout.extent()
    for place in found:
        if place[0] != GAP:
            for axis in range(3):
                assert place[axis] < size[axis] + (layout.x, layout.y, layout.z)[axis], (place, size)
    return found


def flat(layout: "Any") -> "list[tuple[int, ...]]":
    """The same without z, which is 0."""
    assert all(place[2] == 0 for place in wire(layout))
    return [place[:2] for place in wire(layout)]


def ledmap(text: str, **controls: object) -> "Any":
    return make(LedMap, {"one.json": text.encode()}, file="one.json", **controls)


def test_panels_follow_the_wire_from_panel_to_panel_and_within_each() -> None:
    small = make(Panels, columns=2, rows=1, panel_width=2, panel_height=2)
    assert flat(small) == [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (3, 0), (2, 1), (3, 1)]
    turned = make(
        Panels,
        columns=1,
        rows=2,
        panel_width=2,
        panel_height=2,
        panels_start="bottom left",
        start="top right",
        orientation="columns",
        serpentine=True,
    )
    assert flat(turned) == [(1, 2), (1, 3), (0, 3), (0, 2), (1, 0), (1, 1), (0, 1), (0, 0)]
    snake = make(Panels, columns=2, rows=2, panel_width=1, panel_height=1, panels_serpentine=True)
    assert flat(snake) == [(0, 0), (1, 0), (1, 1), (0, 1)]
    by_columns = make(Panels, columns=2, rows=2, panel_width=1, panel_height=1, panels_orientation="columns", x=5)
    assert flat(by_columns) == [(5, 0), (5, 1), (6, 0), (6, 1)]
    assert small.extent() == (4, 2, 1)


def test_every_panel_has_every_light_once() -> None:
    for serpentine in (False, True):
        for orientation in ("rows", "columns"):
            for start in ("top left", "top right", "bottom left", "bottom right"):
                controls: dict[str, object] = {"serpentine": serpentine, "orientation": orientation, "start": start}
                layout = make(Panels, None, columns=3, rows=2, panel_width=5, panel_height=4, **controls)
                assert len(set(flat(layout))) == layout.light_count() == 120


def test_a_cube_has_six_faces_that_share_no_light() -> None:
    assert wire(make(Cube, size=1)) == [(1, 1, 0), (2, 1, 1), (1, 1, 2), (0, 1, 1), (1, 0, 1), (1, 2, 1)]
    faces = wire(make(Cube, size=2))
    assert faces[:4] == [(1, 1, 0), (2, 1, 0), (1, 2, 0), (2, 2, 0)]
    assert faces[4:8] == [(3, 1, 1), (3, 1, 2), (3, 2, 1), (3, 2, 2)]
    assert faces[8:10] == [(2, 1, 3), (1, 1, 3)]
    assert faces[12:14] == [(0, 1, 2), (0, 1, 1)]
    assert faces[16:18] == [(1, 0, 2), (2, 0, 2)]
    assert faces[20:22] == [(1, 3, 1), (2, 3, 1)]
    assert len(set(wire(make(Cube, size=5)))) == 150
    assert wire(make(Cube, size=2, serpentine=True))[:4] == [(1, 1, 0), (2, 1, 0), (2, 2, 0), (1, 2, 0)]


def test_a_cube_can_have_lights_throughout() -> None:
    full = make(Cube, size=3, part="volume", z=4)
    assert len(set(wire(full))) == 27
    assert wire(full)[:4] == [(0, 0, 4), (1, 0, 4), (2, 0, 4), (0, 1, 4)]
    assert full.extent() == (3, 3, 3)


def test_a_sphere_is_round_and_hollow() -> None:
    ball = make(Sphere)
    places = wire(ball)
    assert (ball.light_count(), ball.extent()) == (226, (13, 13, 13))
    assert places[0] == (6, 0, 5)
    for x, y, z in places:
        square = (x - 6) * (x - 6) + (y - 6) * (y - 6) + (z - 6) * (z - 6)
        assert 26 <= square <= 50, (x, y, z)
    assert wire(make(Sphere, rings=1, lights=4, diameter=3)) == [(1, 1, 0), (2, 1, 1), (1, 1, 2), (0, 1, 1)]
    below = wire(make(Sphere, bottom_up=True))
    assert below[0][1] == 12
    assert sorted(set(below)) == sorted(set(places))


def test_rings_lie_around_one_middle() -> None:
    disc = make(ConcentricRings)
    assert (disc.light_count(), disc.extent()) == (241, (17, 17, 1))
    assert flat(disc)[:9] == [(8, 8), (8, 7), (9, 7), (9, 8), (9, 9), (8, 9), (7, 9), (7, 8), (7, 7)]
    small = make(ConcentricRings, lights="1 4", diameter=3)
    assert flat(small) == [(1, 1), (1, 0), (2, 1), (1, 2), (0, 1)]
    assert flat(make(ConcentricRings, lights="1 4", diameter=3, inwards=True)) == flat(small)[1:] + flat(small)[:1]
    assert flat(make(ConcentricRings, lights="4", diameter=3, reverse=True)) == [(1, 0), (0, 1), (1, 2), (2, 1)]
    assert flat(make(ConcentricRings, lights="1", diameter=3)) == [(1, 1)]
    assert flat(make(ConcentricRings, lights="4 4", diameter=7, rotation=90))[::4] == [(4, 3), (6, 3)]


def test_rings_that_are_no_numbers_are_refused() -> None:
    for lights in ("", " ", "1 two", "0 8", "8 4097", "-1", "1,8", "1²"):
        layout = make(ConcentricRings, lights=lights)
        assert (layout.status, layout.light_count()) == ("disabled", 0), lights
        assert "numbers from 1 to 4096" in layout.reason


def test_a_spiral_winds_outwards_with_lights_evenly_apart() -> None:
    strip = flat(make(SpiralStrip, lights=400, diameter=65, windings=4))
    assert strip[0] == (32, 32)
    assert strip[-1] == (32, 0)
    radius = [(x - 32) * (x - 32) + (y - 32) * (y - 32) for x, y in strip]
    assert all(radius[i] <= radius[i + 100] for i in range(300))
    steps = [abs(strip[i + 1][0] - strip[i][0]) + abs(strip[i + 1][1] - strip[i][1]) for i in range(399)]
    assert max(steps) <= 5
    assert flat(make(SpiralStrip, lights=400, diameter=65, reverse=True)) == strip[::-1]
    mirrored = flat(make(SpiralStrip, lights=400, diameter=65, counterclockwise=True))
    assert all(abs(64 - mirrored[i][0] - strip[i][0]) <= 1 for i in range(400))


def test_spokes_run_from_the_hub_to_the_rim() -> None:
    wheel = make(SpokeWheel, spokes=4, lights=3, diameter=9, hub=4)
    assert flat(wheel)[:3] == [(4, 2), (4, 1), (4, 0)]
    assert flat(wheel)[3:6] == [(6, 4), (7, 4), (8, 4)]
    snake = make(SpokeWheel, spokes=4, lights=3, diameter=9, hub=4, serpentine=True)
    assert flat(snake)[3:6] == [(8, 4), (7, 4), (6, 4)]
    assert flat(make(SpokeWheel, spokes=4, lights=1, diameter=9, reverse=True)) == [(4, 0), (0, 4), (4, 8), (8, 4)]


def test_round_layouts_stay_in_their_box_at_every_size_and_rotation() -> None:
    for layout_class in ROUND:
        for diameter in (1, 2, 3, 8, 255):
            for rotation in (0, 45, 90, 123, 359):
                wire(make(layout_class, diameter=diameter, rotation=rotation, x=3, y=2, z=1))
    for diameter in (1, 2, 3, 8, 100):
        for rotation in (0, 45, 123):
            for rings in (1, 2, 128):
                wire(make(Sphere, diameter=diameter, rotation=rotation, rings=rings, x=3, y=2, z=1))


def test_a_ledmap_says_which_light_is_at_each_point() -> None:
    layout = ledmap('{"n": "a [name]", "map": [0, -1, 1,\n 3, 2, -1], "width": 3, "height": 2, "more": [{"a": [1]}]}')
    assert (layout.status, layout.light_count(), layout.extent()) == ("ok", 4, (3, 2, 1))
    assert flat(layout) == [(0, 0), (2, 0), (1, 1), (0, 1)]
    moved = ledmap('{"width": 1, "map": [1, 0]}', x=7, y=8, z=9)
    assert wire(moved) == [(7, 9, 9), (7, 8, 9)]


def test_a_ledmap_without_a_width_is_a_strip_or_as_wide_as_the_control_says() -> None:
    assert flat(ledmap('{"map": [2, 1, 0]}')) == [(2, 0), (1, 0), (0, 0)]
    assert flat(ledmap('{"map": [0, 1, 2, 3]}', width=2)) == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_a_light_that_a_map_leaves_out_is_a_gap() -> None:
    layout = ledmap('{"map": [0, 3]}')
    assert (layout.light_count(), layout.extent()) == (4, (2, 1, 1))
    assert [place[0] for place in wire(layout)] == [0, GAP, GAP, 1]
    made = measure([layout])
    made.build(layout.services.memory)
    assert list(made.table) == [0, GAP, GAP, 1]
    listed = ledmap("[[1,2],null,[0,0,3]]")
    assert wire(listed)[0] == (1, 2, 0)
    assert wire(listed)[1][0] == GAP
    assert wire(listed)[2] == (0, 0, 3)
    assert listed.extent() == (2, 3, 4)


def test_a_long_map_is_read_piece_by_piece() -> None:
    places = [(i % 97, i // 97) for i in range(3000)]
    text = " [\n" + ",\n".join([f"[ {x} , {y} ]" for x, y in places]) + " ]\n"
    assert flat(ledmap(text)) == places
    assert flat(ledmap(text.replace(" ", "").replace("\n", ""))) == places


def test_a_map_that_is_wrong_says_which_entry() -> None:
    wrong = {
        "": "it starts neither with",
        "7": "it starts neither with",
        "[[0,0],[1,2": "entry 1 is followed by the end of the file",
        "[[0,0],[1,2.5]]": "entry 1 is 2.5: it takes a whole number from 0 to 4095",
        "[[0,0],[1,-2]]": "entry 1 is -2",
        "[[0,0],[1,4096]]": "entry 1 is 4096",
        "[[0,0],7]": "entry 1 is 7: it takes [x, y], [x, y, z] or null",
        "[[0,0],[7]]": "entry 1 has 1 numbers",
        "[[0,0],[1,2,3,4]]": "entry 1 has 4 numbers",
        "[[0,0] [1,1]]": "entry 0 is followed by [",
        "[[0,0],]": "entry 1 is ]",
        '[[0,"1"]]': 'entry 0 is "1"',
        "[]": "it has no light in it",
        "[null]": "it has no light in it",
        "[[0,0]] x": "something follows its end: x",
        "{}": 'it has no "map"',
        '{"map": 3}': 'it has no "map"',
        '{"map": [0, 1, -2]}': "entry 2 is -2: it takes a whole number from -1 to 65534",
        '{"map": [0, 65535]}': "entry 1 is 65535",
        '{"map": [0, null]}': "entry 1 is null",
        '{"map": [-1]}': "it has no light in it",
        '{"map": [0], "width": 0}': "width is 0: it takes a whole number from 1 to 4096",
        '{"map": [0], "more": [': "it ends too early",
        '{"map" [0]}': '"name": value',
        "[[0,0],[\u00e9,1]]": "entry 1 is ??",
    }
    for text, reason in wrong.items():
        layout = ledmap(text)
        assert layout.status == "disabled", text
        assert reason in layout.reason, (text, layout.reason)
        assert layout.reason.startswith("maps/one.json cannot be used: "), layout.reason
        assert layout.light_count() == 0


def test_a_file_that_is_not_there_or_not_in_the_rig_is_refused() -> None:
    assert "the rig has no file maps/two.json" in make(LedMap, {}, file="two.json").reason
    for name in ("../rig.json", "/etc/x.json", "a/b.json", "a\\b.json", "secret", ".json/..", "\u00e9.json"):
        layout = make(LedMap, {name: b"[[0,0]]"}, file=name)
        assert (layout.status, layout.light_count()) == ("disabled", 0), name
        assert "file in the rig's folder maps" in layout.reason


def test_without_a_file_it_waits_for_one() -> None:
    layout = make(LedMap)
    assert (layout.status, layout.light_count()) == ("ok", 0)
    assert layout.health_report() == "Waiting for the name of a file"


def test_a_light_outside_of_its_box_is_still_a_fault() -> None:
    layout = ledmap("[[0,0],[1,1]]")
    made = measure([layout])
    layout.services.platform.rig_files["maps/one.json"] = b"[[0,0],[1,2]]"
    said = ""
    try:
        made.build(layout.services.memory)
    except Refusal as error:
        said = error.message
    assert "places lights outside of its extent" in said
    assert layout.status == "failed"
