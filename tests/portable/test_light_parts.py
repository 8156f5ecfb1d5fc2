"""Layouts, maps, layers and outputs on CPython and MicroPython. A portable test."""

import gc

from pyralis.light.gamma import level_table
from test_core_parts import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = (
    ("DriverLayer", "driver", "driver_layer"),
    ("EffectsLayer", "layer", "effects_layer"),
    ("Grid", "layout", "layouts.grid"),
    ("Line", "layout", "layouts.line"),
    ("Ring", "layout", "layouts.ring"),
    ("Solid", "effect", "effects.solid"),
    ("Rainbow", "effect", "effects.rainbow"),
    ("Mirror", "modifier", "modifiers.mirror"),
    ("Rotate", "modifier", "modifiers.rotate"),
    ("ArtNetOut", "output", "outputs.artnet_out"),
    ("Preview", "output", "outputs.preview"),
)


class Wall(Stage):
    """A driver, to which a test adds what it needs."""

    def __init__(self) -> None:
        super().__init__()
        for name, category, module in TYPES:
            entry = {"type": name, "category": category, "description": "", "module": "pyralis.light." + module}
            self.platform.types.append(entry)
        self.driver = self.add("DriverLayer", None, {"gamma": 10})

    def add(self, type_name: str, parent: "Any", controls: "dict[str, object] | None" = None) -> "Any":
        return self.manager.add(type_name, parent.id if parent else None, None, None, controls)

    def layer_table(self, layer: "Any") -> "list[int]":
        return list((layer.map or self.driver.map).table)

    def lights(self) -> "list[bytes]":
        buffer = bytes(self.driver.buffer)
        return [buffer[i : i + 3] for i in range(0, len(buffer), 3)]


def table(*layouts: "tuple[str, dict[str, object]]") -> "list[int]":
    """The map of these layouts."""
    wall = Wall()
    for type_name, controls in layouts:
        wall.add(type_name, wall.driver, controls)
    return list(wall.driver.map.table)


def test_grids_are_mapped_in_the_order_of_their_wiring() -> None:
    small: dict[str, object] = {"width": 3, "height": 2}

    def grid(**controls: object) -> "list[int]":
        controls.update(small)
        return table(("Grid", controls))

    assert grid() == [0, 1, 2, 3, 4, 5]
    assert grid(serpentine=True) == [0, 1, 2, 5, 4, 3]
    assert grid(start="bottom right") == [5, 4, 3, 2, 1, 0]
    assert grid(orientation="columns") == [0, 3, 1, 4, 2, 5]
    assert grid(orientation="columns", start="top right", serpentine=True) == [2, 5, 4, 1, 0, 3]
    assert grid(depth=2) == list(range(12))
    assert grid(x=1) == [1, 2, 3, 5, 6, 7]


def test_lines_and_rings_are_mapped() -> None:
    assert table(("Line", {"length": 3, "reverse": True})) == [2, 1, 0]
    assert table(("Line", {"length": 3, "axis": "y", "x": 1})) == [1, 3, 5]
    assert table(("Line", {"length": 2, "x": 2}), ("Line", {"length": 2})) == [2, 3, 0, 1]
    assert table(("Ring", {"lights": 4, "diameter": 3})) == [1, 5, 7, 3]
    assert table(("Ring", {"lights": 4, "diameter": 3, "rotation": 90, "reverse": True})) == [5, 1, 3, 7]


def test_a_geometry_that_does_not_fit_switches_off_the_layout_added_last() -> None:
    wall = Wall()
    first = wall.add("Line", wall.driver, {"length": 100})
    last = wall.add("Line", wall.driver, {"length": 1})
    wall.platform.heap_limit_bytes = 720
    wall.manager.set_controls(last.id, {"length": 300})
    assert (first.status, last.status, wall.driver.light_count()) == ("ok", "disabled", 100)
    wall.manager.set_controls(last.id, {"length": 10})
    assert (first.status, last.status, wall.driver.light_count()) == ("ok", "ok", 110)


def test_layers_are_blended_and_mapped() -> None:
    wall = Wall()
    wall.add("Line", wall.driver, {"length": 2})
    wall.add("Solid", wall.add("EffectsLayer", wall.driver), {"color": "#640000"})
    upper = wall.add("EffectsLayer", wall.driver, {"blend": "add"})
    wall.add("Solid", upper, {"color": "#646400"})
    wall.tick(20, 2)
    assert wall.lights() == [b"\xc8\x64\x00", b"\xc8\x64\x00"]
    wall.manager.delete(upper.id)
    wall.tick(20, 2)
    assert wall.lights() == [b"\x64\x00\x00", b"\x64\x00\x00"]


def test_modifiers_change_which_place_a_light_shows() -> None:
    wall = Wall()
    grid = wall.add("Grid", wall.driver, {"width": 6, "height": 2})
    layer = wall.add("EffectsLayer", wall.driver)
    wall.add("Rainbow", layer, {"speed": 0})
    wall.tick(20, 2)
    rainbow = wall.lights()
    mirror = wall.add("Mirror", layer)
    wall.tick(20, 2)
    shown = wall.lights()
    assert (layer.width, shown[:3]) == (3, shown[5:2:-1])
    assert wall.layer_table(layer) == [0, 1, 2, 2, 1, 0, 3, 4, 5, 5, 4, 3]
    turn = wall.add("Rotate", layer, {"angle": 180, "speed": 0})
    assert wall.layer_table(layer) == [5, 4, 3, 3, 4, 5, 2, 1, 0, 0, 1, 2]
    wall.manager.set_controls(turn.id, {"speed": 255})
    wall.tick(20, 1)
    wall.tick(500, 1)
    assert wall.layer_table(layer) != [5, 4, 3, 3, 4, 5, 2, 1, 0, 0, 1, 2]
    wall.manager.set_controls(grid.id, {"width": 4})
    wall.tick(20, 1)
    assert (layer.width, len(wall.layer_table(layer))) == (2, 8)
    wall.manager.set_controls(grid.id, {"width": 6})
    wall.manager.delete(mirror.id)
    wall.manager.delete(turn.id)
    wall.tick(20, 2)
    assert wall.lights() == rainbow
    assert layer.map is None


