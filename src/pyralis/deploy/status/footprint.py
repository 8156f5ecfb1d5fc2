"""Footprint: what each image takes, how it grew, and the memory of each device as it started."""

from collections.abc import Sequence
from typing import Any

from pyralis.deploy.results import DeviceResult, LiveResults
from pyralis.deploy.status.columns import by_type
from pyralis.deploy.status.footprint_file import Footprint, TargetFootprint
from pyralis.deploy.status.markdown import NONE, code, page, table, text
from pyralis.deploy.status.words import name_of, run_line
from pyralis.deploy.steps import Json

_HASH_DIGITS = 12
_KB = 1024
_TARGETS_HEAD = (
    "target",
    "image",
    "file system",
    "of its size",
    "MicroPython",
    "files",
    "RAM used",
    "RAM free",
    "largest block",
)
_MEMORY_LEGEND = (
    "Free KB of the heap / its largest block, and how much of the free is in pieces, as each stage of a start ended "
    "and after the live tests. *reserve*: what the server keeps of that for itself, as `pyralis calibrate` has found "
    "for the board. Virtual boards have words of 64 bit: heap and reserve are twice a board's. CPython has no limit."
)
# Of these three everybody asks.
_LIVE = "live"
_STAGES = {"tree": "tree: after module setup", "serving": "serving: after server start", _LIVE: "live: after the tests"}


def footprint(live: LiveResults, now: Footprint | None, last_good: Footprint | None) -> str:
    """Targets, modules, then stages of memory by device."""
    lines = [run_line(live), "", "## Images", ""]
    lines += _images(now, last_good) if now else ["Nothing was measured yet: `pyralis build --target all`."]
    measured = [device for device in live.devices if device.facts.get("memory")]
    if measured:
        lines += ["", "## Memory by stage", "", _MEMORY_LEGEND]
    for columns in by_type(measured):
        headings = [heading.replace("## ", "### ", 1) for heading in columns.headings]
        lines += [line for heading in headings for line in ("", heading)]
        lines += ["", *table(["stage", *map(name_of, columns.devices)], _stages(columns.devices))]
    return page("Footprint and memory", lines)


def _images(now: Footprint, last_good: Footprint | None) -> list[str]:
    before = dict(last_good.targets) if last_good else {}
    since = f"in brackets what changed since the last good run, commit {code(last_good.commit)}" if last_good else ""
    origin = f"Commit {code(now.commit)}; {since or 'there is no last good run to compare with'}."
    rows = [_target_row(name, target, before.get(name)) for name, target in sorted(now.targets.items())]
    return [origin, "", *table(_TARGETS_HEAD, rows), "", "## Modules", "", *_modules(now, before)]


def _target_row(name: str, now: TargetFootprint, before: TargetFootprint | None) -> list[str]:
    old = before or now  # which has not grown
    share = f"{100 * now.vfs_used_bytes / now.vfs_size_bytes:.0f} %" if now.vfs_size_bytes else NONE
    return [
        text(name),
        code(now.image_sha256[:_HASH_DIGITS]),
        _kb(now.vfs_used_bytes, old.vfs_used_bytes),
        f"{share} of {now.vfs_size_bytes / _KB:.0f} KB",
        _kb(now.app_bytes, old.app_bytes),
        f"{now.files}{_growth(now.files, old.files)}",
        _ram(now.ram_used_kb, old.ram_used_kb),
        _ram(now.ram_free_kb, old.ram_free_kb),
        _ram(now.ram_largest_kb, old.ram_largest_kb),
    ]


def _kb(count_bytes: int | None, before_bytes: int | None) -> str:
    if count_bytes is None:
        return NONE
    grown_kb = 0.0 if before_bytes is None else (count_bytes - before_bytes) / _KB
    return f"{count_bytes / _KB:.1f} KB" + (f" ({grown_kb:+.1f})" if grown_kb else "")


def _ram(kb: float | None, before_kb: float | None) -> str:
    return NONE if kb is None else f"{kb:g} KB{_growth(kb, before_kb)}"


def _growth(now: float, before: float | None) -> str:
    return "" if before is None or before == now else f" ({round(now - before, 1):+.10g})"


def _modules(now: Footprint, before: dict[str, TargetFootprint]) -> list[str]:
    """Bytes of each module by target; what is gone has a row, too."""
    targets = sorted(now.targets)
    paths = {path for name in targets for path in now.targets[name].module_bytes}
    gone = {path for name in targets if name in before for path in before[name].module_bytes}
    rows = [
        [text(path), *(_module(path, now.targets[name], before.get(name)) for name in targets)]
        for path in sorted(paths | gone)
    ]
    others = [_other(now.targets[name], before.get(name)) for name in targets]
    head = ["module", *map(text, targets)]
    return ["Bytes in the image.", "", *table(head, [*rows, ["page and other files", *others]])]


def _module(path: str, now: TargetFootprint, before: TargetFootprint | None) -> str:
    count = now.module_bytes.get(path)
    old = before.module_bytes.get(path, 0) if before else None
    if count is None:
        return f"gone ({-old:+d})" if old else NONE
    return f"{count}{_growth(count, old)}"


def _other(now: TargetFootprint, before: TargetFootprint | None) -> str:
    return f"{now.other_bytes}{_growth(now.other_bytes, (before or now).other_bytes)}"


def _stages(devices: Sequence[DeviceResult]) -> list[list[str]]:
    found = [_by_stage(device) for device in devices]
    stages = dict.fromkeys(stage for one in found for stage in one)
    ordered = sorted(stages, key=lambda stage: stage == _LIVE)  # which a device without a start to tell of has, too
    rows = [[text(_STAGES.get(stage, stage)), *(one.get(stage, NONE) for one in found)] for stage in ordered]
    if any(device.facts.get("reserve_kb") for device in devices):
        rows.append(["reserve", *(_number(device.facts, "reserve_kb", NONE) for device in devices)])
    return rows


def _by_stage(device: DeviceResult) -> dict[str, str]:
    """The cell of each stage; one that came twice has a number."""
    cells: dict[str, str] = {}
    stages: Any = device.facts.get("memory")
    for entry in stages:
        stage, number = entry["stage"], 2
        while stage in cells:
            stage, number = f"{entry['stage']} ({number})", number + 1
        cells[stage] = _heap(entry)
    return cells


def _heap(entry: Json) -> str:
    if entry.get("free_kb", 0) is None:
        return "no limit"
    return f"{_number(entry, 'free_kb')} / {_number(entry, 'largest_kb')}, {_number(entry, 'frag_percent')} %"


def _number(facts: Json, name: str, unknown: str = "?") -> str:
    number = facts.get(name)
    return f"{number:g}" if isinstance(number, int | float) else unknown
