"""Memory stages: what a device prints of its heap as it starts, and what it has once its tests are over."""

import re
from typing import Any

from pyralis.deploy.steps import Json

LAST_OF_START = "serving"
_LINE = re.compile(r"\[MemBoot\] (.+): -?\d+KB = (\d+)KB \(frag=(\d+)%, largest=(\d+)KB\)")


def boot_stage(line: str) -> Json | None:
    """The stage that a line tells of, None where it tells of none."""
    found = _LINE.search(line)
    if found is None:
        return None
    stage, free, fragmentation, largest = found.groups()
    return {"stage": stage, "free_kb": int(free), "largest_kb": int(largest), "frag_percent": int(fragmentation)}


def live_stage(system: Any) -> Json:
    """What `/api/system` tells of the heap; all of it is None where there is no limit."""
    kb = {name: system.get(f"heap_{name}_bytes") for name in ("free", "largest")}
    found: Json = {f"{name}_kb": None if size is None else size // 1024 for name, size in kb.items()}
    has_limit = found["free_kb"] is not None
    return {"stage": "live", **found, "frag_percent": system.get("fragmentation_percent") if has_limit else None}
