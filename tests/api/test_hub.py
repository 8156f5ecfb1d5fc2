"""WebSocket clients get the whole state once and then what changes, as whole messages; slow ones lose frames only."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
from typing import TYPE_CHECKING, Any, Self

import pytest
from service import MAX_CONNECTIONS, MAX_PAGES, TIMEOUT_S, Service, served
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from pyralis.api.hub import _Client
from pyralis.api.stats import Stats
from pyralis.wire import FRAME_HEADER_BYTES, FRAME_PIXELS, FRAME_POSITIONS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LARGE = 3000


def page(service: Service) -> connect:
    """A WebSocket client."""
    return connect(f"ws://127.0.0.1:{service.port}/ws", proxy=None, compression=None)


class Model:
    """What a page knows, made of messages alone."""

    def __init__(self) -> None:
        self.system: dict[str, Any] = {}
        self.modules: dict[str, dict[str, Any]] = {}
        self.order: list[list[str | None]] = []
        self.log: list[int] = []
        self.cleared: list[int] = []
        self.stats: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self.positions: list[bytes] = []
        self.events: list[str] = []

    def take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            kinds = {FRAME_PIXELS: self.frames, FRAME_POSITIONS: self.positions}
            self.events.append("frame" if message[0] == FRAME_PIXELS else "positions")
            kinds[message[0]].append(message)
            return
        value = json.loads(message)
        self.events.append(value["event"])
        getattr(self, "_" + value.pop("event"))(**value)

    def _system(self, system: dict[str, Any]) -> None:
        self.system = system

    def _module(self, module: dict[str, Any]) -> None:
        self.modules[module["id"]] = module

    def _tree(self, order: list[list[str | None]]) -> None:
        self.order = order
        self.modules = {str(module_id): self.modules[str(module_id)] for module_id, _ in order}

    def _log(self, entry: dict[str, Any]) -> None:
        self.log.append(entry["seq"])

    def _log_cleared(self, **cleared: int) -> None:
        self.cleared.append(cleared["next"])

    def _stats(self, **stats: Any) -> None:
        self.stats.append(stats)

    def knows(self, service: Service) -> bool:
        """Whether this is the state of the runtime, figures that change all the time left out."""
        views = service.ask("GET", "/api/modules")[1]["modules"]
        still = [{**view, "tick_us": 0} for view in views]
        mine = [{**self.modules[view["id"]], "tick_us": 0} for view in views if view["id"] in self.modules]
        order = [[module_id, parent] for module_id, parent in service.tree()]
        return mine == still and self.order == order and self.log[-1:] == [service.log.next_seq - 1]


async def read(socket: ClientConnection, model: Model, event: str) -> None:
    """Take messages up to the next one of that event."""
    count = model.events.count(event)
    while model.events.count(event) == count:
        model.take(await socket.recv())


async def catch_up(socket: ClientConnection, model: Model, service: Service) -> None:
    """Take messages until the model is the state of the runtime."""
    while not model.knows(service):
        model.take(await socket.recv())


def wall(service: Service) -> Any:
    """A driver with a line of four lights, a layer with an effect, and a preview."""
    driver = service.add("DriverLayer")
    service.add("Line", driver, length=4)
    service.add("Ramp", service.add("EffectsLayer", driver))
    service.add("Preview", driver, fps=60)
    return driver


def large_wall(service: Service) -> None:
    """Black lights whose frames are larger than what a slow client's connection holds."""
    driver = service.add("DriverLayer")
    service.add("Line", driver, length=LARGE)
    service.add("Preview", driver, fps=60)


@pytest.fixture(autouse=True)
def ramp(monkeypatch: pytest.MonkeyPatch) -> None:
    """The type that `wall` uses is in the catalogue."""
    entry = {"type": "Ramp", "category": "effect", "description": "", "module": "probes"}
    made = Service.__init__

    def init(self: Service) -> None:
        made(self)
        self.platform.types.append(entry)

    monkeypatch.setattr(Service, "__init__", init)


# State.


