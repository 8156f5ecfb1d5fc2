"""Live reload: files of a rig are edited while `pyralis run` runs, and its modules follow."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from live_rig import DEADLINE_S, live, values

from pyralis.deploy.live.suite.polling import until

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

GLOW = '''"""Glow: one grey for all."""

from pyralis.light.effect import Effect


class Glow(Effect):
    """All in one grey."""

    def define_controls(self) -> None:
        """How bright."""
        super().define_controls()
        self.level = self.add_int("level", 10, 0, 255)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """All of it."""
        buffer[:] = bytes([self.level]) * len(buffer)
'''
_CONTROL = '        self.level = self.add_int("level", 10, 0, 255)\n'
MORE = GLOW.replace(_CONTROL, _CONTROL + '        self.extra = self.add_bool("extra", True)\n')
KERNEL = '''"""Glow: one grey for all, by a kernel."""

from pyralis.kernel import const, micropython, ptr8
from pyralis.light.effect import Effect

LEVEL = const(40)


@micropython.viper
def paint(dst: ptr8, count: int):
    """Write every byte."""
    for i in range(count):
        dst[i] = LEVEL & 255


class Glow(Effect):
    """All in one grey."""

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """All of it."""
        paint(buffer, len(buffer))
'''
OTHER = {"type": "Solid"}


@pytest.fixture
def glow(rig: Rig) -> Rig:
    (rig.modules / "glow.py").write_text(GLOW, encoding="utf-8")
    return rig


def test_an_edited_effect_is_made_anew_in_its_place_with_its_controls(glow: Rig) -> None:
    with live(glow, OTHER, {"type": "Glow", "name": "Mine"}, OTHER) as here:
        before = here.module("Glow")
        here.ask("POST", f"/api/modules/{before['id']}/controls", {"level": 77, "opacity": 99})
        order = [module["id"] for module in here.modules()]
        here.write("modules/glow.py", MORE)
        after = here.until_control("Glow", "extra")
        assert (after["id"], after["name"], after["parent"]) == (before["id"], "Mine", before["parent"])
        assert values(after) == {"blend": "normal", "opacity": 99, "level": 77, "extra": True}
        assert [module["id"] for module in here.modules()] == order
        assert not here.errors()


FAULTS = {
    "syntax": ("self.level = self.", "self.level = = self.", "SyntaxError: invalid syntax (glow.py:12)"),
    "import": ("\n\nclass", "\n\nLIMIT = 1 // 0\n\n\nclass", "division or modulo by zero (glow.py:6)"),
    "missing": ("class Glow", "class Glowing", "modules/glow.py has no 'Glow' any more"),
    "kernel": (GLOW, KERNEL.replace("LEVEL & 255", "count / 2"), "(glow.py:13)"),
    "controls": ("10, 0, 255", "300, 0, 255", "level takes a whole number from 0 to 255 (glow.py:12)"),
    "setup": ("def render", "def setup(self):\n        1 // 0\n\n    def render", "by zero (glow.py:15)"),
    "render": ("bytes([self.level])", "bytes([self.lvl])", "has no attribute 'lvl' (glow.py:16)"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_a_mistake_is_shown_with_file_and_line_until_it_is_mended(glow: Rig, kind: str) -> None:
    old, new, said = FAULTS[kind]
    with live(glow, OTHER, {"type": "Glow", "controls": {"level": 5}}) as here:
        identity = here.module("Glow")["id"]
        here.write("modules/glow.py", GLOW.replace(old, new))
        shown = here.until_health("Glow", said)
        assert (shown["id"], shown["status"]) == (identity, "failed")
        assert [text for text in here.errors() if said in text] == [shown["health"]]
        # What cannot be loaded leaves the version before; what fails when it runs has taken its place.
        assert shown["setup_ok"] == ("the version before runs on" in shown["health"])
        assert shown["setup_ok"] == (kind not in {"setup", "render"})
        until(lambda: here.module("Solid")["status"] == "ok", "the other effect works", DEADLINE_S)
        here.write("modules/glow.py", MORE)
        mended = here.until_control("Glow", "extra")
        assert (mended["id"], mended["health"], values(mended)["level"]) == (identity, "OK", 5)


def test_a_new_file_is_a_new_type_and_one_that_is_gone_is_none(glow: Rig) -> None:
    with live(glow) as here:
        assert "Shine" not in here.types()
        here.write("modules/shine.py", GLOW.replace("Glow", "Shine"))
        until(lambda: "Shine" in here.types(), "Shine is a type", DEADLINE_S)
        added = here.ask("POST", "/api/modules", {"type": "Shine", "parent": here.module("EffectsLayer")["id"]})
        assert added["status"] == "ok"
        (here.root / "modules" / "shine.py").unlink()
        until(lambda: "Shine" not in here.types(), "Shine is no type", DEADLINE_S)
        shown = here.until_health("Shine", "modules/shine.py has no 'Shine' any more: put it back, or delete")
        assert shown["status"] == "failed"
        here.write("modules/shine.py", MORE.replace("Glow", "Shine"))
        assert here.until_control("Shine", "extra")["id"] == added["id"]


def test_a_module_whose_type_was_broken_at_the_start_gets_back_what_was_saved(glow: Rig) -> None:
    (glow.modules / "glow.py").write_text(GLOW.replace("def render", "def def"), encoding="utf-8")
    with live(glow, {"type": "Glow", "name": "Mine", "controls": {"level": 5}}) as here:
        assert "glow.py:14" in here.until_health("Glow", "SyntaxError")["health"]
        here.write("modules/glow.py", MORE)
        mended = here.until_control("Glow", "extra")
        assert (mended["name"], values(mended)["level"]) == ("Mine", 5)


def test_a_layer_of_the_rigs_own_gets_back_its_children(rig: Rig) -> None:
    layer = '"""Stack: a layer of my own."""\n\nfrom pyralis.light.effects_layer import EffectsLayer\n\n\n'
    layer += 'class Stack(EffectsLayer):\n    """A layer."""\n'
    (rig.modules / "stack.py").write_text(layer.replace("class", "clas"), encoding="utf-8")
    saved = {"type": "Stack", "children": [{"type": "Solid", "controls": {"color": "#010203"}}]}
    with live(rig, more=[saved]) as here:
        here.until_health("Stack", "SyntaxError")
        here.write("modules/stack.py", layer)
        until(lambda: any(module["type"] == "Solid" for module in here.modules()), "Solid is back", DEADLINE_S)
        solid = here.until_control("Solid", "color")
        assert values(solid)["color"] == "#010203"
        assert solid["parent"] == here.module("Stack")["id"]


def test_what_a_module_imports_of_the_rig_is_followed_too(glow: Rig) -> None:
    (glow.modules / "shared.py").write_text("EXTRA = 'one'\n", encoding="utf-8")
    uses = MORE.replace("from pyralis", "from modules import shared\nfrom pyralis").replace('"extra"', "shared.EXTRA")
    (glow.modules / "glow.py").write_text(uses, encoding="utf-8")
    with live(glow, {"type": "Glow"}) as here:
        assert "one" in values(here.module("Glow"))
        here.write("modules/shared.py", "EXTRA = 'two'\n")  # of the same size, within the same second
        here.until_control("Glow", "two")


def test_the_old_picture_stays_until_the_new_one_is_compiled(rig: Rig) -> None:
    """No frame is black or half: each packet is of the old version or of the new one."""
    (rig.modules / "glow.py").write_text(KERNEL, encoding="utf-8")
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(DEADLINE_S)
        controls = {"target": "127.0.0.1", "port": sink.getsockname()[1]}
        with live(rig, {"type": "Glow"}, more=[{"type": "ArtNetOut", "controls": controls}]) as here:
            until(lambda: here.module("Glow")["status"] == "ok", "compiled", DEADLINE_S)
            old = until(lambda: picture(sink), "a picture", DEADLINE_S)
            here.write("modules/glow.py", KERNEL.replace("const(40)", "const(200)"))
            new = until(lambda: next((one for one in [picture(sink)] if one != old), b""), "another one", DEADLINE_S)
            assert new == bytes([new[0]]) * 48
            assert new[0] > old[0]


def picture(sink: socket.socket) -> bytes:
    """The lights in the next packet; black before anything was drawn is none."""
    lights = sink.recv(2048)[18:]
    return lights if any(lights) else b""


def test_a_kernel_that_numba_refuses_is_a_mistake_too(rig: Rig) -> None:
    # The checker reads the source of a kernel; one that is made of a text has none.
    made = KERNEL.replace("@micropython", 'exec("""\n@micropython').replace("LEVEL & 255\n", 'count / 2\n""")\n')
    made = made.replace('    """Write every byte."""\n', "")
    (rig.modules / "glow.py").write_text(KERNEL, encoding="utf-8")
    with live(rig, {"type": "Glow"}) as here:
        here.write("modules/glow.py", made)
        shown = here.until_health("Glow", "numba cannot compile paint")
        assert shown["health"].endswith("the version before runs on")
        here.write("modules/glow.py", MORE)
        here.until_control("Glow", "extra")
