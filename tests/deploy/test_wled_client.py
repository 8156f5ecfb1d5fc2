"""The client that home automation has for WLED controls a real runtime, under either interpreter."""

from __future__ import annotations

import asyncio
import functools
import json
import socket
import urllib.request
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from wled import WLED, Device, WLEDError

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.identity import identify
from pyralis.deploy.interpreters import Launch, Options, on_cpython, on_micropython
from pyralis.deploy.runner import Runner, free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Step

    Script = Callable[["WLED", "Any"], Awaitable[None]]

TREE = [
    {
        "type": "DriverLayer",
        "children": [
            {"type": "Grid", "controls": {"width": 8, "height": 4}},
            {"type": "EffectsLayer", "name": "Picture", "children": [{"type": "Solid"}]},
        ],
    }
]
TIMEOUT_S = 60  # no test comes near


class OnePort(AbstractResolver):
    """Leads every name to one port of this machine; the client itself knows port 80 alone."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=self._port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        pass


class Light:
    """A runtime that serves, and what its own API says of it."""

    def __init__(self, launch: Launch, log: Path) -> None:
        self.runner = Runner(launch, log)
        self.url = ""

    def ask(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}{path}", data, timeout=TIMEOUT_S) as response:
            return json.load(response)

    def control(self, module: str, name: str) -> Any:
        controls = self.ask(f"/api/modules/{module}")["controls"]
        return next(control["value"] for control in controls if control["name"] == name)

    def effect(self) -> str:
        kind: str = self.ask("/api/modules/solid-4")["type"]
        return kind

    @asynccontextmanager
    async def client(self) -> AsyncIterator[WLED]:
        """The client, as home automation makes it: with a name and a session."""
        connector = aiohttp.TCPConnector(resolver=OnePort(urlsplit(self.url).port or 0))
        async with aiohttp.ClientSession(connector=connector) as session, asyncio.timeout(TIMEOUT_S):
            yield WLED("wall.test", session=session)

    def control_with(self, script: Script) -> None:
        """Run a script with a client."""

        async def run() -> None:
            async with self.client() as client:
                await script(client, self)

        asyncio.run(run())


@pytest.fixture(params=["cpython", "micropython"])
def light(request: pytest.FixtureRequest, rig: Rig, write_rig: Callable[..., None], step: Step) -> Iterator[Light]:
    """A wall of 8 x 4 lights in one colour, with driverlayer-1, effectslayer-3 and solid-4."""
    write_rig(name="Wall", tree=TREE)
    options = Options(rig.private / "state", port=free_ports(1)[0])
    if request.param == "cpython":
        launch = on_cpython(rig, identify(rig), options)
    else:
        request.getfixturevalue("micropython")
        build(rig, TARGETS["pc"], step)
        launch = on_micropython(rig, options)
    made = Light(launch, rig.logs / "device.log")
    with made.runner:
        made.url = made.runner.start()
        yield made


def scripted(script: Script) -> Callable[[Light], None]:
    """A test that is one script for the client."""

    @functools.wraps(script)
    def test(light: Light) -> None:
        light.control_with(script)

    del test.__wrapped__  # pytest reads the arguments of that one
    return test


@scripted
async def test_the_client_reads_what_there_is(client: WLED, light: Light) -> None:
    device: Device = await client.update()
    info, state = device.info, device.state
    assert (info.name, info.brand, str(info.version), info.leds.count) == ("Wall", "Pyralis", "0.15.0", 32)
    assert (info.leds.matrix.width, info.leds.matrix.height) == (8, 4)  # type: ignore[union-attr]
    assert len(info.mac_address) == 12
    assert info.websocket is None
    types = [entry for entry in light.ask("/api/types")["types"] if entry["category"] == "effect"]
    assert sorted(effect.name for effect in device.effects.values()) == sorted(entry["type"] for entry in types)
    assert (device.effects[0].name, info.effect_count) == ("Solid", len(types))
    assert info.palette_count == len(device.palettes) > 20
    assert [segment.name for segment in state.segments.values()] == ["Picture"]
    assert (state.on, state.brightness, state.segments[0].color.primary) == (True, 255, (255, 128, 32))  # type: ignore[union-attr]
    plasma = next(effect for effect in device.effects.values() if effect.name == "Plasma")
    assert plasma.metadata is not None
    assert (plasma.metadata.sliders, plasma.metadata.palette) == (
        {"speed": "Effect speed", "intensity": "Scale"},
        True,
    )
    again = await client.update()
    assert (again.info.mac_address, len(again.effects)) == (info.mac_address, len(types))


@scripted
async def test_lights_go_on_and_off_and_keep_their_brightness(client: WLED, light: Light) -> None:
    await client.update()
    await client.master(brightness=120)
    assert light.control("driverlayer-1", "brightness") == 120
    await client.master(on=False)
    assert light.control("driverlayer-1", "brightness") == 0
    state = (await client.update()).state
    assert (state.on, state.brightness) == (False, 120)
    await client.master(on=True)
    assert light.control("driverlayer-1", "brightness") == 120
    await client.master(on=True, brightness=30, transition=5)
    assert light.control("driverlayer-1", "brightness") == 30
    assert light.control("driverlayer-1", "fade_ms") == 0


@scripted
async def test_effects_by_name_and_number_with_their_controls(client: WLED, light: Light) -> None:
    device = await client.update()
    await client.segment(0, effect="plasma", speed=200, intensity=255, palette="Ocean")
    assert light.effect() == "Plasma"
    values = [light.control("solid-4", name) for name in ("speed", "scale", "palette")]
    assert values == [200, 64, "ocean"]
    segment = (await client.update()).state.segments[0]
    assert (device.effects[segment.effect_id].name, segment.speed, segment.intensity) == ("Plasma", 200, 255)  # type: ignore[index]
    assert device.palettes[segment.palette_id].name == "ocean"  # type: ignore[index]
    await client.segment(0, palette=0)
    assert light.control("solid-4", "palette") == "rainbow"
    await client.segment(0, effect=0, color_primary=(1, 2, 250))
    assert (light.effect(), light.control("solid-4", "color")) == ("Solid", "#0102fa")
    await client.segment(0, on=False)
    assert light.control("effectslayer-3", "opacity") == 0
    await client.segment(0, on=True, brightness=99)
    assert light.control("effectslayer-3", "opacity") == 99


@scripted
async def test_presets_are_saved_listed_and_recalled(client: WLED, light: Light) -> None:
    assert (await client.update()).presets == {}
    await client.segment(0, color_primary=(255, 0, 0))
    await client.request("/json/state", "POST", {"psave": 3, "n": "Red"})
    await client.segment(0, effect="Plasma")
    light.ask("/api/presets", {"name": "Waves"})
    device = await client.update()
    assert {preset.preset_id: preset.name for preset in device.presets.values()} == {3: "Red", 1: "Waves"}
    assert device.state.preset_id == 1
    await client.preset("red")
    assert (light.effect(), light.control("solid-4", "color")) == ("Solid", "#ff0000")
    assert (await client.update()).state.preset_id == 3
    await client.preset(1)
    assert light.effect() == "Plasma"
    await client.segment(0, speed=1)
    assert (await client.update()).state.preset_id is None


@scripted
async def test_presets_outlive_a_restart(client: WLED, light: Light) -> None:
    await client.update()
    await client.request("/json/state", "POST", {"psave": 1, "n": "One"})
    mac = (await client.update()).info.mac_address
    before = light.ask("/api/system")["boot_id"]
    light.ask("/api/reboot", {})
    while _boot_id(light) in ("", before):
        pass
    device = await client.update()
    assert ([preset.name for preset in device.presets.values()], device.info.mac_address) == (["One"], mac)


def _boot_id(light: Light) -> str:
    try:
        found: str = light.ask("/api/system")["boot_id"]
    except OSError:
        return ""
    return found


@scripted
async def test_what_is_not_there_is_an_error_of_the_client(client: WLED, light: Light) -> None:
    await client.update()
    with pytest.raises(WLEDError, match="there is no preset 9"):
        await client.preset(9)
    with pytest.raises(WLEDError, match="fx takes a whole number"):
        await client.segment(0, effect=999)
    with pytest.raises(WLEDError, match="does not support WebSockets"):
        await client.connect()