@served
async def test_a_client_gets_the_system_first_then_the_tree_then_the_log(service: Service) -> None:
    service.add("Probe", service.add("Box"))
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        assert model.events == ["system", "module", "module", "tree", "log", "log"]
        assert model.system["name"] == "Wall"
        assert model.order == [["box-1", None], ["probe-2", "box-1"]]
        assert model.modules["probe-2"] == service.ask("GET", "/api/modules/probe-2")[1]


@served
async def test_a_client_gets_what_changes_and_nothing_else(service: Service) -> None:
    for _ in range(3):
        service.add("Probe")
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        model.events.clear()
        service.ask("POST", "/api/modules/probe-2/controls", {"speed": 77})
        await read(socket, model, "module")
        assert model.events == ["module"]
        assert model.modules["probe-2"]["controls"][0]["value"] == 77


@served
async def test_a_client_follows_whatever_is_done_to_the_tree(service: Service) -> None:
    service.add("Box")
    async with page(service) as socket:
        model = Model()
        for method, path, body in (
            ("POST", "/api/modules", {"type": "Probe"}),
            ("POST", "/api/modules/probe-2/move", {"parent": "box-1"}),
            ("POST", "/api/modules/probe-2/rename", {"name": "Left"}),
            ("POST", "/api/modules/probe-2/replace", {"type": "Sender"}),
            ("POST", "/api/modules/probe-2/controls", {"fault": "loop"}),
            ("DELETE", "/api/modules/probe-2", None),
            ("DELETE", "/api/modules/box-1", None),
        ):
            assert service.ask(method, path, body)[0] < 300
            await catch_up(socket, model, service)
        assert model.modules == {}


@served
async def test_a_module_that_turns_red_while_it_runs_is_seen(service: Service) -> None:
    probe = service.add("Probe")
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        probe.fault = "loop"
        service.tick()
        await catch_up(socket, model, service)
        assert model.modules["probe-1"]["status"] == "failed"


@served
async def test_two_clients_stay_in_step(service: Service) -> None:
    wall(service)
    async with page(service) as one, page(service) as two:
        models = Model(), Model()
        for speed in range(20):
            service.ask("POST", "/api/modules", {"type": "Probe", "controls": {"speed": speed}})
            if speed % 3 == 0:
                service.ask("DELETE", f"/api/modules/{service.tree()[-2][0]}")
            service.tick()
            if speed % 5 == 0:
                await catch_up(one, models[0], service)
        await catch_up(one, models[0], service)
        await catch_up(two, models[1], service)
        assert models[0].order == models[1].order
        assert models[0].modules.keys() == models[1].modules.keys()


def test_what_comes_while_other_things_are_sent_is_neither_lost_nor_in_the_tree_too_early(service: Service) -> None:
    for _ in range(3):
        service.add("Probe")
    model = Model()

    class Busy:
        """A connection that lets others add modules and write to the log with each message that it takes."""

        async def send(self, message: str) -> None:
            if len(service.tree()) < 6:
                service.add("Probe")
            if service.log.next_seq < 40:
                service.log.info("test", message[:20])
            model.take(message)
            await asyncio.sleep(0)

    async def follow() -> None:
        socket: Any = Busy()
        client = _Client(service.manager, service.system, Stats(service.manager, service.system), socket)
        sender = asyncio.create_task(client.send_changes())
        async with asyncio.timeout(TIMEOUT_S):
            while not model.knows(service):
                assert not sender.done() or sender.result()
                client.wake.set()
                await asyncio.sleep(0)
        sender.cancel()

    asyncio.run(follow())
    assert len(model.order) == 6
    assert model.log == list(range(1, service.log.next_seq))


@served
async def test_the_log_comes_whole_and_in_order(service: Service) -> None:
    async with page(service) as socket:
        model = Model()
        for number in range(200):
            service.log.info("test", str(number))
            if number % 10 == 0:
                await catch_up(socket, model, service)
        await catch_up(socket, model, service)
        assert model.log == list(range(1, 201))


