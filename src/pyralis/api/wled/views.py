"""State and info as WLED tells them: texts with gaps, because a board keeps the name of each field for ever."""

import json

from pyralis.api.wled.lists import effect_names, effect_number, palette_names
from pyralis.api.wled.picture import COLORS, SLIDERS, SWITCHES, slots, to_slider

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.api.views import SystemView
    from pyralis.api.wled.memory import Remembered
    from pyralis.api.wled.picture import Picture
    from pyralis.core.manager import ModuleManager
    from pyralis.core.presets import Presets

VERSION = "0.15.0"  # of the API that is spoken here
_STATE = (
    '{"on":%s,"bri":%d,"transition":%d,"ps":%d,"pl":-1,"nl":{"on":false,"dur":60,"mode":1,"tbri":0,"rem":-1},'
    '"udpn":{"send":false,"recv":false,"sgrp":0,"rgrp":0},"lor":0,"mainseg":0,"seg":[%s]}'
)
_SEGMENT = (
    '{"id":0,"start":0,"stop":%d,"startY":0,"stopY":%d,"len":%d,"grp":1,"spc":0,"of":0,"on":%s,"frz":false,"bri":%d,'
    '"cct":127,"set":0,"n":%s,"col":%s,"fx":%d,"pal":%d,%s,"sel":true,"rev":false,"mi":false,"si":0,"m12":0}'
)
# `opt` 8 says that it takes no firmware over this API, `ws` -1 that clients have to poll.
_INFO = (
    '{"ver":"%s","vid":2412100,"brand":"Pyralis","product":"Pyralis","name":%s,"mac":"%s","arch":%s,"core":%s,'
    '"leds":{"count":%d,"pwr":0,"fps":%d,"maxpwr":0,"maxseg":1,"lc":1,"seglc":[1],"rgbw":false,"wv":0,"cct":0%s},'
    '"str":false,"udpport":0,"live":false,"lm":"","lip":"","ws":-1,"fxcount":%d,"palcount":%d,"cpalcount":0,'
    '"wifi":{"bssid":"","rssi":0,"signal":100,"channel":0,"ap":false},"fs":{"u":0,"t":0,"pmt":%d},"ndc":-1,'
    '"freeheap":%d,"uptime":%d,"opt":8,"ip":""}'
)


def state_text(manager: "ModuleManager", picture: "Picture", remembered: "Remembered", presets: "Presets") -> str:
    """What shows now."""
    brightness = remembered.brightness.level(_level(picture.driver, "brightness"))
    fade_ms = getattr(picture.driver, "fade_ms", 0)
    segment = segment_text(manager, picture, remembered) if picture.layer is not None else ""
    is_on = _switch(_level(picture.driver, "brightness") > 0)
    return _STATE % (is_on, brightness, fade_ms // 100, presets.current or -1, segment)


def segment_text(manager: "ModuleManager", picture: "Picture", remembered: "Remembered") -> str:
    """The layer and its effect as the one segment."""
    effect, size = picture.effect, picture.driver.map.size  # type: ignore[attr-defined]
    found = slots(effect)
    values = [f'"{slot}":{_slider(slot, picture)}' for slot in SLIDERS]
    values += [f'"{slot}":{_switch(slot in found and getattr(effect, found[slot].name))}' for slot in SWITCHES]
    palette = getattr(effect, "palette", "")
    opacity = _level(picture.layer, "opacity")
    return _SEGMENT % (
        size[0],
        size[1] * size[2],
        size[0],
        _switch(opacity > 0),
        remembered.opacity.level(opacity),
        json.dumps(picture.layer.name if picture.layer is not None else ""),
        json.dumps([_color(slot, picture) for slot in COLORS]),
        effect_number(manager, effect.type_name) if effect is not None else 0,
        palette_names().index(palette) if palette in palette_names() else 0,
        ",".join(values),
    )


def info_text(
    manager: "ModuleManager", system: "SystemView", picture: "Picture", remembered: "Remembered", presets: "Presets"
) -> str:
    """What this device is."""
    shown = system.view()
    size = picture.driver.map.size  # type: ignore[attr-defined]
    matrix = ',"matrix":{"w":%d,"h":%d}' % (size[0], size[1] * size[2]) if size[1] * size[2] > 1 else ""
    return _INFO % (
        VERSION,
        json.dumps(shown["name"]),
        remembered.mac(shown.get("board_id")),
        json.dumps(shown.get("chip") or "pc"),
        json.dumps(shown.get("implementation")),
        picture.driver.light_count(),  # type: ignore[attr-defined]
        shown["fps"],
        matrix,
        sum([1 for _ in effect_names(manager)]),
        len(palette_names()),
        presets.changes,
        shown["heap_free_bytes"] or 0,
        shown["uptime_ms"] // 1000,  # type: ignore[operator]
    )


def _slider(slot: str, picture: "Picture") -> int:
    control = slots(picture.effect).get(slot)
    if control is None:
        return 16 if slot == "c3" else 128
    return to_slider(slot, control, getattr(picture.effect, control.name))


def _color(slot: str, picture: "Picture") -> "list[int]":
    control = slots(picture.effect).get(slot)
    if control is None:
        return [255, 255, 255] if slot == "0" else [0, 0, 0]
    value = getattr(picture.effect, control.name)
    return [int(value[at : at + 2], 16) for at in (1, 3, 5)]


def _level(module: object, name: str) -> int:
    level: int = getattr(module, name)
    return level


def _switch(value: object) -> str:
    return "true" if value else "false"
