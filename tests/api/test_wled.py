"""The JSON API of WLED, without a network: what each path answers, and what each field does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service import Service
from stage import type_entry

from pyralis.light.palettes import NAMES, RAMPS

if TYPE_CHECKING:
    from collections.abc import Callable

EFFECTS = ["Solid", "Paint", "PaintSlice", "PaintRow", "Plasma", "NetworkIn", "Meteor"]
PLASMA, METEOR = EFFECTS.index("Plasma"), EFFECTS.index("Meteor")


@pytest.fixture
def lit(service: Service) -> Service:
    """A wall of 4 x 2 lights: driverlayer-1, effectslayer-3 and solid-4."""
    service.platform.types.append(type_entry("Meteor", "pyralis.light.effects.meteor", "effect"))
    driver = service.add("DriverLayer")
    service.add("Grid", driver, width=4, height=2)
    service.add("Solid", service.add("EffectsLayer", driver))
    return service


def send(service: Service, **fields: object) -> Any:
    """Change the state; the state that a client gets back."""
    status, answer = service.ask("POST", "/json/state", {**fields, "v": True})
    assert status == 200, answer
    return answer


def segment(service: Service, **fields: object) -> Any:
    return send(service, seg=fields)["seg"][0]


def value(service: Service, module: str, name: str) -> Any:
    return getattr(service.manager.find(module), name)


def effect(service: Service) -> Any:
    return service.manager.find("solid-4")


def driver_of(service: Service) -> Any:
    return service.manager.find("driverlayer-1")


# Looking.


def test_everything_in_one_answer(lit: Service) -> None:
    status, answer = lit.ask("GET", "/json")
    assert (status, list(answer)) == (200, ["state", "info", "effects", "palettes"])
    assert answer["state"] == lit.ask("GET", "/json/state")[1]
    assert answer["info"] == lit.ask("GET", "/json/info")[1]
    assert lit.ask("GET", "/json/si")[1] == {"state": answer["state"], "info": answer["info"]}
    assert answer["effects"] == lit.ask("GET", "/json/effects")[1] == lit.ask("GET", "/json/eff")[1]
    assert answer["palettes"] == lit.ask("GET", "/json/palettes")[1] == lit.ask("GET", "/json/pal")[1]


def test_a_plain_colour_has_number_0_and_the_rest_follows_the_catalogue(lit: Service) -> None:
    assert lit.ask("GET", "/json/eff") == (200, EFFECTS)
    assert lit.ask("GET", "/json/pal") == (200, [*NAMES, *RAMPS])


def test_the_state_says_what_shows(lit: Service) -> None:
    lit.set(effect(lit), color="#0a141e")
    state = lit.ask("GET", "/json/state")[1]
    assert [state[name] for name in ("on", "bri", "transition", "ps", "pl", "mainseg")] == [True, 255, 0, -1, -1, 0]
    (shown,) = state["seg"]
    names = ("id", "start", "stop", "startY", "stopY", "len", "on", "bri", "fx", "n", "sel")
    assert [shown[name] for name in names] == [0, 0, 4, 0, 2, 4, True, 255, 0, "EffectsLayer", True]
    assert shown["col"] == [[10, 20, 30], [0, 0, 0], [0, 0, 0]]


def test_info_says_what_this_is(lit: Service) -> None:
    info = lit.ask("GET", "/json/info")[1]
    assert [info[name] for name in ("name", "ver", "product", "ws", "fxcount", "palcount")] == [
        "Wall",
        "0.15.0",
        "Pyralis",
        -1,
        len(EFFECTS),
        len(NAMES) + len(RAMPS),
    ]
    assert (info["leds"]["count"], info["leds"]["matrix"]) == (8, {"w": 4, "h": 2})


def test_a_strip_is_no_matrix(service: Service) -> None:
    service.add("Line", service.add("DriverLayer"), length=5)
    assert "matrix" not in service.ask("GET", "/json/info")[1]["leds"]


def test_a_device_is_known_again_by_an_address_that_it_keeps(lit: Service) -> None:
    mac = lit.ask("GET", "/json/info")[1]["mac"]
    assert (len(mac), mac[:2]) == (12, "02")
    assert lit.platform.storage.files["wled-id"].decode() == mac
    again = Service()
    again.platform.storage.files["wled-id"] = b"025012345678"
    again.add("DriverLayer")
    assert again.ask("GET", "/json/info")[1]["mac"] == "025012345678"


def test_a_board_has_an_address(lit: Service) -> None:
    lit.system._facts["board_id"] = "24:6F:28:AA:BB:01"
    assert lit.ask("GET", "/json/info")[1]["mac"] == "246f28aabb01"


def test_without_lights_it_says_what_to_do(service: Service) -> None:
    for path in ("/json", "/json/info", "/json/state"):
        status, answer = service.ask("GET", path)
        assert (status, answer["error"]) == (404, "unknown_module")
        assert "add a DriverLayer" in answer["message"]
    assert service.ask("GET", "/presets.json") == (200, {"0": {}})


def test_without_a_layer_there_is_no_segment(service: Service) -> None:
    service.add("DriverLayer")
    assert service.ask("GET", "/json/state")[1]["seg"] == []
    assert service.ask("POST", "/json/state", {"seg": {"fx": 0}})[1]["error"] == "not_accepted"


def test_without_an_effect_one_is_added(service: Service) -> None:
    driver = service.add("DriverLayer")
    layer = service.add("EffectsLayer", driver)
    assert service.ask("POST", "/json/state", {"seg": {"fx": PLASMA}})[0] == 200
    assert [child.type_name for child in layer.children] == ["Plasma"]


# On, off and brightness.


def test_brightness_is_kept_while_it_is_off(lit: Service) -> None:
    driver = lit.manager.find("driverlayer-1")
    steps: list[tuple[dict[str, object], int, bool, int]] = [
        # sent, the driver's brightness, and what is told
        ({"bri": 100}, 100, True, 100),
        ({"on": False}, 0, False, 100),
        ({"on": False}, 0, False, 100),
        ({"on": True}, 100, True, 100),
        ({"on": "t"}, 0, False, 100),
        ({"bri": 50}, 50, True, 50),
        ({"bri": 0}, 0, False, 50),
        ({"on": True, "bri": 70}, 70, True, 70),
        ({"on": False, "bri": 80}, 0, False, 80),
        ({"on": "t"}, 80, True, 80),
        ({"bri": "~10"}, 90, True, 90),
        ({"bri": "~-100"}, 0, False, 90),
        ({"bri": "~"}, 91, True, 91),
        ({"bri": "~-"}, 90, True, 90),
        ({"bri": "255"}, 255, True, 255),
        ({}, 255, True, 255),
    ]
    for fields, brightness, on, told in steps:
        state = send(lit, **fields)
        assert (driver.brightness, state["on"], state["bri"]) == (brightness, on, told), fields  # type: ignore[attr-defined]


def test_what_was_made_dark_elsewhere_comes_back_as_bright_as_it_can_be(lit: Service) -> None:
    lit.set(lit.manager.find("driverlayer-1"), brightness=0)
    assert send(lit)["on"] is False
    assert send(lit, on=True)["bri"] == 255


def test_a_segment_has_its_own_brightness(lit: Service) -> None:
    assert segment(lit, bri=9)["bri"] == 9
    assert value(lit, "effectslayer-3", "opacity") == 9
    assert segment(lit, on=False)["bri"] == 9
    assert value(lit, "effectslayer-3", "opacity") == 0
    assert segment(lit, on=True)["on"] is True
    assert value(lit, "effectslayer-3", "opacity") == 9


def test_a_change_that_is_none_changes_nothing(lit: Service) -> None:
    before = lit.facts()
    assert lit.ask("POST", "/json/state", {"on": True, "bri": 255, "seg": [{"id": 0}]}) == (200, {"success": True})
    assert lit.facts() == before


# Effects.


def test_an_effect_by_number_with_its_sliders(lit: Service) -> None:
    shown = segment(lit, fx=PLASMA, sx=10, ix=255, pal=3)
    assert (shown["fx"], shown["sx"], shown["ix"], shown["pal"]) == (PLASMA, 10, 255, 3)
    now = effect(lit)
    assert (now.type_name, now.speed, now.scale, now.palette) == ("Plasma", 10, 64, NAMES[3])
    assert segment(lit, ix=0)["ix"] == 0
    assert now.scale == 1


@pytest.mark.parametrize("position", [0, 1, 100, 128, 254, 255])
def test_a_slider_stays_about_where_it_was_put(lit: Service, position: int) -> None:
    assert abs(segment(lit, fx=PLASMA, ix=position)["ix"] - position) <= 255 // 63 // 2 + 1
    assert segment(lit, sx=position)["sx"] == position


def test_a_slider_that_is_where_it_was_leaves_the_control(lit: Service) -> None:
    segment(lit, fx=PLASMA)
    for scale in range(1, 65):
        lit.set(effect(lit), scale=scale)
        segment(lit, ix=segment(lit)["ix"])
        assert effect(lit).scale == scale


def test_switches_and_sliders_beyond_the_second(lit: Service) -> None:
    shown = segment(lit, fx=METEOR, o1=True, ix="~-10")
    assert (effect(lit).backwards, shown["o1"], shown["o2"]) == (True, True, False)
    assert segment(lit, o1="t")["o1"] is False


def test_a_call_can_say_how_long_its_own_change_takes(lit: Service) -> None:
    driver = driver_of(lit)
    lit.set(effect(lit), color="#c8c8c8")
    lit.tick(20, 2)
    assert send(lit, tt=10, seg={"fx": EFFECTS.index("Paint")})["transition"] == 0
    lit.tick(0)
    assert set(driver.buffer) == {200}
    lit.tick(500)
    assert set(driver.buffer) <= {149, 150}
    lit.tick(500)
    assert set(driver.buffer) == {100}
    lit.set(driver, fade_ms=1000)
    send(lit, tt=0, seg={"fx": 0, "col": ["c8c8c8"]})
    lit.tick(20)
    assert (set(driver.buffer), driver.fade_ms) == ({200}, 1000)


def test_while_memory_is_low_a_call_loads_no_fade(lit: Service) -> None:
    lit.memory.low = True
    segment(lit, fx=PLASMA)
    send(lit, tt=10, seg={"fx": METEOR})
    assert (effect(lit).type_name, driver_of(lit)._fade) == ("Meteor", None)


def test_the_next_effect_the_one_before_and_any(lit: Service) -> None:
    assert segment(lit, fx="~")["fx"] == 1
    assert segment(lit, fx="~-")["fx"] == 0
    assert segment(lit, fx="~-")["fx"] == len(EFFECTS) - 1
    assert segment(lit, fx="~")["fx"] == 0
    assert 0 <= segment(lit, fx="r")["fx"] < len(EFFECTS)


@pytest.mark.parametrize(
    ("colors", "color"),
    [
        ([[1, 2, 3]], "#010203"),
        ([[1, 2, 3, 9]], "#010203"),
        (["FFA000"], "#ffa000"),
        (["#ffa00011"], "#ffa000"),
        ([{"r": 1, "g": 2, "b": 3}], "#010203"),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 0, 0]], "#010203"),
        ([[], [4, 5, 6]], "#ff8020"),
        ([], "#ff8020"),
    ],
)
def test_colours_in_every_notation(lit: Service, colors: object, color: str) -> None:
    segment(lit, col=colors)
    assert effect(lit).color == color


def test_what_an_effect_has_no_control_for_is_passed_over(lit: Service) -> None:
    before = lit.facts()
    segment(lit, sx=1, ix=2, c1=3, c2=4, c3=31, o1=True, pal=5, frz=True, grp=2, nonsense=[])
    send(lit, nl={"on": True}, udpn={"send": True}, lor=1, time=5, tt=7, nonsense=None)
    assert lit.facts() == before


def test_one_segment_is_there_and_others_are_passed_over(lit: Service) -> None:
    send(lit, seg=[{"id": 1, "fx": 1}, {"id": 0, "col": ["010203"]}, {"bri": 7}])
    assert (effect(lit).type_name, effect(lit).color) == ("Solid", "#010203")
    assert value(lit, "effectslayer-3", "opacity") == 7


def test_a_change_is_answered_in_three_forms(lit: Service) -> None:
    assert lit.ask("POST", "/json/state", {"bri": 1}) == (200, {"success": True})
    assert list(lit.ask("POST", "/json/si", {"v": True})[1]) == ["state", "info"]
    assert lit.ask("POST", "/json", {"bri": 2, "v": True})[1]["state"]["bri"] == 2


# Presets.


def test_presets_are_those_of_pyralis(lit: Service) -> None:
    assert send(lit, psave=5, n="Five")["ps"] == 5
    lit.ask("POST", "/api/presets", {"name": "One"})
    send(lit, psave=9)
    assert lit.ask("GET", "/presets.json")[1] == {
        "0": {},
        "1": {"n": "One", "on": True},
        "5": {"n": "Five", "on": True},
        "9": {"n": "Preset 9", "on": True},
    }
    segment(lit, fx=PLASMA)
    assert send(lit, ps=5, seg={"fx": METEOR})["ps"] == 5
    assert effect(lit).type_name == "Solid"
    send(lit, pdel=5)
    assert "5" not in lit.ask("GET", "/presets.json")[1]
    assert send(lit, ps=-1)["ps"] == -1


def test_clients_see_that_the_list_of_presets_is_another(lit: Service) -> None:
    def stamp() -> Any:
        return lit.ask("GET", "/json/info")[1]["fs"]["pmt"]

    stamps = [stamp()]
    for fields in ({"psave": 1}, {"psave": 1, "n": "Two"}, {"pdel": 1}):
        send(lit, **fields)
        stamps.append(stamp())
    assert len(set(stamps)) == 4
    send(lit, bri=9)
    assert stamp() == stamps[-1]


# What is wrong.


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"on": 1}, "on takes true, false or t"),
        ({"on": None}, "on takes"),
        ({"bri": 256}, "bri takes a whole number from 0 to 255"),
        ({"bri": -1}, "bri takes"),
        ({"bri": True}, "bri takes"),
        ({"bri": 1.5}, "bri takes"),
        ({"bri": "loud"}, "bri takes"),
        ({"bri": "~1e9"}, "bri takes"),
        ({"bri": "w~40"}, "bri takes"),
        ({"bri": None}, "bri takes"),
        ({"transition": -1}, "transition takes"),
        ({"tt": 65536}, "tt takes a whole number from 0 to 65535"),
        ({"ps": "Evening"}, "ps takes the number of a preset"),
        ({"psave": 251}, "psave takes the number of a preset, up to 250"),
        ({"pdel": True}, "pdel takes"),
        ({"psave": 1, "n": "x" * 33}, "n takes a name of up to 32 characters"),
        ({"psave": 1, "n": 5}, "n takes"),
        ({"seg": 5}, "seg takes an object or a list of objects"),
        ({"seg": [[]]}, "seg takes"),
        ({"seg": {"fx": len(EFFECTS)}}, f"fx takes a whole number from 0 to {len(EFFECTS) - 1}"),
        ({"seg": {"fx": "Plasma"}}, "fx takes"),
        ({"seg": {"sx": 256}}, "sx takes"),
        ({"seg": {"c3": 32}}, "c3 takes a whole number from 0 to 31"),
        ({"seg": {"o1": 1}}, "o1 takes"),
        ({"seg": {"pal": 99}}, "pal takes"),
        ({"seg": {"fx": PLASMA, "pal": len(NAMES)}}, f"pal {len(NAMES)} is 'fire', this effect takes: 0, 1,"),
        ({"seg": {"col": "red"}}, "col takes a list"),
        ({"seg": {"col": ["red"]}}, "col takes"),
        ({"seg": {"col": [[1, 2]]}}, "col takes"),
        ({"seg": {"col": [[1, 2, 256]]}}, "col takes"),
        ({"seg": {"col": [[1, 2, "3"]]}}, "col takes"),
        ({"seg": {"col": [5]}}, "col takes"),
    ],
)
def test_a_wrong_value_says_what_is_right_and_changes_nothing(
    lit: Service, fields: dict[str, object], says: str
) -> None:
    before = lit.facts()
    status, answer = lit.ask("POST", "/json/state", {"bri": 7, **fields})
    assert (status, answer["error"]) == (422, "invalid_value")
    assert says in answer["message"]
    assert lit.facts() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", "/json/state", b"{", 400, "bad_json"),
        ("POST", "/json/state", b"[]", 400, "bad_json"),
        ("POST", "/json/state", {"bri": 7, "ps": 3}, 404, "unknown_preset"),
        ("POST", "/json/state", {"bri": 7, "pdel": 3}, 404, "unknown_preset"),
        ("POST", "/json/info", {}, 405, "method_not_allowed"),
        ("DELETE", "/json/state", None, 405, "method_not_allowed"),
        ("POST", "/presets.json", {}, 405, "method_not_allowed"),
        ("GET", "/json/cfg", None, 404, "unknown_route"),
        ("GET", "/json/state/seg", None, 404, "unknown_route"),
        ("GET", "/jsonp", None, 404, "unknown_route"),
    ],
)
def test_a_wrong_request_is_refused(
    lit: Service, method: str, path: str, body: object, status: int, error: str
) -> None:
    before = lit.facts()
    found, answer = lit.ask(method, path, body)
    assert (found, answer["error"]) == (status, error)
    assert lit.facts() == before


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 300),
    st.integers(),
    st.floats(),
    st.sampled_from(["t", "r", "~", "~-", "~10", "~-7", "w~4", "FFA000", ""]),
    st.text(max_size=5),
    st.lists(st.integers(-1, 256), max_size=4),
)
SEGMENTS = st.dictionaries(
    st.sampled_from(["id", "fx", "sx", "ix", "c1", "c3", "o1", "pal", "on", "bri", "n", "col", "i"]),
    st.one_of(VALUES, st.lists(VALUES, max_size=4), st.dictionaries(st.sampled_from(["r", "g", "b", "w"]), VALUES)),
)
STATES = st.dictionaries(
    st.sampled_from(["on", "bri", "transition", "tt", "ps", "psave", "pdel", "n", "v", "seg", "nl", "lor"]),
    st.one_of(VALUES, SEGMENTS, st.lists(SEGMENTS, max_size=3)),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=STATES)
def test_whatever_is_sent_is_done_or_refused_and_told_in_order(lit: Service, fields: dict[str, object]) -> None:
    before = lit.manager.snapshot()
    status, answer = lit.ask("POST", "/json/state", fields)
    assert status in (200, 404, 422), answer
    if status != 200:
        assert lit.manager.snapshot() == before
    lit.tick()
    assert {module.status for module in lit.manager.modules()} <= {"ok", "disabled"}
    state = lit.ask("GET", "/json/state")[1]
    sliders = [state["seg"][0][slot] for slot in ("bri", "sx", "ix", "c1", "c2")]
    assert all(0 <= position <= 255 for position in [state["bri"], *sliders])


def test_an_effect_that_cannot_be_had_leaves_the_picture(lit: Service, break_type: Callable[[], int]) -> None:
    before = lit.facts()
    status, answer = lit.ask("POST", "/json/state", {"bri": 7, "seg": {"fx": break_type()}})
    assert (status, answer["error"]) == (422, "type_failed")
    assert lit.facts() == before


@pytest.fixture
def break_type(lit: Service) -> Callable[[], int]:
    """Add a type whose code is missing; its number."""

    def add() -> int:
        lit.platform.types.append(type_entry("Missing", "no_such_module", "effect"))
        return len(EFFECTS)

    return add
