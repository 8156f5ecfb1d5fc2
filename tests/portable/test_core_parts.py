"""The core on CPython and MicroPython: controls, log, store, timing, memory, scheduler and manager. A portable test."""

import json

from pyralis.core.controls import BOOL, COLOR, INT, SELECT, TEXT, Control, is_number, is_plain_text, is_valid
from pyralis.core.errors import MemoryRefused, Refusal
from pyralis.core.kvstore import KvStore
from pyralis.core.log import Logger
from pyralis.core.manager import ModuleManager
from pyralis.core.memory import MemoryGuard, memory_line
from pyralis.core.registry import TypeRegistry
from pyralis.core.scheduler import Scheduler
from pyralis.core.services import Services
from pyralis.core.stateful import StatefulModule
from pyralis.core.timing import Timing
from pyralis.pal.fake import FakePlatform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Box(StatefulModule):
    """Takes others of its kind, counts its loops, and fails on demand."""

    accepts = ("service",)

    def define_controls(self) -> None:
        self.speed = self.add_int("speed", 10, 0, 100)
        self.label = self.add_text("label", "", 8)
        self.fault = self.add_select("fault", ("none", "setup", "loop"), "none")
        self.loops = 0

    def setup(self) -> None:
        if self.fault == "setup":
            raise ValueError("setup")

    def loop(self) -> None:
        self.loops += 1
        if self.fault == "loop":
            raise ValueError("loop")


class Stage:
    """The core on the fake platform, as main puts it together."""

    def __init__(self) -> None:
        self.platform = FakePlatform()
        self.platform.types = [{"type": "Box", "category": "service", "description": "", "module": "test_core_parts"}]
        self.log = Logger(lambda: self.scheduler.uptime_ms, self.platform.print_line)
        self.memory = MemoryGuard(self.platform, 0, self.log)
        self.services = Services(self.platform, self.log, self.memory)
        self.scheduler = Scheduler(self.services, Timing(self.log))
        self.manager = ModuleManager(self.services, self.scheduler, TypeRegistry(self.platform, self.scheduler))

    def tick(self, duration_ms: int, times: int = 1) -> None:
        for _ in range(times):
            self.platform.advance_ms(duration_ms)
            self.scheduler.tick()

    def tree(self) -> "list[tuple[str, str | None]]":
        return [(module.id, module.parent.id if module.parent else None) for module in self.manager.modules()]


def refused(call: "Callable[[], object]") -> str:
    """The code of the refusal that a call ends in, an empty text where it does not."""
    try:
        call()
    except Refusal as refusal:
        return refusal.code
    return ""


def test_controls_take_what_is_right_and_nothing_else() -> None:
    speed = Control("speed", INT, 0, -5, 100, "")
    active = Control("active", BOOL, False, 0, 0, "")
    shape = Control("shape", SELECT, "a", 0, 0, ("a", "b"))
    label = Control("label", TEXT, "", 0, 4, "")
    color = Control("color", COLOR, "#000000", 0, 0, "")
    right = [(speed, -5), (speed, 100), (active, True), (shape, "b"), (label, "äöü€"), (color, "#FF80aB")]
    wrong = [
        (speed, -6),
        (speed, 101),
        (speed, True),
        (speed, 1.0),
        (speed, "1"),
        (active, 1),
        (shape, "c"),
        (shape, []),
    ]
    wrong += [(label, "12345"), (label, "a\nb"), (label, 1), (color, "#ff80a"), (color, "#ff80ag"), (color, 1)]
    for control, value in right:
        assert is_valid(control, value), (control.name, value)
    for control, value in wrong:
        assert not is_valid(control, value), (control.name, value)


def test_plain_text_is_the_same_everywhere() -> None:
    for text in ("", "Plasma 1", "Größe", "灯"):
        assert is_plain_text(text), text
    for text in ("\n", "\r", "\t", "\x00", "\x7f", "\x85", "\u2028"):
        assert not is_plain_text("a" + text), repr(text)


def test_numbers_are_the_same_everywhere() -> None:
    assert is_number("0")
    assert is_number("999999999")
    for text in ("", "-1", "+1", " 1", "1_0", "²", "1234567890"):
        assert not is_number(text), text


