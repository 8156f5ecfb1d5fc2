"""Network outputs on CPython and MicroPython, over a real socket. A portable test."""

import gc
import os
import socket

from test_light_parts import Wall
from test_platform import platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OUTPUTS = (("ArtNetOut", "artnet_out"), ("SacnOut", "sacn_out"), ("DdpOut", "ddp_out"))
FRAMES = 1000
COLOR = (0x11, 0x22, 0x33)


def receiver() -> "tuple[Any, int]":
    """A bound socket, and its port: from a place of its own, as tests beside this one share ports with REUSEADDR."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(10)
    first = 40_000 + int.from_bytes(os.urandom(2), "little") % 20_000
    for port in range(first, first + 100):
        try:
            made.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        except OSError:
            continue
        return made, port
    raise AssertionError("no free port")


def output(name: str, lights: int, port: int, controls: "dict[str, object]") -> "Any":
    """An output of a line in one colour, on this machine's network."""
    wall = Wall()
    for type_name, module in OUTPUTS:
        entry = {
            "type": type_name,
            "category": "output",
            "description": "",
            "module": "pyralis.light.outputs." + module,
        }
        wall.platform.types.append(entry)
    wall.add("Line", wall.driver, {"length": lights})
    wall.add("Solid", wall.add("EffectsLayer", wall.driver), {"color": "#112233"})
    wall.platform.open_datagram = platform().open_datagram  # type: ignore[method-assign, assignment]
    controls["port"] = port
    out = wall.add(name, wall.driver, controls)
    out.services.stage = wall
    assert out.status == "ok", out.reason
    out.parent.on_control("")
    out.parent.loop()
    for layer in out.parent.children:
        for effect in layer.children:
            layer.loop()
            effect.loop()
    out.parent.loop()
    return out


def send_frame(out: "Any") -> None:
    """All packets of a frame, as if it were a new picture."""
    out._sent = -1
    out.send(out.parent, out.parent.buffer)
    while out._left:
        out._send_some(out._socket)


def test_packets_arrive_whole() -> None:
    sink, port = receiver()
    for name, header, lights in (("ArtNetOut", 18, 170), ("SacnOut", 126, 170), ("DdpOut", 10, 480)):
        out = output(name, lights + 1, port, {})
        send_frame(out)
        one, two = sink.recv(2000), sink.recv(2000)
        assert one[header:] == bytes(COLOR) * lights, name
        assert two[header : header + 3] == bytes(COLOR), name
        out._close()
    sink.close()


def test_white_is_taken_out_of_the_colours() -> None:
    sink, port = receiver()
    for name, header in (("ArtNetOut", 18), ("SacnOut", 126), ("DdpOut", 10)):
        out = output(name, 2, port, {"white": 1, "color_order": "BGR"})
        send_frame(out)
        assert sink.recv(2000)[header:] == b"\x11\x22\x11\x00" * 2, name
        out._close()
    sink.close()


def test_a_budget_dims_what_is_sent() -> None:
    sink, port = receiver()
    out = output("ArtNetOut", 2, port, {})
    budget = budget_beside(out, 2 + 3)
    send_frame(out)
    assert sink.recv(2000)[18:] == bytes([0x11 * 51 >> 8, 0x22 * 51 >> 8, 0x33 * 51 >> 8]) * 2
    assert budget.health_report() == "OK: dimmed to 19 %, 17 mA would exceed 5"
    out._close()
    sink.close()


def budget_beside(out: "Any", budget_ma: int) -> "Any":
    """A budget for the lights of an output, which has weighed them."""
    from pyralis.light.outputs.power_budget import PowerBudget

    budget = PowerBudget(out.services)
    budget.define_controls()
    budget.budget_ma, budget.parent = budget_ma, out.parent
    budget.run_setup()
    budget.loop()
    return budget


def test_several_receivers_share_the_lights() -> None:
    sink, port = receiver()
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(socket.getaddrinfo("127.0.0.2", port)[0][-1])
    other.settimeout(10)
    for name, header, share in (("ArtNetOut", 18, 1), ("SacnOut", 126, 1), ("DdpOut", 10, 170)):
        out = output(name, 172, port, {"target": f"127.0.0.1*{share}, 127.0.0.2"})
        send_frame(out)
        assert sink.recv(2000)[header:] == bytes(COLOR) * 170, name
        assert other.recv(2000)[header:] == bytes(COLOR) * 2, name
        out.teardown()
        if name == "SacnOut":
            assert [each.recv(2000)[112] for each in (sink, other) for _ in range(3)] == [0x40] * 6
    sink.close()
    other.close()


