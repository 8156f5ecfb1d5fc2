"""The real server on a free port: every error is JSON, every client that misbehaves costs nobody else anything."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
from typing import Any, ClassVar

import pytest
from service import MAX_CONNECTIONS, Service, parse, served

from pyralis.api import server as server_module
from pyralis.wire import MAX_BODY_BYTES

PAGE = b"<!doctype html><title>Wall</title>"

MALFORMED = {
    "no request line": b"GARBAGE\r\n\r\n",
    "no version": b"GET /api/system\r\n\r\n",
    "four words": b"GET /api/system HTTP/1.1 again\r\n\r\n",
    "no slash in the version": b"GET /api/system HTTP\r\n\r\n",
    "no text": b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
    "empty line": b"\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303") + b"\n",
    "a header without a colon": b"GET /api/system HTTP/1.1\r\nHost\r\n\r\n",
    "a header that is no text": b"GET /api/system HTTP/1.1\r\nHost: \xff\r\n\r\n",
    "a length that is none": b"POST /api/modules HTTP/1.1\r\nContent-Length: many\r\n\r\n",
    "a length below zero": b"POST /api/modules HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}",
    "a length without an end": b"POST /api/modules HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "a line without an end": b"GET /" + b"x" * 3000 + b" HTTP/1.1\r\n\r\n",
    "a very long line": b"GET /" + b"x" * 200_000,
}

WRONG = [
    ("POST", "/api/modules", b"{", 400, "bad_json"),
    ("POST", "/api/modules", b'{"type": 5}', 422, "invalid_value"),
    ("POST", "/api/modules", b'{"type": "Nothing"}', 422, "unknown_type"),
    ("POST", "/api/modules/probe-1/controls", b'{"speed": 101}', 422, "invalid_value"),
    ("POST", "/api/modules/probe-1/controls", b'{"size": 1}', 422, "unknown_control"),
    ("DELETE", "/api/modules/nobody", b"", 404, "unknown_module"),
    ("GET", "/api/nothing", b"", 404, "unknown_route"),
    ("PUT", "/api/modules", b"{}", 405, "method_not_allowed"),
    ("GET", "/nothing", b"", 404, "unknown_route"),
    ("GET", "/ui/fake/nothing.js", b"", 404, "unknown_route"),
    ("GET", "/ui/fake/../secret", b"", 404, "unknown_route"),
    ("GET", "/ui/fake/%2e%2e%2fsecret", b"", 404, "unknown_route"),
    ("POST", "/", b"{}", 405, "method_not_allowed"),
    ("GET", "/ws", b"", 400, "bad_request"),
]


def request(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    """A request as a client writes it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