def test_the_log_holds_64_entries_and_8_kb() -> None:
    log = Logger(lambda: 7, lambda line: None)
    for i in range(70):
        log.info("t", str(i))
    assert [entry[0] for entry in log.since(0)] == list(range(7, 71))
    for _ in range(40):
        log.error("t", "€" * 500)
    size = 0
    for entry in log.since(0):
        assert len(entry[4]) <= 400
        size += len(entry[4].encode())
    assert 6000 < size <= 8192
    log.clear()
    assert list(log.since(0)) == []
    log.info("t", "a\nb")
    assert [entry for entry in log.since(0)] == [(111, 7, "info", "t", "a b")]  # noqa: C416


def test_the_store_saves_what_has_settled_and_loads_it_again() -> None:
    stage = Stage()
    disk = stage.platform.storage
    store = KvStore(disk, "state.json", stage.log)
    assert not store.load()
    store.provide("tree", lambda: [{"name": "Größe", "on": True, "none": None}])
    store.mark_changed()
    store.advance(999)
    assert disk.writes == 0
    store.advance(1)
    assert disk.writes == 1
    again = KvStore(disk, "state.json", stage.log)
    assert again.load()
    assert again.provide("tree", list) == [{"name": "Größe", "on": True, "none": None}]


def test_a_broken_store_is_set_aside() -> None:
    for content in (b"", b"{", b"[1]", b"null", b"\xff\xfe", b'{"a": 1', b"[" * 5000):
        stage = Stage()
        stage.platform.storage.files["state.json"] = content
        assert not KvStore(stage.platform.storage, "state.json", stage.log).load(), content[:10]
        assert list(stage.platform.storage.files) == ["state.json.broken"], content[:10]


def test_a_failing_disk_is_told_once_and_tried_again() -> None:
    stage = Stage()
    disk = stage.platform.storage
    store = KvStore(disk, "state.json", stage.log)
    disk.failing = True
    store.set("a", 1)
    for _ in range(30):
        store.advance(1000)
    assert len(list(stage.log.since(0))) == 1
    disk.failing = False
    for _ in range(10):
        store.advance(1000)
    assert json.loads(disk.files["state.json"]) == {"a": 1}


def test_timing_is_logged_when_it_changes_or_after_a_minute() -> None:
    stage = Stage()
    timing = Timing(stage.log)
    counts = []
    for tick_us in [1000] * 60 + [1000, 1100, 1200] + [1500] * 20:
        for _ in range(50):
            timing.count(tick_us)
        timing.close_period(1000)
        counts.append(stage.log.next_seq - 1)
    assert counts[0] == counts[59] == 1
    assert counts[60] == 2
    assert counts[62] == 2
    assert counts[-1] > 2
    assert timing.tick_us == 1500
    assert timing.fps == 50


def test_the_memory_guard_keeps_its_reserve() -> None:
    stage = Stage()
    stage.platform.heap_limit_bytes = 50_000
    guard = MemoryGuard(stage.platform, 20_000, stage.log)
    assert len(guard.allocate(30_000)) == 30_000
    reason = ""
    try:
        guard.allocate(30_001)
    except MemoryRefused as refusal:
        reason = str(refusal)
    assert reason.startswith("needs 30001 bytes, but 50000 are free")
    assert memory_line("MemLive", "a", 2048, 4096, 1024) == "[MemLive] a: 2KB = 4KB (frag=75%, largest=1KB)"


def test_a_fault_stays_in_its_module_and_is_retried_after_a_change() -> None:
    stage = Stage()
    good: Any = stage.manager.add("Box")
    bad: Any = stage.manager.add("Box", controls={"fault": "loop"})
    stage.tick(20, 50)
    assert (good.status, good.loops) == ("ok", 50)
    assert (bad.status, bad.loops) == ("failed", 1)
    assert bad.reason.startswith("ValueError: loop")
    stage.manager.set_controls(bad.id, {"fault": "none"})
    stage.tick(20, 5)
    assert bad.status == "failed"
    stage.tick(20, 10)
    assert bad.status == "ok"
    assert bad.loops > 1


def test_time_wraps() -> None:
    stage = Stage()
    stage.platform.now_us = 0x3FFFFFFF - 5000
    stage.scheduler.tick()
    stage.tick(20)
    assert (stage.scheduler.uptime_ms, stage.services.elapsed_ms) == (20, 20)


