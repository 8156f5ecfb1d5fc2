"""Tables: what a calibration found, for a terminal and for docs/memory.md."""

import re
from collections.abc import Sequence
from pathlib import Path

from pyralis.deploy.bench.pages import table
from pyralis.deploy.files import write_whole
from pyralis.deploy.reserve.calibration import Calibration

_BEGIN, _END = "<!-- pyralis calibrate -->", "<!-- end of calibrate -->"


def tables(found: Sequence[Calibration]) -> str:
    """Stages, what was tried, and reserves, each with a row of figures by board."""
    names = [one.board for one in found]
    stages = [stage.name for stage in found[0].stages]
    stage_rows = [[name, *(_heap(one, place) for one in found)] for place, name in enumerate(stages)]
    need_rows = [[name, *(_kb(one.needs[name]) for one in found)] for name in found[0].needs]
    reserve_rows = [
        ["texts and buffers in that", *(_kb(one.profile.buffer_bytes) for one in found)],
        ["need of a board", *(_kb(one.profile.need_bytes) for one in found)],
        ["**reserve**", *(f"**{_kb(one.profile.reserve_bytes)}**" for one in found)],
    ]
    return "\n\n".join(
        [
            table(["twin: free KB / largest block, in pieces", *names], stage_rows),
            table(["twin: least free KB to serve", *names], need_rows),
            table(["board: KB with 32-bit words", *names], reserve_rows),
        ]
    )


def update_page(path: Path, text: str) -> bool:
    """Put the tables between their markers, where the page has these; returns whether it has."""
    if not path.is_file():
        return False
    before = path.read_text(encoding="utf-8")
    after, count = re.subn(
        f"{re.escape(_BEGIN)}.*{re.escape(_END)}", lambda _: f"{_BEGIN}\n{text}\n{_END}", before, flags=re.DOTALL
    )
    if after != before:
        write_whole(path, after)
    return count > 0


def _heap(found: Calibration, place: int) -> str:
    stage = found.stages[place]
    return f"{_kb(stage.free_bytes)} / {_kb(stage.largest_bytes)}, {stage.fragmentation_percent} %"


def _kb(size_bytes: int) -> str:
    return f"{size_bytes / 1024:.1f}"
