"""Any change in any order, asked of a small board over HTTP while clients come and go: what must hold after each.

HTTP answers in time, the process lives, what was refused has changed nothing, what was not meant has not changed; a
dot that turns red is that of the module whose change did it; and taking that change back turns all green that was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chaos_board import Answer, ChaosBoard
from chaos_clients import RUBBISH, Clients
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

Module = dict[str, Any]

TREE = [
    {
        "type": "DriverLayer",
        "children": [
            {"type": "Grid"},
            {"type": "EffectsLayer", "children": [{"type": "Plasma"}]},
            {"type": "ArtNetOut"},
            {"type": "Preview"},
        ],
    }
]
CATEGORIES = {
    "driver": ("DriverLayer",),
    "layer": ("EffectsLayer",),
    "layout": (
        "ConcentricRings",
        "Cube",
        "Grid",
        "LedMap",
        "Line",
        "Panels",
        "Ring",
        "Sphere",
        "SpiralStrip",
        "SpokeWheel",
    ),
    "output": ("ArtNetFinder", "ArtNetOut", "DdpOut", "LedPins", "PowerBudget", "Preview", "SacnOut"),
    "modifier": ("Checkerboard", "Mirror", "Multiply", "Pinwheel", "Region", "Reverse", "Rotate", "Transpose"),
    "effect": ("Fault", "Fire", "GameOfLife", "Metaballs", "NetworkIn", "Noise2D", "Plasma", "Rainbow", "Solid"),
}
_ACCEPTED_BY = {
    "driver": "",
    "layer": "driver",
    "layout": "driver",
    "output": "driver",
    "effect": "layer",
    "modifier": "layer",
}
NONE: frozenset[str] = frozenset()
NOBODY: Module = {"id": "nobody", "type": "Solid", "category": "effect", "controls": [{"name": "x", "type": "bool"}]}
_INVALID: list[Any] = [None, True, -1, 10**12, 1.5, "x" * 800, "\n", "#12345g", [], {"a": 1}]

_MAX_SILENT = 3  # with four pages that is one less than what is served: for the question whether it answers
_TICKS_MS = 30  # some ticks, in which a module fails that fails in its loop
_LOW_MS = 150  # and, where memory is low, until the runtime has looked who takes it
_GREEN_S = 8.0  # who failed before is set up again a while after the change that mends it
_SETTLE_S = 10.0

places = st.integers(0, 99)
types = st.sampled_from([name for names in CATEGORIES.values() for name in names])
sizes = st.one_of(st.integers(1, 40), st.sampled_from([64, 100, 128, 181, 256, 300, 512, 1000, 1024]))
whether = st.booleans()


class AnyChange(RuleBasedStateMachine):
    """Each rule is one change; `make_board` starts the board that it is asked of, with TREE."""

    make_board: Callable[[], ChaosBoard]
    changes = 0  # of all examples

    def __init__(self) -> None:
        super().__init__()
        self.board = type(self).make_board()
        self.clients = Clients(self.board.port)
        self.pages = self.silent = 0
        self.failed: set[str] = set()  # who raised an exception since it was made; it may be tried again at any time
        self.modules = self.settled(150)

    def teardown(self) -> None:
        try:
            with self.telling():
                self.all_red_ones_go()
        finally:
            self.clients.close()
            self.board.close()

    # ---- Changes of the tree ---------------------------------------------------------------------------------------

    @rule(type_name=types, place=places, fits=st.sampled_from([True, True, True, False]), take_back=whether)
    def add(self, type_name: str, place: int, fits: bool, take_back: bool) -> None:
        self.add_one({"type": type_name, "parent": self.parent_for(type_name, place, fits)}, take_back)

    @rule(place=places, width=sizes, height=sizes, depth=st.sampled_from([1, 1, 1, 2, 16, 1024]), take_back=whether)
    def add_grid(self, place: int, width: int, height: int, depth: int, take_back: bool) -> None:
        controls = {"width": width, "height": height, "depth": depth}
        parent = self.parent_for("Grid", place, fits=True)
        self.add_one({"type": "Grid", "parent": parent, "controls": controls}, take_back)

    @rule(place=places, kind=st.sampled_from(["exception_in_loop", "exception_in_setup", "endless_allocation"]))
    def add_fault(self, place: int, kind: str) -> None:
        parent = self.parent_for("Fault", place, fits=True)
        self.add_one({"type": "Fault", "parent": parent, "controls": {"kind": kind}}, take_back=True)

    def add_one(self, fields: dict[str, Any], take_back: bool) -> None:
        with self.telling():
            before = self.modules
            answer = self.board.change("POST", "/api/modules", fields)
            new = answer.value.get("id")
            self.check(answer, meant={new}, came={new})
            if answer.status < 400 and take_back:
                affected = self.affected(new)
                self.check(self.board.change("DELETE", f"/api/modules/{new}"), beside=affected, gone={new})
                self.wait_green_as(before)

    @rule(place=places)
    def delete(self, place: int) -> None:
        with self.telling():
            one = self.meant(place)["id"]
            affected, gone = self.affected(one), set(self.below(one))
            self.check(self.board.change("DELETE", f"/api/modules/{one}"), beside=affected, gone=gone)

    @rule(place=places, to=places, fits=st.sampled_from([True, True, False]), index=st.sampled_from([None, 0, 1, 99]))
    def move(self, place: int, to: int, fits: bool, index: int | None) -> None:
        with self.telling():
            one = self.meant(place)
            fields: dict[str, Any] = {"parent": self.parent_for(one["type"], to, fits)}
            if index is not None:
                fields["index"] = index
            affected = self.affected(one["id"])
            answer = self.board.change("POST", f"/api/modules/{one['id']}/move", fields)
            self.check(answer, meant=set(self.below(one["id"])), beside=affected, moved=True)

    @rule(place=places, type_name=types, other=places, fits=st.sampled_from([True, True, False]))
    def replace(self, place: int, type_name: str, other: int, fits: bool) -> None:
        with self.telling():
            one = self.meant(place)
            if fits:
                alike = CATEGORIES[one["category"]]
                type_name = alike[other % len(alike)]
            affected = self.affected(one["id"])
            answer = self.board.change("POST", f"/api/modules/{one['id']}/replace", {"type": type_name})
            self.failed.discard(one["id"])
            self.check(answer, meant={one["id"]}, beside=affected)

    @rule(place=places, name=st.sampled_from(["Wall", "Décke", "x" * 32, "x" * 33, "", "  ", "\n", 7, None]))
    def rename(self, place: int, name: Any) -> None:
        with self.telling():
            one = self.meant(place)["id"]
            self.check(self.board.change("POST", f"/api/modules/{one}/rename", {"name": name}), renamed={one})

    # ---- Controls --------------------------------------------------------------------------------------------------

    @rule(place=places, width=sizes, height=sizes, depth=st.sampled_from([1, 1, 1, 2, 16, 1024]), take_back=whether)
    def resize(self, place: int, width: int, height: int, depth: int, take_back: bool) -> None:
        one = self.meant(place, self.of("layout"))
        known = {"width": width, "height": height, "depth": depth, "length": width, "lights": height}
        known.update(diameter=min(width, 255), size=min(width, 64), columns=min(width, 64), rows=min(height, 64))
        self.give({name: value for name, value in known.items() if name in values(one)}, one, take_back)

    @rule(place=places, axis=st.sampled_from("xyz"), origin=st.sampled_from([0, 1, 16, 300, 4095]), take_back=whether)
    def shift(self, place: int, axis: str, origin: int, take_back: bool) -> None:
        self.give({axis: origin}, self.meant(place, self.of("layout")), take_back)

    @rule(place=places, which=places, pick=st.integers(0, 1000), take_back=whether)
    def set_control(self, place: int, which: int, pick: int, take_back: bool) -> None:
        one = self.meant(place)
        control = one["controls"][which % len(one["controls"])]
        self.give({control["name"]: value_of(control, pick)}, one, take_back)

    @rule(place=places, which=places, value=st.sampled_from(_INVALID))
    def set_anything(self, place: int, which: int, value: Any) -> None:
        one = self.meant(place)
        names = [control["name"] for control in one["controls"]] + ["children", ""]
        self.give({names[which % len(names)]: value}, one, take_back=False)

    def give(self, new: dict[str, Any], one: Module, take_back: bool) -> None:
        with self.telling():
            before = self.modules
            old = {name: value for name, value in values(one).items() if name in new}
            path = f"/api/modules/{one['id']}/controls"
            affected = self.affected(one["id"])
            answer = self.board.change("POST", path, new)
            self.check(answer, meant={one["id"]}, beside=affected)
            if answer.status < 400:
                kept = values(self.find(one["id"]))
                assert {name: kept[name] for name in new} == new, f"{one['id']} took {kept} for {new}"
                if take_back:
                    answer = self.board.change("POST", path, old)
                    assert answer.status == 200, f"taking {new} of {one['id']} back: {answer}"
                    self.check(answer, meant={one["id"]}, beside=affected)
                    self.wait_green_as(before)

    # ---- Clients ---------------------------------------------------------------------------------------------------

    @rule(reads=st.sampled_from([True, True, False]))
    def page_comes(self, reads: bool) -> None:
        with self.telling(f"page comes, reads: {reads}"):
            self.pages += self.clients.page(reads=reads)
            self.check()

    @precondition(lambda self: self.silent < _MAX_SILENT)
    @rule()
    def silence(self) -> None:
        with self.telling("somebody connects and says nothing"):
            self.silent += 1
            self.clients.silence()
            self.check()

    @rule(abruptly=whether)
    def all_clients_go(self, abruptly: bool) -> None:
        with self.telling(f"{len(self.clients)} clients go, abruptly: {abruptly}"):
            while len(self.clients):
                self.clients.leave(0, abruptly=abruptly)
            self.pages = self.silent = 0
            self.check()

    @rule(what=st.sampled_from(sorted(RUBBISH)), abruptly=whether)
    def rubbish(self, what: str, abruptly: bool) -> None:
        with self.telling(f"somebody sends {what} and goes, abruptly: {abruptly}"):
            self.clients.rubbish(RUBBISH[what], abruptly=abruptly)
            self.check()

    @rule(count=st.sampled_from([5, 20]))
    def crowd(self, count: int) -> None:
        with self.telling(f"{count} ask at once and go"):
            self.clients.crowd(count)
            self.check()

    # ---- What must hold --------------------------------------------------------------------------------------------

    def check(
        self,
        answer: Answer | None = None,
        *,
        meant: AbstractSet[str] = NONE,
        beside: AbstractSet[str] = NONE,
        came: AbstractSet[str] = NONE,
        gone: AbstractSet[str] = NONE,
        renamed: AbstractSet[str] = NONE,
        moved: bool = False,
    ) -> None:
        """After a change: it answers, nothing else has changed, and only who was `meant` or `beside` may be red now."""
        type(self).changes += 1
        refused = answer is None or answer.status >= 400
        before, self.modules = self.modules, self.settled(_TICKS_MS)
        was = {one["id"]: one for one in before}
        now = {one["id"]: one for one in self.modules}
        if refused:
            assert [kept(one) for one in before] == [kept(one) for one in self.modules], "refused, and yet changed"
            meant = beside = NONE
        else:
            assert now.keys() == was.keys() - gone | came, f"{sorted(was)} became {sorted(now)}"
            changed = {name for name in now.keys() & was.keys() if kept(now[name]) != kept(was[name])}
            assert changed <= meant | renamed, f"{changed} changed, {meant | renamed} was meant"
            if not moved and not came and not gone:
                assert [one["id"] for one in before] == [one["id"] for one in self.modules], "another order"
        for one in self.modules:
            if not one["setup_ok"]:
                assert len(one["health"]) > 10, f"{one['id']} is red and says no more than '{one['health']}'"
            if one["id"] not in meant | beside | self.failed and was.get(one["id"], one)["setup_ok"]:
                assert one["setup_ok"], f"{one['id']} turned red, {meant or 'nobody'} was meant: {one['health']}"
            if one["status"] == "failed":
                self.failed.add(one["id"])
        self.failed &= now.keys()

    def affected(self, module_id: str) -> set[str]:
        """Who else may have to go with a change of this one: a modifier makes the picture of its layer another size."""
        parents = [one["parent"] for one in self.modules if one["id"] == module_id and one["category"] == "modifier"]
        return {below for parent in parents for below in self.below(parent)}

    def wait_green_as(self, before: list[Module]) -> None:
        """Once a change is taken back, all are green that were before it."""
        green = {one["id"] for one in before if one["setup_ok"] and one["id"] not in self.failed}
        self.wait_until(lambda: {one["id"]: one["health"] for one in self.red() if one["id"] in green})

    def all_red_ones_go(self) -> None:
        """Without the red ones all are green."""
        while self.red():
            one = self.red()[-1]["id"]
            answer = self.board.change("DELETE", f"/api/modules/{one}")
            assert answer.status == 200, f"{one} cannot be deleted: {answer}"
            self.modules = self.settled(_TICKS_MS)

    def settled(self, duration_ms: int) -> list[Module]:
        """All modules, once two looks with some ticks in between show the same."""
        end_s = time.monotonic() + _SETTLE_S
        system = self.board.system()
        if system["heap_free_bytes"] < 2 * system["reserve_bytes"]:
            duration_ms = max(duration_ms, _LOW_MS)
        seen = self.board.modules()
        while time.monotonic() < end_s:
            self.board.wait_ticks(duration_ms)
            last, seen = seen, self.board.modules()
            if [state(one) for one in seen] == [state(one) for one in last]:
                return seen
            duration_ms = max(duration_ms, _LOW_MS)
        raise AssertionError(f"it does not come to rest: {[state(one) for one in seen]}")

    def wait_until(self, wrong: Callable[[], object]) -> None:
        """Wait until nothing is wrong any more."""
        end_s = time.monotonic() + _GREEN_S
        while found := wrong():
            assert time.monotonic() < end_s, f"stays red after the change was taken back: {found}"
            self.modules = self.settled(_LOW_MS)

    @contextmanager
    def telling(self, what: str = "") -> Iterator[None]:
        """With what the board was asked and has printed where something does not hold."""
        if what:
            self.board.requests.append(what)
        try:
            yield
        except (AssertionError, OSError) as error:
            self.board.tell(error)
            raise

    # ---- Which one -------------------------------------------------------------------------------------------------

    def of(self, category: str) -> list[Module]:
        return [one for one in self.modules if one["category"] == category]

    def red(self) -> list[Module]:
        return [one for one in self.modules if not one["setup_ok"]]

    def meant(self, place: int, among: list[Module] | None = None) -> Module:
        found = (self.modules if among is None else among) or [NOBODY]
        return found[place % len(found)]

    def find(self, module_id: str) -> Module:
        return next(one for one in self.modules if one["id"] == module_id)

    def below(self, module_id: str) -> list[str]:
        found = [module_id]
        for one in self.modules:
            if one["parent"] in found:
                found.append(one["id"])
        return found

    def parent_for(self, type_name: str, place: int, fits: bool) -> str | None:
        """One that takes the type, where it shall fit and there is one; else any."""
        wanted = next((_ACCEPTED_BY[name] for name, types in CATEGORIES.items() if type_name in types), "")
        among = self.of(wanted) if fits else self.modules
        return self.meant(place, among)["id"] if among and (wanted or not fits) else None


def values(one: Module) -> dict[str, Any]:
    """Its controls."""
    return {control["name"]: control.get("value") for control in one["controls"]}


def kept(one: Module) -> tuple[Any, ...]:
    """What stays as it is until somebody changes it."""
    return one["id"], one["type"], one["parent"], one["name"], values(one)


def state(one: Module) -> tuple[Any, ...]:
    """What stands still once a change has had its effect."""
    return one["id"], one["status"] == "slow" or one["status"], one["heap_bytes"]


def value_of(control: dict[str, Any], pick: int) -> Any:
    """One of the values that a control takes, the bounds among them."""
    kind = control["type"]
    if kind == "int":
        span = control["max"] - control["min"]
        return control["min"] + (span * min(pick, 900) // 900 if pick % 3 else pick % (span + 1))
    if kind == "select":
        return control["options"][pick % len(control["options"])]
    if kind == "bool":
        return bool(pick % 2)
    if kind == "color":
        return f"#{pick * 16777:06x}"
    return ["127.0.0.1", "nobody", "", "255.255.255.255", "10.0.0.300"][pick % 5]