def test_modules_are_added_moved_replaced_renamed_and_deleted() -> None:
    stage = Stage()
    manager = stage.manager
    outer = manager.add("Box")
    inner: Any = manager.add("Box", outer.id, 0, "Innen", {"speed": 5, "label": "ü"})
    last = manager.add("Box", outer.id, 0)
    assert [child.id for child in outer.children] == [last.id, inner.id]
    assert refused(lambda: manager.move(outer.id, inner.id)) == "cycle"
    assert refused(lambda: manager.move(inner.id, None, 9)) == "invalid_value"
    assert refused(lambda: manager.add("Nothing")) == "unknown_type"
    assert refused(lambda: manager.set_controls(inner.id, {"speed": 6, "size": 1})) == "unknown_control"
    assert refused(lambda: manager.rename(inner.id, "a\nb")) == "invalid_value"
    assert inner.speed == 5
    new: Any = manager.replace(inner.id, "Box")
    assert (new.id, new.name, new.speed, new.label) == (inner.id, "Innen", 5, "ü")
    manager.move(new.id, None, 0)
    assert stage.tree() == [(new.id, ""), (outer.id, ""), (last.id, outer.id)]
    assert manager.delete(outer.id) == [outer.id, last.id]
    assert stage.tree() == [(new.id, "")]


class Chance:
    """Picks that look random and are the same everywhere."""

    def __init__(self, manager: ModuleManager) -> None:
        self.manager = manager
        self.state = 1

    def pick(self, options: "Any") -> "Any":
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return options[(self.state >> 12) % len(options)]

    def some_id(self) -> "Any":
        ids: Any = [module.id for module in self.manager.modules()]
        return self.pick(ids + ids + ids + [None, "", "nobody"])

    def ask(self) -> None:
        """Ask the manager for anything."""
        manager, pick = self.manager, self.pick
        action = pick(("add", "add", "add", "add", "delete", "move", "move", "replace", "rename", "set", "set"))
        index = pick((None, None, None, -1, 0, 0, 2))
        if action == "add":
            manager.add(pick(("Box", "Box", "Nothing")), self.some_id(), index)
        elif action == "delete":
            manager.delete(self.some_id())
        elif action == "move":
            manager.move(self.some_id(), self.some_id(), index)
        elif action == "replace":
            manager.replace(self.some_id(), "Box")
        elif action == "rename":
            manager.rename(self.some_id(), pick(("Wall", "", "a\nb")))
        else:
            value = pick((5, -1, "x", None, True, "much too long", "loop", "none"))
            manager.set_controls(self.some_id(), {pick(("speed", "label", "fault", "size")): value})


def test_whatever_is_asked_the_tree_stays_whole_and_ticks_go_on() -> None:
    stage = Stage()
    chance = Chance(stage.manager)
    done = most = 0
    for _ in range(400):
        before = json.dumps(stage.manager.snapshot())
        if refused(chance.ask):
            assert json.dumps(stage.manager.snapshot()) == before
        else:
            done += 1
        stage.tick(300)
        modules = stage.manager.modules()
        most = max(most, len(modules))
        assert len(set([module.id for module in modules])) == len(modules)  # noqa: C403
        for module in stage.manager.root.walk():
            for child in module.children:
                assert child.parent is module
    assert 50 < done < 350
    assert most > 5


def test_a_tree_comes_back_after_a_restart() -> None:
    stage = Stage()
    outer = stage.manager.add("Box", None, None, "Außen", {"speed": 99})
    stage.manager.add("Box", outer.id)
    stage.manager.load([{"type": "Gone", "id": "gone-9", "name": "Gone", "controls": {"a": 1}}])
    again = Stage()
    again.manager.load(json.loads(json.dumps(stage.manager.snapshot())))
    assert again.tree() == stage.tree()
    assert [module.name for module in again.manager.modules()] == ["Außen", "Box", "Gone"]
    assert [module.status for module in again.manager.modules()] == ["ok", "ok", "disabled"]
    found: Any = again.manager.find(outer.id)
    assert found.speed == 99


def test_a_tree_that_is_none_is_left_out() -> None:
    trees: Any = (None, 5, {}, [None], [{}], [{"type": 5}])
    for tree in trees:
        stage = Stage()
        stage.manager.load(tree)
        assert stage.tree() == []
        assert len(list(stage.log.since(0))) == 1