@served
async def test_figures_come_once_a_second(service: Service) -> None:
    probe = service.add("Probe")
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        service.tick(500, times=3)
        await read(socket, model, "stats")
        assert model.stats[0]["modules"] == [[probe.id, 0, 7]]
        assert model.stats[0]["system"]["clients"] == 1
        assert model.stats[0]["system"]["uptime_ms"] == 1000


@served
async def test_figures_come_whole_first_and_then_only_those_that_change(service: Service) -> None:
    probe = service.add("Probe")
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        service.tick(500, times=3)
        await read(socket, model, "stats")
        service.tick(500, times=2)
        await read(socket, model, "stats")
        assert set(model.stats[0]["system"]) == set(service.system.stats())
        assert (model.stats[1]["system"], model.stats[1]["modules"]) == ({"uptime_ms": 2000, "fps": 2}, [])
        probe.held_bytes = 9
        service.tick(500, times=2)
        await read(socket, model, "stats")
        assert model.stats[2]["modules"] == [[probe.id, 0, 9]]


@served
async def test_a_client_that_missed_a_second_gets_all_figures(service: Service) -> None:
    service.add("Probe")
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        service.tick(500, times=3)
        await read(socket, model, "stats")
        service.tick(500, times=4)  # two seconds before the client has its turn
        await read(socket, model, "stats")
        assert set(model.stats[1]["system"]) == set(service.system.stats())
        assert len(model.stats[1]["modules"]) == 1


@served
async def test_pages_forget_the_log_together(service: Service) -> None:
    async with page(service) as socket:
        model = Model()
        service.log.info("test", "one")
        await read(socket, model, "log")
        service.log.clear()
        await read(socket, model, "log_cleared")
        assert model.cleared == [service.log.next_seq]


@served
async def test_frames_give_way_while_memory_is_short(service: Service) -> None:
    wall(service)
    async with page(service) as socket:
        model = Model()
        await read(socket, model, "tree")
        service.memory.low = True
        service.tick(20, times=5)
        service.memory.low = False
        service.log.info("test", "after them")
        await read(socket, model, "log")
        assert model.frames == []
        service.tick(20, times=5)
        await read(socket, model, "frame")


@served
async def test_positions_that_memory_had_no_room_for_come_when_there_is_some(service: Service) -> None:
    wall(service)
    service.platform.heap_limit_bytes = 10
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        assert model.positions == []
        service.platform.heap_limit_bytes = 10_000
        service.tick(500, times=3)
        await read(socket, model, "positions")


@served
async def test_a_module_that_cannot_speak_of_itself_does_not_end_the_connection(service: Service) -> None:
    service.add("Probe", fault="health_report")
    service.add("Probe", fault="heap_bytes")
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        service.tick(500, times=3)
        await read(socket, model, "stats")
        assert [figures[2] for figures in model.stats[0]["modules"]] == [7, 0]


# Preview.


@served
async def test_positions_come_before_the_first_frame_and_again_when_lights_move(service: Service) -> None:
    driver = wall(service)
    async with page(service) as socket:
        model = Model()
        await read(socket, model, "tree")
        service.tick(20, times=3)
        await read(socket, model, "frame")
        assert [event for event in model.events if event in ("positions", "frame")] == ["positions", "frame"]
        assert model.positions[0][FRAME_HEADER_BYTES:] == bytes((0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0))
        assert model.frames[0][FRAME_HEADER_BYTES:] == bytes(range(1, 13))
        service.set(driver.children[0], reverse=True)
        await read(socket, model, "positions")
        assert model.positions[1][FRAME_HEADER_BYTES:] == bytes((3, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0))


@served
async def test_frames_are_made_only_while_somebody_looks(service: Service) -> None:
    wall(service)
    service.tick(20, times=5)
    assert service.services.preview.sequence == 0
    async with page(service) as socket:
        await read(socket, Model(), "tree")
        service.tick(20, times=5)
        assert service.services.preview.sequence > 0
    await service.quiet()
    before = service.services.preview.sequence
    service.tick(20, times=5)
    assert service.services.preview.sequence == before


