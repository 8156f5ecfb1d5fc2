"""Log and uptime: what the device says, by level and by words, and since when it runs."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from ui.device import PageDevice
from ui.shown import Shown

ALL_LEVELS = ["info", "warning", "error"]


def fill(device: PageDevice) -> None:
    """Have the device log something of each level: a module that comes, one that switches off, one that fails."""
    device.ask("POST", "modules", {"type": "Fault", "id": "fault", "parent": "layer"})
    device.set("grid", width=1024, height=1024)
    device.set("grid", width=16, height=16)
    device.set("fault", kind="exception_in_loop")


def test_entries_arrive_with_level_and_source(shown: Shown, device: PageDevice) -> None:
    fill(device)
    for level, source, text in [
        ("info", "fault", "added to layer"),
        ("warning", "grid", "disabled: "),
        ("error", "fault", "control 'kind'"),
    ]:
        entry = shown.log.locator(f"[data-level={level}]", has_text=text).first
        expect(entry).to_be_visible()
        expect(entry.locator(".source")).to_have_text(source)
        expect(entry.locator("time")).to_have_text(re.compile(r"^\d+:\d\d:\d\d$"))


def test_a_level_hides_what_is_below_it(shown: Shown, device: PageDevice) -> None:
    fill(device)
    level = shown.page.get_by_label("Least level shown")
    for chosen, visible in [("errors", ALL_LEVELS[2:]), ("warnings", ALL_LEVELS[1:]), ("all", ALL_LEVELS)]:
        level.select_option(chosen)
        for name in ALL_LEVELS:
            entries = shown.log.locator(f"[data-level={name}]:visible")
            if name in visible:
                expect(entries).not_to_have_count(0)
            else:
                expect(entries).to_have_count(0)


def test_words_filter_what_is_there_and_what_comes(shown: Shown, device: PageDevice) -> None:
    fill(device)
    shown.page.get_by_label("Filter the log").fill("ADDED to layer")
    entries = shown.log.locator("p:visible")
    expect(entries).to_have_count(1)
    device.ask("POST", "modules", {"type": "Solid", "id": "solid", "parent": "layer"})
    expect(entries.locator(".source")).to_have_text(["fault", "solid"])


def test_clear_empties_the_log_here_and_on_the_device(shown: Shown, device: PageDevice) -> None:
    fill(device)
    added = shown.log.get_by_text("added to layer")
    expect(added).not_to_have_count(0)
    shown.page.get_by_role("button", name="Clear").click()
    expect(added).to_have_count(0)
    assert not [entry for entry in device.ask("GET", "log")["entries"] if "added" in entry["text"]]


def test_uptime_has_days_hours_minutes_and_seconds(shown: Shown, device: PageDevice) -> None:
    uptime = shown.page.locator("#figures div", has=shown.page.locator("dt", has_text=re.compile("^up$"))).locator("dd")
    expect(uptime).to_have_text(re.compile(r"^0d 0h \d+m \d+s$"))
    before = uptime.text_content()
    expect(uptime).not_to_have_text(before or "")
    minutes, seconds = re.findall(r"(\d+)[ms]", uptime.text_content() or "")
    assert abs(device.ask("GET", "system")["uptime_ms"] / 1000 - 60 * int(minutes) - int(seconds)) < 10
    formatted = shown.page.evaluate(
        """async () => {
            const { name } = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/dom.js"));
            const { formatUptime } = await import(name);
            return [59999, 3600000, 90061000, 400 * 86400000].map(formatUptime);
        }"""
    )
    assert formatted == ["0d 0h 0m 59s", "0d 1h 0m 0s", "1d 1h 1m 1s", "400d 0h 0m 0s"]
