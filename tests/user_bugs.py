"""Modules as users write them, each with one bug: what is in its file, and which words have to explain its red dot."""

from __future__ import annotations

from typing import NamedTuple

_EFFECT = "from pyralis.light.effect import Effect\n\n\nclass {name}(Effect):\n{body}"
_LAYOUT = (
    "from pyralis.light.coord import Coord3D\nfrom pyralis.light.layout import Layout\n\n\n"
    "class {name}(Layout):\n{count}{extent}{place}"
)
_OUTPUT = "from pyralis.light.output import Output\n\n\nclass {name}(Output):\n{body}"
_COUNT = "    def light_count(self):\n        return 4\n"
_EXTENT = "    def extent(self):\n        return Coord3D(4, 1, 1)\n"
_PLACE = (
    "    def place(self, positions, start):\n        for i in range(4):\n"
    "            positions[3 * (start + i)] = self.x + i\n"
    "            positions[3 * (start + i) + 1] = self.y\n            positions[3 * (start + i) + 2] = self.z\n"
)
_RENDER = "    def render(self, buffer, width, height, depth):\n"
_KEEPS = "    def on_control(self, name):\n        self.kept = []\n\n" + _RENDER


class Bug(NamedTuple):
    """One module: category, source, words of its reason (a|b is either), and whether only a real heap stops it."""

    category: str
    source: str
    words: tuple[str, ...]
    needs_heap: bool = False
    status: str = ""


def effect(body: str, *words: str, needs_heap: bool = False, status: str = "") -> Bug:
    return Bug("effect", _EFFECT.replace("{body}", body), words, needs_heap, status)


def layout(*words: str, count: str = _COUNT, extent: str = _EXTENT, place: str = _PLACE) -> Bug:
    source = _LAYOUT.replace("{count}", count).replace("{extent}", extent).replace("{place}", place)
    return Bug("layout", source, words)


def _count(value: str) -> str:
    return f"    def light_count(self):\n        return {value}\n"


def _extent(value: str) -> str:
    return f"    def extent(self):\n        return {value}\n"


BUGS: dict[str, Bug] = {
    "SetupRaises": effect(
        '    def setup(self):\n        raise RuntimeError("no strip here")\n', "no strip here", "setup_raises"
    ),
    "ControlRaises": effect(
        "    def on_control(self, name):\n        self.missing.append(name)\n", "missing", "control_raises"
    ),
    "LoopRaises": effect(_RENDER + "        buffer[0] = width // 0\n", "ZeroDivisionError", "loop_raises"),
    "LoopExits": effect(_RENDER + "        raise SystemExit(3)\n", "SystemExit", "loop_exits"),
    "Recurses": effect(_RENDER + "        self.render(buffer, width, height, depth)\n", "recursion"),
    "Sleeps": effect("    import time\n\n" + _RENDER + "        self.time.sleep(0.5)\n", "slow", " ms", status="slow"),
    "HoardsBuffers": effect(_KEEPS + "        self.kept.append(self.allocate(4096))\n", "4096 bytes"),
    "HoardsLists": effect(_KEEPS + "        self.kept.append([0] * 100)\n", "memory"),
    "HoardsTexts": effect(
        _KEEPS + '        self.kept.extend(["%d" % (len(self.kept) + i) for i in range(30)])\n',
        "memory",
    ),
    "WantsAll": effect(_RENDER + "        bytearray(1 << 29)\n", "memory", "wants_all", needs_heap=True),
    "WantsAllInSetup": effect("    def setup(self):\n        self.all = bytearray(1 << 29)\n", "memory|bytes"),
    "ReturnsPicture": effect(_RENDER + "        return bytes(width * height * 3)\n", "render"),
    "ShortensPicture": effect(_RENDER + "        del buffer[10:]\n", "buffer|shortens_picture"),
    "LengthensPicture": effect(_RENDER + "        buffer.extend(b'xxx')\n", "buffer|lengthens_picture"),
    "HealthNone": effect("    def health_report(self):\n        return None\n", "health_report"),
    "HealthRaises": effect("    def health_report(self):\n        return self.missing\n", "health_report"),
    "HeapText": effect('    def heap_bytes(self):\n        return "lots"\n', "heap_bytes"),
    "HeapNegative": effect("    def heap_bytes(self):\n        return -9_000_000\n", "heap_bytes"),
    "HeapNone": effect("    def heap_bytes(self):\n        return None\n", "heap_bytes"),
    "CountText": layout("light_count|count_text", count=_count('"many"')),
    "CountNone": layout("light_count|count_none", count=_count("None")),
    "CountNegative": layout("light_count", count=_count("-4")),
    "CountHuge": layout("too many", count=_count("10**9")),
    "CountTooSmall": layout("place|count_too_small", count=_count("2")),
    "ExtentNone": layout("extent", extent=_extent("None")),
    "ExtentShort": layout("extent", extent=_extent("(4, 1)")),
    "ExtentFloat": layout("extent", extent=_extent("Coord3D(4.5, 1, 1)")),
    "ExtentNegative": layout("extent", extent=_extent("Coord3D(-4, -1, 1)")),
    "ExtentTooSmall": layout("extent", extent=_extent("Coord3D(2, 1, 1)"), place=_PLACE.replace("self.x", "65000")),
    "PlaceRaises": layout(
        "place_raises", place='    def place(self, positions, start):\n        raise ValueError("wire")\n'
    ),
    "PlaceText": layout(
        "place", place='    def place(self, positions, start):\n        positions[3 * start] = "left"\n'
    ),
    "SendRaises": Bug(
        "output",
        _OUTPUT.replace("{body}", '    def send(self, driver, buffer):\n        raise OSError("no cable")\n'),
        ("no cable", "send_raises"),
    ),
}


def file_name(type_name: str) -> str:
    """`SetupRaises` is in setup_raises.py."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in type_name)[1:] + ".py"


def source(type_name: str) -> str:
    """The whole file."""
    return f'"""{type_name}: has one bug."""\n\n' + BUGS[type_name].source.replace("{name}", type_name)