def test_a_modifier_that_memory_has_no_room_for_is_switched_off_and_comes_back() -> None:
    wall = Wall()
    wall.add("Line", wall.driver, {"length": 100})
    layer = wall.add("EffectsLayer", wall.driver)
    wall.add("Solid", layer)
    mirror = wall.add("Mirror", layer)
    wall.platform.heap_limit_bytes = 599
    wall.manager.set_controls(mirror.id, {"mirror_x": False})
    assert (mirror.status, layer.status) == ("disabled", "ok")
    wall.platform.heap_limit_bytes = 4000
    wall.manager.set_controls(mirror.id, {"mirror_x": True})
    assert (mirror.status, layer.width) == ("ok", 50)


def test_a_change_fades_and_makes_no_garbage_meanwhile() -> None:
    wall = Wall()
    wall.add("Line", wall.driver, {"length": 2})
    layer = wall.add("EffectsLayer", wall.driver)
    solid = wall.add("Solid", layer, {"color": "#c8c8c8"})
    wall.manager.set_controls(wall.driver.id, {"fade_ms": 10_000})
    make_room = wall.services.memory.make_room
    wall.tick(20, 3)
    wall.manager.set_controls(wall.add("Solid", layer).id, {"color": "#000000"})
    wall.tick(5000, 1)  # a step is a second at most
    shown = wall.lights()[0][0]
    assert 170 < shown < 190, shown
    fade, buffer = wall.driver._fade, wall.driver.buffer
    wall.services.elapsed_ms = 1
    if hasattr(gc, "mem_alloc"):
        gc.collect()
        before_bytes = gc.mem_alloc()
        for _ in range(1000):
            fade.blend(buffer)
        assert gc.mem_alloc() == before_bytes
    for _ in range(10):
        wall.tick(1000, 1)
    assert wall.lights() == [b"\x00\x00\x00"] * 2
    assert not fade.heap_bytes()
    assert wall.services.memory.make_room == make_room
    wall.manager.delete(solid.id)
    wall.tick(20, 1)
    assert fade.heap_bytes()


def test_a_map_is_not_built_again_for_the_same_geometry() -> None:
    wall = Wall()
    grid = wall.add("Grid", wall.driver, {"width": 4, "height": 4})
    before = wall.driver.map
    wall.add("EffectsLayer", wall.driver)
    wall.manager.set_controls(grid.id, {"width": 4})
    assert wall.driver.map is before
    wall.manager.set_controls(grid.id, {"serpentine": True})
    assert wall.driver.map is not before


def test_art_net_packets_have_the_bytes_of_the_specification() -> None:
    wall = Wall()
    wall.add("Line", wall.driver, {"length": 171})
    wall.add("Solid", wall.add("EffectsLayer", wall.driver), {"color": "#010203"})
    controls: dict[str, object] = {"start_universe": 255, "sync": True, "color_order": "GRB", "port": 7000}
    wall.add("ArtNetOut", wall.driver, controls)
    wall.tick(25, 2)
    socket = wall.platform.sockets[-1]
    assert socket.address == ("127.0.0.1", 7000)
    one, two, sync = socket.packets[-3:]
    head = b"Art-Net\x00\x00\x50\x00\x0e"
    assert one[:12] == two[:12] == head
    assert one[12:18] == b"\x01\x00\xff\x00\x01\xfe"
    assert two[12:18] == b"\x01\x00\x00\x01\x00\x04"
    assert one[18:] == b"\x02\x01\x03" * 170
    assert two[18:] == b"\x02\x01\x03\x00"
    assert sync == b"Art-Net\x00\x00\x52\x00\x0e\x00\x00"


def test_a_target_that_is_no_address_disables_an_output() -> None:
    wall = Wall()
    wall.add("Line", wall.driver)
    for target in ("1.2.3", "1.2.3.²", "256.1.1.1", "localhost"):
        assert wall.add("ArtNetOut", wall.driver, {"target": target}).status == "disabled", target


def test_the_preview_packs_frames_and_positions() -> None:
    wall = Wall()
    wall.add("Line", wall.driver, {"length": 2, "y": 1})
    wall.add("Solid", wall.add("EffectsLayer", wall.driver), {"color": "#0a0b0c"})
    wall.add("Preview", wall.driver)
    slot = wall.services.preview
    slot.clients = 1
    wall.tick(50, 2)
    assert bytes(slot.frame or b"") == b"\x01\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x0a\x0b\x0c\x0a\x0b\x0c"
    assert slot.positions is not None
    assert bytes(slot.positions()) == b"\x02\x01\x01\x00\x02\x00\x00\x00\x02\x00\x02\x00\x00\x01\x00\x01\x01\x00"


def test_levels_are_the_same_everywhere() -> None:
    assert level_table(255, 10) == bytes(range(256))
    table = level_table(255, 22)
    assert [table[i] for i in (0, 1, 64, 128, 200, 255)] == [0, 1, 12, 56, 149, 255]
    assert max(level_table(0, 22)) == 0