@served
async def test_positions_that_cannot_be_made_do_not_end_the_connection(service: Service) -> None:
    driver = wall(service)
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        service.platform.heap_limit_bytes = 12 + 12  # enough for a frame, not for its places beside it
        service.memory.reserve_bytes = 1
        service.services.preview.geometry_version += 1
        service.set(driver, brightness=100)
        await catch_up(socket, model, service)
        assert model.modules[driver.id]["controls"][0]["value"] == 100


# Messages.


class Tap:
    """A WebSocket client that reads only when it is told to, and checks every byte of the framing."""

    def __init__(self, service: Service) -> None:
        listening: Any = service.server._server
        listening.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect(("127.0.0.1", service.port))
        self._socket.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._data = bytearray()

    async def __aenter__(self) -> Self:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /ws HTTP/1.1", "Host: test", "Upgrade: websocket", "Connection: keep-alive, Upgrade"]
        lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", "\r\n"]
        await self.say("\r\n".join(lines).encode())
        while b"\r\n\r\n" not in self._data:
            await self._more()
        head, _, rest = bytes(self._data).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 ")
        self._data[:] = rest
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket.close()

    async def say(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._socket, data)

    async def ping(self, data: bytes) -> None:
        await self.say(bytes((0x89, 0x80 | len(data), 0, 0, 0, 0)) + data)

    async def _more(self) -> None:
        data = await self._loop.sock_recv(self._socket, 65536)
        if not data:
            raise EOFError
        self._data += data

    async def _take(self, count: int) -> bytes:
        while len(self._data) < count:
            await self._more()
        taken = bytes(self._data[:count])
        del self._data[:count]
        return taken

    async def messages(self) -> AsyncIterator[tuple[int, bytes]]:
        """Opcode and payload of each message until the server closes."""
        while True:
            first, length = await self._take(2)
            assert first & 0x70 == 0
            assert first & 0x80
            assert first & 0x0F in (1, 2, 8, 10)
            assert length & 0x80 == 0
            if length > 125:
                length = int.from_bytes(await self._take(2 if length == 126 else 8), "big")
            yield first & 0x0F, await self._take(length)


def understand(model: Model, opcode: int, payload: bytes) -> None:
    if opcode == 1:
        model.take(payload.decode())
    elif opcode == 2:
        model.take(payload)


@served
async def test_whole_messages_never_interleave(service: Service) -> None:
    large_wall(service)
    async with Tap(service) as tap:
        model, pongs = Model(), []
        messages = tap.messages()
        for number in range(30):
            await tap.ping(str(number).encode())
            service.add("Probe", label=str(number))
            service.tick(20, times=2)
            opcode, payload = await anext(messages)
            understand(model, opcode, payload)
            if opcode == 10:
                pongs.append(payload)
        while not model.knows(service) or len(pongs) < 30:
            opcode, payload = await anext(messages)
            understand(model, opcode, payload)
            if opcode == 10:
                pongs.append(payload)
        assert pongs == [str(number).encode() for number in range(30)]
        assert model.frames
        assert {len(frame) for frame in model.frames} == {FRAME_HEADER_BYTES + 3 * LARGE}


@served
async def test_a_slow_client_loses_preview_frames_and_nothing_else(service: Service) -> None:
    large_wall(service)
    async with Tap(service) as tap, page(service) as fast:
        other = Model()
        await catch_up(fast, other, service)
        first = service.log.next_seq
        for speed in range(40):
            service.add("Probe", speed=speed)
            service.tick(20, times=2)
            await read(fast, other, "frame")
        published = service.services.preview.sequence
        await catch_up(fast, other, service)
        model = Model()
        async for opcode, payload in tap.messages():
            understand(model, opcode, payload)
            if model.knows(service):
                break
        assert [number for number in model.log if number >= first] == list(range(first, service.log.next_seq))
        assert model.modules.keys() == other.modules.keys()
        assert len(model.frames) < published / 2
        sequences = [int.from_bytes(frame[8:12], "little") for frame in model.frames]
        assert sequences == sorted(set(sequences))


