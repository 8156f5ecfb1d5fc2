"""Presets, a playlist and the JSON API of WLED on CPython and MicroPython. A portable test."""

import json

from pyralis.api.answer import Request
from pyralis.api.routes import Routes
from pyralis.api.views import SystemView
from test_light_parts import Wall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Service(Wall):
    """driverlayer-1 of 4 x 2 lights with effectslayer-3 and solid-4, and the routes around them."""

    def __init__(self) -> None:
        super().__init__()
        for name, category, module in (("Plasma", "effect", "effects.plasma"), ("Playlist", "service", "playlist")):
            entry = {"type": name, "category": category, "description": "", "module": "pyralis.light." + module}
            self.platform.types.append(entry)
        facts = self.platform.facts()
        facts["name"] = "Größe"
        self.routes = Routes(self.manager, SystemView(self.manager, facts), lambda: None)
        self.add("Grid", self.driver, {"width": 4, "height": 2})
        self.add("Solid", self.add("EffectsLayer", self.driver))

    def ask(self, method: str, path: str, **fields: object) -> "tuple[int, Any]":
        answer = self.routes.handle(Request(method, path, None, json.dumps(fields).encode() if fields else b""))
        if answer.parts is None:
            return answer.status, answer.value
        return answer.status, json.loads("".join(list(answer.parts)))

    def shown(self) -> "Any":
        return self.manager.find("solid-4")


def test_presets_are_saved_recalled_and_deleted() -> None:
    service = Service()
    service.tick(20)
    lights = service.lights()
    assert service.ask("POST", "/api/presets", name="Größe") == (201, {"id": 1, "name": "Größe"})
    service.ask("POST", "/api/modules/solid-4/replace", type="Plasma")
    service.tick(20)
    assert service.lights() != lights
    assert service.ask("POST", "/api/presets/1/recall")[0] == 200
    service.tick(20)
    assert service.lights() == lights
    assert service.ask("GET", "/api/presets")[1] == {"presets": [{"id": 1, "name": "Größe"}], "current": 1}
    assert service.ask("DELETE", "/api/presets/1") == (200, {"deleted": 1})
    assert service.ask("POST", "/api/presets/1/recall")[1]["error"] == "unknown_preset"


def test_a_recall_that_cannot_be_leaves_the_picture() -> None:
    service = Service()
    service.ask("POST", "/api/presets", name="Evening")
    service.tick(20)
    service.platform.storage.files["preset-1.json"] = b'{"layers": [{"type": "EffectsLayer"}, {"type": "Nothing"}]}'
    before = (json.dumps(service.manager.snapshot()), service.lights())
    status, answer = service.ask("POST", "/api/presets/1/recall")
    assert (status, answer["error"]) == (422, "unknown_type")
    service.tick(20)
    assert (json.dumps(service.manager.snapshot()), service.lights()) == before


def test_a_playlist_shows_presets_in_turn() -> None:
    service = Service()
    for color in ("#ff0000", "#00ff00"):
        service.ask("POST", "/api/modules/solid-4/controls", color=color)
        service.ask("POST", "/api/presets", name=color)
    playlist = service.add("Playlist", None, {"seconds": 5})
    service.tick(20)
    seen = []
    for _ in range(3):
        for _ in range(10):
            service.tick(500)
        seen.append((service.shown().color, playlist.health_report()))
    red, green = ("#ff0000", "OK: shows '#ff0000'"), ("#00ff00", "OK: shows '#00ff00'")
    assert seen == [red, green, red]


def test_wled_is_told_and_changes_what_shows() -> None:
    service = Service()
    status, everything = service.ask("GET", "/json")
    assert (status, everything["info"]["name"], everything["effects"]) == (200, "Größe", ["Solid", "Rainbow", "Plasma"])
    fields: dict[str, object] = {"on": True, "bri": "~-55", "v": True}
    fields["seg"] = [{"id": 0, "fx": 2, "sx": 7, "pal": 3}]
    status, state = service.ask("POST", "/json/state", **fields)
    assert (status, state["bri"], state["seg"][0]["fx"], state["seg"][0]["sx"]) == (200, 200, 2, 7)
    assert (service.shown().type_name, service.shown().palette, service.driver.brightness) == ("Plasma", "ocean", 200)
    service.ask("POST", "/json/state", on=False)
    assert service.ask("GET", "/json/si")[1]["state"]["on"] is False
    service.ask("POST", "/json/state", on=True, seg={"fx": 0, "col": ["#0102ff"]})
    assert (service.shown().color, service.driver.brightness) == ("#0102ff", 200)


def test_wled_says_how_long_one_change_takes() -> None:
    service = Service()
    service.tick(20)
    before = service.lights()
    service.ask("POST", "/json/state", tt=600, seg={"fx": 1})
    service.tick(0)
    assert service.lights() == before
    service.tick(10_000)
    assert service.lights() != before
    assert service.driver.fade_ms == 0


def test_wled_refuses_what_is_wrong() -> None:
    service = Service()
    before = json.dumps(service.manager.snapshot())
    for wrong in ({"bri": 256}, {"on": 1}, {"seg": 5}, {"seg": {"fx": 3}}, {"seg": {"col": ["red"]}}, {"bri": "~x"}):
        fields: dict[str, object] = {"seg": {"sx": 1}}
        fields.update(wrong)
        status, answer = service.ask("POST", "/json/state", **fields)
        assert (status, answer["error"]) == (422, "invalid_value"), (wrong, answer)
    assert json.dumps(service.manager.snapshot()) == before
