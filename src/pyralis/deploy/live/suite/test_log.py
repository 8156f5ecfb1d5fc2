"""The log: a ring of recent entries, read from a number on."""

from typing import Any

from pyralis.deploy.live.suite.api import Api
from pyralis.deploy.live.suite.fixtures import Plant

MAX_ENTRIES = 64


def test_log_since_a_number(device: Any, api: Api, plant: Plant) -> None:
    """Only entries from that number on come, the oldest first."""
    start = device.system()["log_next"]
    tree = plant()
    entries = api.log(start)
    added = [entry for entry in entries if entry["source"] == tree.driver]
    assert [(entry["level"], entry["text"]) for entry in added] == [("info", "added to the root")]
    assert set(added[0]) == {"seq", "ms", "level", "source", "text"}
    assert added[0]["seq"] >= start
    assert 0 <= added[0]["ms"] <= device.system()["uptime_ms"]
    assert added[0] not in api.log(added[0]["seq"] + 1)
    for wrong in ("-1", "x", "1.5"):
        api.refuses(422, "invalid_value", "GET", f"/api/log?since={wrong}")


def test_log_ring_and_clear(api: Api) -> None:
    """Numbers go on for ever, and old entries give way."""
    following = api.delete("/api/log")["next"]
    assert [entry for entry in api.log(0) if entry["seq"] < following] == []
    for _ in range(MAX_ENTRIES // 2 + 1):
        api.remove(api.add("DriverLayer")["id"])
    answer = api.get("/api/log?since=0")
    numbers = [entry["seq"] for entry in answer["entries"]]
    assert len(numbers) <= MAX_ENTRIES
    assert numbers == list(range(answer["next"] - len(numbers), answer["next"]))
    assert answer["next"] >= following + MAX_ENTRIES + 2