@served
async def test_a_slow_client_makes_nobody_wait(service: Service) -> None:
    large_wall(service)
    async with Tap(service), page(service) as fast:
        model = Model()
        await catch_up(fast, model, service)
        service.scheduler.tick()
        for _ in range(30):
            service.tick(20)
            await read(fast, model, "frame")
        assert (await service.raw(b"GET /api/system HTTP/1.1\r\n\r\n"))[0] == 200


# Clients that come, go and misbehave.


@served
async def test_a_handshake_that_is_none_is_refused(service: Service) -> None:
    for data in (
        b"GET /ws HTTP/1.1\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Key: x\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nUpgrade: other\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ):
        status, _, body = await service.raw(data)
        assert (status, json.loads(body)["error"]) == (400, "bad_request")


@served
async def test_pages_that_are_too_many_are_told_why_and_closed(service: Service) -> None:
    sockets = [await page(service) for _ in range(MAX_PAGES)]
    for each in sockets:
        await each.recv()
    async with page(service) as socket:
        refused = json.loads(await socket.recv())
        assert (refused["event"], refused["error"]) == ("refused", "too_many_connections")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None  # with a close message, not with a cut
    await sockets.pop().close()
    while service.services.preview.clients == MAX_PAGES:
        await asyncio.sleep(0)
    async with page(service) as socket:
        assert json.loads(await socket.recv())["event"] == "system"
    for each in sockets:
        await each.close()


@served
async def test_pages_count_as_connections(service: Service) -> None:
    sockets = [await page(service) for _ in range(MAX_PAGES)]
    silent = [await service.connect() for _ in range(MAX_CONNECTIONS - MAX_PAGES)]
    assert (await service.raw(b"GET /api/system HTTP/1.1\r\n\r\n"))[0] == 429
    for each in sockets:
        await each.close()
    for _, writer in silent:
        writer.close()


@served
async def test_clients_are_counted(service: Service) -> None:
    async with page(service) as one:
        await one.recv()
        assert service.services.preview.clients == 1
        async with page(service) as two:
            await two.recv()
            assert service.services.preview.clients == 2
    await service.quiet()
    assert service.services.preview.clients == 0


@pytest.mark.parametrize(
    "said",
    [
        b"\x88\x80\0\0\0\0",  # close
        b"\x81\x81\0\0\0\0\xff",  # a text that is no UTF-8
        b"\x01\x81\0\0\0\0a",  # half a message
        b"\x80\x80\0\0\0\0",  # the rest of none
        b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",  # a message without end
        b"\x81",  # half a header, then gone
        b"\x81\x85\0\0",  # half a message, then gone
    ],
    ids=["close", "no text", "half", "rest", "huge", "cut header", "cut message"],
)
@served
async def test_a_client_that_breaks_the_protocol_is_let_go_and_the_others_stay(service: Service, said: bytes) -> None:
    async with page(service) as other:
        model = Model()
        async with Tap(service) as tap:
            await tap.say(said)
        while service.services.preview.clients != 1:
            await asyncio.sleep(0)
        service.add("Probe")
        await catch_up(other, model, service)


@served
async def test_what_a_client_says_changes_nothing(service: Service) -> None:
    service.add("Probe")
    async with page(service) as socket:
        model = Model()
        await catch_up(socket, model, service)
        before = service.facts()
        for message in ("", "hello", '{"event": "reboot"}', b"\x00", b"x" * 8192):
            await socket.send(message)
        await (await socket.ping())
        assert service.facts() == before


@served
async def test_a_client_that_vanishes_while_it_is_sent_to_is_forgotten(service: Service) -> None:
    large_wall(service)
    async with Tap(service):
        while not service.services.preview.clients:
            await asyncio.sleep(0)
        for _ in range(5):
            service.tick(20)
            await asyncio.sleep(0)
    while service.services.preview.clients:
        service.tick(20)
        await asyncio.sleep(0)
    service.tick(20, times=3)
