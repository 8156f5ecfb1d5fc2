"""A rig's own palettes: live on a PC, in an image for a board, and no difference to an image without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from live_rig import DEADLINE_S, LiveRig, live, values

from pyralis.deploy.build import board_code as code
from pyralis.deploy.build.own_palettes import changed_sources
from pyralis.deploy.build.sources import image_sources
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.errors import UserError
from pyralis.deploy.identity import identify
from pyralis.deploy.live.suite.polling import until

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

MINE = '{"mine": ["#ff0000", "#0000ff"]}'
BOTH = '{"mine": ["#ff0000", "#0000ff"], "other": [[0, "#000000"], [255, "#00ff00"]]}'


def options(here: LiveRig, type_name: str) -> list[str]:
    """The palettes that a module offers."""
    found: list[Any] = [control for control in here.module(type_name)["controls"] if control["name"] == "palette"]
    return list(found[0]["options"])


def test_they_are_offered_at_once_and_saved_ones_are_used(rig: Rig) -> None:
    rig.palettes.write_text(MINE, encoding="utf-8")
    with live(rig, {"type": "Plasma", "controls": {"palette": "mine"}}, {"type": "Fire"}) as here:
        assert values(here.module("Plasma"))["palette"] == "mine"
        assert options(here, "Plasma")[-1] == options(here, "Fire")[-1] == "mine"
        here.write("palettes.json", BOTH)
        until(lambda: options(here, "Fire")[-1] == "other", "the new one is offered", DEADLINE_S)
        here.ask("POST", f"/api/modules/{here.module('Fire')['id']}/controls", {"palette": "other"})
        here.write("palettes.json", BOTH.replace("#0000ff", "#0000f"))
        until(lambda: any("'mine', entry 2" in text for text in here.errors()), "the error is told", DEADLINE_S)
        assert "palettes.json" in here.errors()[-1]
        assert options(here, "Plasma")[-2:] == ["mine", "other"]
        here.write("palettes.json", MINE.replace("mine", "yours"))
        until(lambda: options(here, "Plasma")[-1] == "yours", "another one is offered", DEADLINE_S)
        assert (values(here.module("Plasma"))["palette"], values(here.module("Fire"))["palette"]) == ("rainbow", "fire")


def test_a_broken_file_is_told_at_the_start(rig: Rig) -> None:
    rig.palettes.write_text("{", encoding="utf-8")
    with live(rig, {"type": "Plasma"}) as here:
        until(lambda: any("palettes.json:1:2: not JSON" in text for text in here.errors()), "it is told", DEADLINE_S)


def test_an_image_has_them_and_without_any_it_is_as_before(rig: Rig) -> None:
    target = TARGETS["esp32dev"]
    sources = image_sources(rig, target)
    assert changed_sources(rig) == {}
    before, identity = {one.name: one.text for one in code.board_code(sources, rig.cache)[0]}, identify(rig)
    rig.palettes.write_text(BOTH, encoding="utf-8")
    after = {one.name: one.text for one in code.board_code(sources, rig.cache, changed_sources(rig))[0]}
    assert identify(rig) != identity
    assert {name for name in after if after[name] != before.get(name)} == {"lib/pyralis/light/palettes.py"}
    made: dict[str, Any] = {}
    exec(after["lib/pyralis/light/palettes.py"], made)
    assert made["expand"]("mine")[0] > 250
    assert made["expand"]("other")[765:] == b"\x00\xff\x00"


def test_a_build_says_what_is_wrong_and_where(rig: Rig) -> None:
    rig.palettes.write_text('{"rainbow": ["#ff0000"]}', encoding="utf-8")
    with pytest.raises(UserError, match="'rainbow' is a palette that there is already"):
        changed_sources(rig)
