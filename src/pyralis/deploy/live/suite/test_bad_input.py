"""Bad input: it gets an error that says what to do, changes nothing, and the device ticks on."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from pyralis.deploy.live.suite.api import Api, check_error
from pyralis.deploy.live.suite.fixtures import Plant, Watch
from pyralis.deploy.live.suite.polling import until
from pyralis.deploy.live.suite.raw import dial, send
from pyralis.deploy.live.suite.tree import layer, node

Unchanged = Callable[[], AbstractContextManager[None]]

MAX_BODY_BYTES = 8192
MOST_CONNECTIONS = 150

NOT_JSON = (
    b"{",
    b'{"type": "Sol',
    b"type=Solid",
    b"\xff\xfe{}",
    b"[]",
    b"null",
    b"1e999",
    b'"Solid"',
)
DEEP = (b"[" * 4000, b'{"a":' * 1500)  # a PC stops at the depth, a board where its memory ends
WRONG_FIELDS: tuple[tuple[dict[str, object], str], ...] = (
    ({}, "missing_field"),
    ({"type": None}, "missing_field"),
    ({"type": 5}, "invalid_value"),
    ({"type": ["Solid"]}, "invalid_value"),
    ({"type": "DriverLayer", "parent": 7}, "invalid_value"),
    ({"type": "DriverLayer", "index": "0"}, "invalid_value"),
    ({"type": "DriverLayer", "index": True}, "invalid_value"),
    ({"type": "DriverLayer", "index": -1}, "invalid_value"),
    ({"type": "DriverLayer", "index": 10**20}, "invalid_value"),
    ({"type": "DriverLayer", "controls": [1]}, "invalid_value"),
    ({"type": "DriverLayer", "name": {}}, "invalid_value"),
    ({"type": "DriverLayer", "name": ""}, "invalid_value"),
    ({"type": "DriverLayer", "kind": 1}, "unknown_field"),
    ({"type": "DriverLayer", "controls": {"no": 1}}, "unknown_control"),
    ({"type": "DriverLayer", "controls": {"gamma": 9}}, "invalid_value"),
    ({"type": "driverlayer"}, "unknown_type"),
    ({"type": "os"}, "unknown_type"),
    ({"type": "../main"}, "unknown_type"),
)
WRONG_CREDENTIALS: tuple[tuple[dict[str, object], str], ...] = (
    ({}, "missing_field"),
    ({"ssid": ""}, "invalid_value"),
    ({"ssid": "x" * 33}, "invalid_value"),
    ({"ssid": "home", "password": "short"}, "invalid_value"),
    ({"ssid": "home", "password": 12345678}, "invalid_value"),
    ({"ssid": "home", "key": "long enough"}, "unknown_field"),
)
NOT_HTTP = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(128, 200)),
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"POST /api/modules HTTP/1.1\r\nContent-Length: many\r\n\r\n{}",
    b"POST /api/modules HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}",
    b"A" * 5000,
)


def test_bad_json_is_refused(api: Api, plant: Plant, unchanged: Unchanged) -> None:
    """Bodies that are no JSON object, and fields that are missing, unknown or of the wrong kind."""
    tree = plant()
    with unchanged():
        for body in NOT_JSON:
            api.refuses(400, "bad_json", "POST", "/api/modules", body)
            api.refuses(400, "bad_json", "POST", f"/api/modules/{tree.driver}/controls", body)
        for body in DEEP:
            answer = api.request("POST", "/api/modules", body)
            status, code = (413, "too_large") if answer.status == 413 else (400, "bad_json")
            check_error(answer, status, code, f"{len(body)} nested bytes")
        for fields, code in WRONG_FIELDS:
            api.refuses(422, code, "POST", "/api/modules", fields)
        for action in ("replace", "rename"):
            api.refuses(422, "missing_field", "POST", f"/api/modules/{tree.driver}/{action}", {})


def test_unknown_names_are_refused(api: Api, unchanged: Unchanged) -> None:
    """Modules, paths and methods that are not there."""
    with unchanged():
        for module_id in ("none-1", "..", "%2e%2e", "x" * 500, "%00"):
            for method, action, body in (
                ("GET", "", None),
                ("DELETE", "", None),
                ("POST", "/controls", {"speed": 1}),
                ("POST", "/move", {}),
                ("POST", "/replace", {"type": "Solid"}),
                ("POST", "/rename", {"name": "Solid"}),
            ):
                if module_id != "..":
                    api.refuses(404, "unknown_module", method, f"/api/modules/{module_id}{action}", body)
        api.refuses(404, "unknown_module", "POST", "/api/modules", {"type": "Solid", "parent": "none-1"})
        for path in (
            "/api/nothing",
            "/api/",
            "/api/modules/a/b",
            "/api/modules/a/move/b",
            "/nothing",
            "/ui/a/b",
            "/ui/",
        ):
            api.refuses(404, "unknown_route", "GET", path)
        for method, path in (("PUT", "/api/modules"), ("POST", "/api/system"), ("GET", "/api/reboot"), ("DELETE", "/")):
            api.refuses(405, "method_not_allowed", method, path)
        api.refuses(400, "bad_request", "GET", "/ws")


def test_wrong_values_set_nothing(api: Api, plant: Plant, unchanged: Unchanged) -> None:
    """Where one control of several is wrong, none is set."""
    tree = plant()
    path = f"/api/modules/{tree.driver}/controls"
    with unchanged():
        for wrong in (256, -1, 1.5, "5", None, True, [5], {"value": 5}, 10**40):
            api.refuses(422, "invalid_value", "POST", path, {"gamma": 15, "brightness": wrong})
        api.refuses(422, "unknown_control", "POST", path, {"gamma": 15, "Brightness": 5})
        api.refuses(422, "unknown_control", "POST", path, {"gamma": 15, "__class__": 5})


def test_bad_moves_are_refused(api: Api, plant: Plant, unchanged: Unchanged) -> None:
    """Below itself, below what does not take it, to a position that is not there."""
    tree = plant(layer(node("Solid")), layer())
    outer, solid, other = tree["EffectsLayer"], tree["Solid"], tree.all("EffectsLayer")[1]
    unfit: tuple[tuple[str, str | None], ...] = ((solid, tree.driver), (solid, None), (outer, None), (outer, other))
    with unchanged():
        for module_id, parent in ((outer, outer), (outer, solid), (tree.driver, outer), (tree.driver, solid)):
            api.refuses(409, "cycle", "POST", f"/api/modules/{module_id}/move", {"parent": parent})
        for module_id, place in unfit:
            api.refuses(409, "not_accepted", "POST", f"/api/modules/{module_id}/move", {"parent": place})
        for index in (-1, 2, 10**20):
            api.refuses(
                422, "invalid_value", "POST", f"/api/modules/{outer}/move", {"parent": tree.driver, "index": index}
            )


def test_credentials_are_checked(device: Any, api: Api, unchanged: Unchanged) -> None:
    """A board takes only credentials that a network can have, and shows none; a PC takes none at all."""
    with unchanged():
        if device.type == "pc":
            api.refuses(404, "unknown_route", "POST", "/api/network", {"ssid": "home"})
            return
        for body, code in WRONG_CREDENTIALS:
            api.refuses(422, code, "POST", "/api/network", body)
        api.refuses(405, "method_not_allowed", "GET", "/api/network")


def test_bad_requests_are_refused(device: Any, api: Api, unchanged: Unchanged) -> None:
    """Bodies over the limit or in chunks, and bytes that are no HTTP at all."""
    with unchanged():
        for size_bytes in (MAX_BODY_BYTES + 1, 200_000):
            body = b'{"type": "' + b"x" * (size_bytes - 12) + b'"}'
            api.refuses(413, "too_large", "POST", "/api/modules", body)
        api.refuses(422, "unknown_type", "POST", "/api/modules", b'{"type": "' + b"x" * (MAX_BODY_BYTES - 12) + b'"}')
        for data in (*NOT_HTTP, os.urandom(300) + b"\r\n\r\n"):
            answer = send(device, data)
            check_error(answer, 400, "bad_request", repr(data[:60]))
        chunks = b"POST /api/modules HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        answer = send(device, chunks)
        check_error(answer, 400, "bad_request", "a body in chunks")
        assert send(device, b"").status in (0, 400)


def test_too_many_clients_are_refused(device: Any, api: Api, watch: Watch, unchanged: Unchanged) -> None:
    """Who comes when all places are taken is told so, pages as well; when others leave, there is room again."""

    def is_full() -> bool:
        answer = api.request("GET", "/api/system")
        if answer.status != 200:
            check_error(answer, 429, "too_many_connections", "one more connection")
        return answer.status != 200

    def is_refused() -> bool:
        greeting = watch().next_event()
        return bool(greeting["event"] == "refused" and greeting["error"] == "too_many_connections")

    assert any(is_refused() for _ in range(MOST_CONNECTIONS))
    with unchanged():
        with ExitStack() as idle:
            for _ in range(MOST_CONNECTIONS):
                if is_full():
                    break
                idle.enter_context(dial(device))
            assert is_full()
        until(lambda: not is_full(), "there is room again")