def test_an_ended_stream_says_so() -> None:
    sink, port = receiver()
    out = output("SacnOut", 1, port, {})
    out.teardown()
    assert [sink.recv(2000)[112] for _ in range(3)] == [0x40, 0x40, 0x40]
    sink.close()


def test_a_thousand_frames_leave_no_garbage() -> None:
    """CPython counts in tests/light/outputs/test_network.py."""
    if not hasattr(gc, "mem_alloc"):
        return
    sink, port = receiver()
    for name, _ in OUTPUTS:
        for controls in ({}, {"white": 4}, {"pace": 1}, {"target": "127.0.0.1, 127.0.0.2"}):
            out = output(name, 500, port, dict(controls))
            send_frame(out)
            gc.collect()
            gc.disable()
            before = gc.mem_alloc()
            for _ in range(FRAMES):
                send_frame(out)
            left = gc.mem_alloc() - before
            gc.enable()
            assert left < 100, (name, controls, left)
            out._close()
    sink.close()


def test_a_thousand_pictures_that_are_weighed_leave_no_garbage() -> None:
    """CPython counts in tests/light/outputs/test_power_budget.py."""
    if not hasattr(gc, "mem_alloc"):
        return
    for white in (0, 4):
        out = output("ArtNetOut", 500, 6454, {"white": white})
        budget = budget_beside(out, 800)
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        for _ in range(FRAMES):
            out.parent.version += 1
            budget.loop()
        left = gc.mem_alloc() - before
        gc.enable()
        assert left < 100, (white, left)
        out._close()


def test_a_thousand_whole_ticks_leave_no_garbage() -> None:
    """Of two effects, blended, mapped and sent by every protocol; the scheduler's own calls are left out."""
    if not hasattr(gc, "mem_alloc"):
        return
    sink, port = receiver()
    out = output("ArtNetOut", 300, port, {"fps": 120})
    driver, stage = out.parent, out.services.stage
    for name in ("SacnOut", "DdpOut"):
        stage.add(name, driver, {"port": port, "fps": 120})
    stage.add("Rainbow", driver.children[1], {"opacity": 100})
    stage.tick(17, 10)
    modules = stage.scheduler._plan
    version = driver.version
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for _ in range(FRAMES):
        for module in modules:
            module.loop()
    left = gc.mem_alloc() - before
    gc.enable()
    assert driver.version == version + FRAMES
    assert left < 100, left
    for module in modules:
        module.teardown()
    sink.close()


def network_in(lights: int, controls: "dict[str, object]") -> "tuple[Wall, Any, int]":
    """A line that shows what comes to a port as Art-Net, its effect, and that port."""
    wall = Wall()
    entry = {"type": "NetworkIn", "category": "effect", "description": "", "module": "pyralis.light.effects.network_in"}
    wall.platform.types.append(entry)
    sink, port = receiver()
    sink.close()
    wall.platform.open_receiver = lambda number: platform().open_receiver(port)  # type: ignore[method-assign, assignment, return-value]
    wall.add("Line", wall.driver, {"length": lights})
    controls.update(sacn=False, ddp=False)
    effect = wall.add("NetworkIn", wall.add("EffectsLayer", wall.driver), controls)
    assert effect.status == "ok", effect.reason
    return wall, effect, port


def test_what_is_sent_over_the_network_is_shown_there() -> None:
    wall, effect, port = network_in(171, {})
    layer = effect.parent
    out = output("ArtNetOut", 171, port, {})
    for _ in range(3):
        send_frame(out)
    wall.tick(20, 1)
    assert bytes(layer.buffer) == bytes(COLOR) * 171
    assert effect.health_report() == "OK: 2 of 2 universes"
    out._close()
    wall.tick(1000, 4)
    assert bytes(layer.buffer) == bytes(3 * 171)
    effect.teardown()


def test_lights_with_white_are_shown_as_they_were() -> None:
    wall, effect, port = network_in(129, {"white": 2})
    layer = effect.parent
    out = output("ArtNetOut", 129, port, {"white": 2})
    send_frame(out)
    wall.tick(20, 1)
    assert bytes(layer.buffer) == bytes(COLOR) * 129
    out._close()
    effect.teardown()


def test_a_poll_is_answered() -> None:
    sink, port = receiver()
    sink.close()
    node = platform().open_receiver(port)
    console, _ = receiver()
    console.sendto(b"?", socket.getaddrinfo("127.0.0.1", port)[0][-1])
    packet, sender = node.receive() or (b"", None)
    assert packet == b"?"
    assert node.own_address(sender) in (b"\x7f\x00\x00\x01", b"\x00\x00\x00\x00")
    assert node.reply(b"!", sender)
    assert console.recv(10) == b"!"
    assert node.receive() is None
    node.join("239.255.0.1")
    node.close()
    console.close()