def error(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    """Status and code of an error, which has to be JSON of the one form."""
    status, headers, body = answer
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(body)
    value = json.loads(body)
    assert set(value) == {"error", "message"}
    assert value["message"]
    return status, value["error"]


async def works(service: Service) -> None:
    """The server answers and modules tick."""
    probe: Any = service.add("Probe")
    service.tick()
    assert probe.calls[-1] == "loop"
    assert (await service.raw(request("GET", "/api/system")))[0] == 200


# Answers.


@served
async def test_an_answer_is_json_that_nobody_keeps(service: Service) -> None:
    status, headers, body = await service.raw(request("GET", "/api/system"))
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert headers["cache-control"] == "no-store"
    assert headers["connection"] == "close"
    assert json.loads(body)["name"] == "Wall"


@served
async def test_a_long_list_is_streamed_and_ends_with_the_connection(service: Service) -> None:
    for _ in range(100):
        service.add("Probe")
    status, headers, body = await service.raw(request("GET", "/api/modules"))
    assert status == 200
    assert "content-length" not in headers
    assert len(json.loads(body)["modules"]) == 100


@served
async def test_an_ordinary_client_changes_the_tree(service: Service) -> None:
    async with service.client() as client:
        added = await client.post("/api/modules", json={"type": "Probe"})
        assert added.status_code == 201
        changed = await client.post(f"/api/modules/{added.json()['id']}/controls", json={"speed": 5})
        assert changed.json()["controls"][0]["value"] == 5
        assert (await client.get("/api/log?since=1")).json()["next"] == service.log.next_seq
        assert (await client.delete("/api/modules/probe-1")).json() == {"deleted": ["probe-1"]}


@served
async def test_a_head_is_a_get_without_the_body(service: Service) -> None:
    whole = await service.raw(request("GET", "/api/system"))
    status, headers, body = await service.raw(request("HEAD", "/api/system"))
    assert (status, headers, body) == (200, whole[1], b"")


@served
async def test_many_clients_are_answered_side_by_side(service: Service) -> None:
    answers = await asyncio.gather(*(service.raw(request("GET", "/api/modules")) for _ in range(MAX_CONNECTIONS)))
    assert [answer[0] for answer in answers] == [200] * MAX_CONNECTIONS


@served
async def test_a_request_that_arrives_in_pieces_is_read_whole(service: Service) -> None:
    reader, writer = await service.connect()
    for byte in request("POST", "/api/modules", b'{"type": "Probe"}'):
        writer.write(bytes((byte,)))
        await writer.drain()
    assert parse(await reader.read())[0] == 201
    writer.close()


# What is wrong.


@pytest.mark.parametrize("name", MALFORMED)
@served
async def test_a_request_that_is_none_is_a_400(service: Service, name: str) -> None:
    before = service.facts()
    assert error(await service.raw(MALFORMED[name])) == (400, "bad_request")
    assert service.facts() == before
    await works(service)


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), WRONG)
@served
async def test_what_is_wrong_is_refused_and_changes_nothing(
    service: Service, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    service.add("Probe")
    before = service.facts()
    assert error(await service.raw(request(method, path, body))) == (status, code)
    assert service.facts() == before
    await works(service)


@served
async def test_a_query_that_cannot_be_decoded_is_a_400(service: Service) -> None:
    assert error(await service.raw(request("GET", "/api/log?since=%zz"))) == (400, "bad_request")


@served
async def test_a_body_of_the_largest_size_is_read(service: Service) -> None:
    body = b'{"type": "Probe"}'.ljust(MAX_BODY_BYTES)
    assert (await service.raw(request("POST", "/api/modules", body)))[0] == 201


@pytest.mark.parametrize("size_bytes", [MAX_BODY_BYTES + 1, 100_000, 1_000_000])
@served
async def test_a_body_over_the_limit_is_a_413_that_arrives(service: Service, size_bytes: int) -> None:
    body = b'{"type": "Probe"}'.ljust(size_bytes)
    assert error(await service.raw(request("POST", "/api/modules", body))) == (413, "too_large")
    async with service.client() as client:
        answer = await client.post("/api/modules", content=body)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert service.tree() == []
    await works(service)


@served
async def test_a_body_over_the_limit_is_refused_before_it_was_sent(service: Service) -> None:
    reader, writer = await service.connect()
    writer.write(b"POST /api/modules HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n")
    assert b"413" in await reader.readline()
    writer.close()


@served
async def test_a_body_in_chunks_is_refused_and_not_taken_for_an_empty_one(service: Service) -> None:
    data = b"POST /api/modules HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert error(await service.raw(data)) == (400, "bad_request")


# Clients that misbehave.


@served
async def test_too_many_connections_are_a_429_and_the_next_ones_work_again(service: Service) -> None:
    silent = [await service.connect() for _ in range(MAX_CONNECTIONS)]
    assert error(await service.raw(request("GET", "/api/system"))) == (429, "too_many_connections")
    assert (await service.raw(request("GET", "/")))[1]["refresh"] == "1"  # a browser asks again by itself
    body = b"x" * (MAX_BODY_BYTES + 1)
    assert error(await service.raw(request("POST", "/api/modules", body))) == (429, "too_many_connections")
    for _, writer in silent:
        writer.close()
        await writer.wait_closed()
    await service.quiet()
    await works(service)


@served
async def test_far_too_many_connections_are_closed_at_once(service: Service) -> None:
    silent = [await service.connect() for _ in range(2 * MAX_CONNECTIONS)]
    reader, writer = await service.connect()
    assert await reader.read() == b""
    for _, each in [*silent, (reader, writer)]:
        each.close()


@pytest.mark.parametrize("said", [b"", b"GET /api/sys", b"POST /api/modules HTTP/1.1\r\nContent-Length: 20\r\n\r\n{"])
@served
async def test_a_client_that_stops_speaking_is_dropped_and_the_others_are_served(
    service: Service, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "REQUEST_TIMEOUT_S", 0.05)
    reader, writer = await service.connect()
    writer.write(said)
    await works(service)
    assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize("said", [b"", b"GET /api/sys", b"POST /api/modules HTTP/1.1\r\nContent-Length: 20\r\n\r\n{"])
@served
async def test_a_client_that_leaves_before_it_has_asked_is_forgotten(service: Service, said: bytes) -> None:
    _, writer = await service.connect()
    writer.write(said)
    await writer.drain()
    writer.close()
    await service.quiet()
    await works(service)


def unread(service: Service) -> socket.socket:
    """A client that asks for much and reads nothing; on both ends hardly anything is buffered."""
    listening: Any = service.server._server
    listening.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", service.port))
    client.sendall(request("GET", "/api/modules"))
    return client


@served
async def test_a_client_that_disappears_in_the_middle_of_its_answer_is_forgotten(service: Service) -> None:
    for _ in range(250):
        service.add("Probe")
    client = unread(service)
    while not service.server._connections:
        await asyncio.sleep(0)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()  # with a reset
    await service.quiet()
    await works(service)


@served
async def test_a_client_that_does_not_take_its_answer_is_dropped(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "REQUEST_TIMEOUT_S", 0.05)
    for _ in range(250):
        service.add("Probe")
    client = unread(service)
    while not service.server._connections:
        await asyncio.sleep(0)
    await service.quiet()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    while tasks:  # nothing may wait for this client any more
        await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
    await works(service)
    client.close()


@served
async def test_an_answer_that_is_under_way_is_finished_before_the_server_ends(service: Service) -> None:
    for _ in range(250):
        service.add("Probe")
    client = unread(service)
    while not service.server._answering:
        await asyncio.sleep(0)
    stopping = asyncio.create_task(service.server.stop())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not stopping.done()
    client.setblocking(False)
    answer = b""
    while data := await asyncio.get_running_loop().sock_recv(client, 65536):
        answer += data
    await stopping
    client.close()
    assert len(json.loads(parse(answer)[2])["modules"]) == 250


@served
async def test_a_module_that_breaks_while_it_is_listed_does_not_cut_the_list(service: Service) -> None:
    service.add("Probe", fault="health_report")
    service.add("Probe", fault="heap_bytes")
    _, _, body = await service.raw(request("GET", "/api/modules"))
    assert [module["id"] for module in json.loads(body)["modules"]] == ["probe-1", "probe-2"]


# The page.


class Assets:
    """Two files, gzipped, as the platform gives them."""

    version = "abc123"
    files: ClassVar = {
        "index.html": gzip.compress(PAGE),
        "main.js": gzip.compress(b"let a;"),
        "data.bin": gzip.compress(b"\0"),
    }

    def open(self, name: str) -> bytes | None:
        return self.files.get(name)


class Stream:
    """A file on a board, read piece by piece."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.closed = False

    def read(self, size: int) -> bytes:
        piece, self.data = self.data[:size], self.data[size:]
        return piece

    def close(self) -> None:
        self.closed = True


def with_assets(service: Service) -> None:
    service.server._assets = Assets()


@served
async def test_the_page_is_gzipped_and_asked_for_again_by_its_hash(service: Service) -> None:
    with_assets(service)
    status, headers, body = await service.raw(request("GET", "/"))
    assert status == 200
    assert gzip.decompress(body) == PAGE
    assert headers["content-encoding"] == "gzip"
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["etag"] == '"abc123"'
    assert headers["cache-control"] == "no-cache"


@served
async def test_a_page_that_has_not_changed_is_not_sent_again(service: Service) -> None:
    with_assets(service)
    status, headers, body = await service.raw(request("GET", "/", b"", 'If-None-Match: "abc123"'))
    assert (status, headers["etag"], body) == (304, '"abc123"', b"")
    assert (await service.raw(request("GET", "/", b"", 'If-None-Match: "older"')))[0] == 200


@served
async def test_a_file_below_the_hash_of_all_is_kept_for_ever(service: Service) -> None:
    with_assets(service)
    status, headers, body = await service.raw(request("GET", "/ui/abc123/main.js"))
    assert (status, gzip.decompress(body)) == (200, b"let a;")
    assert headers["cache-control"] == "max-age=31536000, immutable"
    assert headers["content-type"] == "text/javascript; charset=utf-8"


@served
async def test_a_file_below_another_hash_is_not_kept(service: Service) -> None:
    with_assets(service)
    assert (await service.raw(request("GET", "/ui/older/main.js")))[1]["cache-control"] == "no-cache"


@served
async def test_the_page_works_in_an_ordinary_client(service: Service) -> None:
    with_assets(service)
    async with service.client() as client:
        assert (await client.get("/")).content == PAGE


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@served
async def test_a_file_that_is_a_stream_is_sent_piece_by_piece_and_closed(service: Service, method: str) -> None:
    data = gzip.compress(bytes(range(256)) * 40, 0)
    stream = Stream(data)
    with_assets(service)
    service.server._assets.open = lambda name: stream  # type: ignore[method-assign]
    status, _, body = await service.raw(request(method, "/"))
    assert status == 200
    assert body == (data if method == "GET" else b"")
    assert stream.closed
