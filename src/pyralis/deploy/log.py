"""Log: reads the log of a running device, once or as it grows."""

import time
from collections.abc import Iterator
from typing import Any

from pyralis.deploy.client import get_json

_POLL_S = 0.5


def entries(url: str, since: int = 0, follow: bool = False) -> Iterator[dict[str, Any]]:
    """Entries {seq, ms, level, source, text} from `since` on; with `follow` without end."""
    while True:
        answer = get_json(url, f"/api/log?since={since}")
        if answer["next"] < since:  # it was restarted: its numbers begin again
            since = 0
            continue
        yield from answer["entries"]
        since = answer["next"]
        if not follow:
            return
        time.sleep(_POLL_S)
