"""Preview: lights where they really are, in 3D and flat, in the colours that they have now."""

from __future__ import annotations

import math
import re
from itertools import cycle

import pytest
from playwright.sync_api import expect

from ui.device import PageDevice
from ui.shown import Shown

FLAT = "0.000 0.000 1.000"  # yaw, pitch and zoom
HOME_IN_SPACE = "0.620 0.400 1.000"
HALF_A_TURN = 24  # presses of an arrow key
MIDDLE_OF_COLOUR = """channel => {
    const canvas = document.querySelector(".lights");
    const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let [x, y, count] = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
        const strengths = [0, 1, 2].map((step) => data[at + ((channel + step) % 3)]);
        const [, middle, strong] = strengths.toSorted((one, other) => one - other);
        if (strong < 60 || strong < 1.5 * middle) continue; // off: dark grey; its heart: nearly white
        if (strengths[0] !== strong) return false; // the picture before
        x += (at / 4) % width;
        y += Math.floor(at / 4 / width);
        count++;
    }
    return count > 0 && [x / count, y / count];
}"""
COLORS = ("#ff0000", "#00ff00", "#0000ff")


class Beacons:
    """One light after the other in a colour that those before do not have, and where the page shows it."""

    def __init__(self, shown: Shown, device: PageDevice) -> None:
        self._shown = shown
        self._device = device
        self._channels = cycle(range(len(COLORS)))

    def places(self, *lights: int) -> list[tuple[float, float]]:
        """Where lights are on a stage that keeps its size meanwhile."""
        while True:
            size = self._shown.lights.bounding_box()
            found = [self._place(at) for at in lights]
            if self._shown.lights.bounding_box() == size:
                return found

    def _place(self, at: int) -> tuple[float, float]:
        """Light one and find it."""
        channel = next(self._channels)
        self._device.set("plasma", at=at, color=COLORS[channel])
        x, y = self._shown.page.wait_for_function(MIDDLE_OF_COLOUR, arg=channel).json_value()
        return x, y


@pytest.fixture
def beacons(shown: Shown, device: PageDevice) -> Beacons:
    """A layer with one effect, which lights one light."""
    device.ask("DELETE", "modules/rainbow")
    device.ask("POST", "modules/plasma/replace", {"type": "Beacon"})
    return Beacons(shown, device)


def size(device: PageDevice, shown: Shown, width: int, height: int, depth: int = 1) -> None:
    """Give the grid a size, and wait until the page shows it from where one sees such a thing at first."""
    device.set("grid", width=width, height=height, depth=depth)
    expect(shown.lights).to_have_attribute("data-lights", str(width * height * depth))
    expect(shown.lights).to_have_attribute("data-view", HOME_IN_SPACE if depth > 1 else FLAT)


def view(shown: Shown) -> list[float]:
    """Yaw, pitch and zoom."""
    return [float(part) for part in (shown.lights.get_attribute("data-view") or "").split()]


def test_lights_are_where_the_layout_has_them(shown: Shown, device: PageDevice, beacons: Beacons) -> None:
    size(device, shown, 9, 5)
    first, right, below, middle = beacons.places(0, 8, 4 * 9, 2 * 9 + 4)
    assert right[1] == pytest.approx(first[1], abs=1)
    assert below[0] == pytest.approx(first[0], abs=1)
    pitch = (right[0] - first[0]) / 8
    assert (below[1] - first[1]) / 4 == pytest.approx(pitch, abs=0.5)
    assert middle == pytest.approx((first[0] + 4 * pitch, first[1] + 2 * pitch), abs=1)


def test_an_origin_moves_lights_apart(shown: Shown, device: PageDevice, beacons: Beacons) -> None:
    size(device, shown, 2, 1)
    device.ask("POST", "modules", {"type": "Grid", "parent": "panel", "controls": {"width": 1, "height": 1, "x": 4}})
    expect(shown.lights).to_have_attribute("data-lights", "3")
    first, second, apart = beacons.places(0, 1, 4)
    assert apart[0] - first[0] == pytest.approx(4 * (second[0] - first[0]), abs=2)


def test_a_panel_is_seen_flat_from_the_front(shown: Shown, device: PageDevice) -> None:
    size(device, shown, 12, 7)
    expect(shown.lights).to_have_accessible_name("Live preview of 84 lights in 12 by 7")
    expect(shown.page.locator(".caption")).to_have_text("12 × 7")
    expect(shown.lights).to_have_attribute("data-view", FLAT)


def test_a_box_is_seen_in_space_and_turns(shown: Shown, device: PageDevice, beacons: Beacons) -> None:
    size(device, shown, 4, 3, 5)
    expect(shown.lights).to_have_accessible_name("Live preview of 60 lights in 4 by 3 by 5")
    left, right, behind = beacons.places(0, 3, 4 * 12)
    assert left[0] < right[0]
    assert behind[1] < left[1], "seen from above, what is behind is higher"
    shown.lights.focus()
    for _ in range(HALF_A_TURN):
        shown.page.keyboard.press("ArrowLeft")
    expect(shown.lights).to_have_attribute("data-view", re.compile(rf"^{0.62 + math.pi:.2f}"))
    left, right, behind = beacons.places(0, 3, 4 * 12)
    assert left[0] > right[0]
    assert behind[1] > left[1]


def test_a_mouse_turns_and_zooms(shown: Shown, device: PageDevice) -> None:
    size(device, shown, 4, 4, 4)
    box = shown.lights.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    shown.page.mouse.move(x, y)
    shown.page.mouse.down()
    shown.page.mouse.move(x + 100, y + 30, steps=5)
    shown.page.mouse.up()
    expect(shown.lights).not_to_have_attribute("data-view", HOME_IN_SPACE)
    before = view(shown)
    shown.page.mouse.wheel(0, -300)
    expect(shown.lights).to_have_attribute("data-view", re.compile(r"1\.[1-9]\d*$"))
    assert view(shown)[:2] == before[:2]
    shown.page.get_by_role("button", name="Reset view").click()
    expect(shown.lights).to_have_attribute("data-view", HOME_IN_SPACE)


def test_keys_zoom_and_reset(shown: Shown, device: PageDevice) -> None:
    size(device, shown, 4, 4, 4)
    shown.lights.focus()
    shown.page.keyboard.press("+")
    expect(shown.lights).to_have_attribute("data-view", re.compile(r" 1\.200$"))
    shown.page.keyboard.press("-")
    shown.page.keyboard.press("-")
    expect(shown.lights).to_have_attribute("data-view", re.compile(r" 0\.833$"))
    shown.page.keyboard.press("Home")
    expect(shown.lights).to_have_attribute("data-view", HOME_IN_SPACE)


@pytest.mark.parametrize(("color", "channel"), [("#ff0000", 0), ("#00ff00", 1), ("#0000ff", 2)])
def test_lights_have_the_colours_of_now(shown: Shown, device: PageDevice, color: str, channel: int) -> None:
    device.ask("DELETE", "modules/rainbow")
    device.ask("POST", "modules/plasma/replace", {"type": "Solid"})
    size(device, shown, 1, 1)
    device.set("plasma", color=color)
    shown.page.wait_for_function(
        """channel => {
            const canvas = document.querySelector(".lights");
            const at = [canvas.width / 2, canvas.height / 2 + 14];
            const { data } = canvas.getContext("2d").getImageData(...at, 1, 1);
            return [0, 1, 2].every((one) => (one === channel ? data[one] > 200 : data[one] < 160));
        }""",
        arg=channel,
    )


@pytest.mark.parametrize(("width", "height", "depth"), [(64, 64, 1), (16, 16, 16)])
def test_4096_lights_are_shown_frame_by_frame(
    shown: Shown, device: PageDevice, width: int, height: int, depth: int
) -> None:
    size(device, shown, width, height, depth)
    frames = int(shown.lights.get_attribute("data-frames") or "0")
    drawn = "count => Number(document.querySelector('.lights').dataset.frames) > count"
    shown.page.wait_for_function(drawn, arg=frames + 20)
    expect(shown.tree.locator(".dot.ok")).to_have_count(6)


def test_a_page_without_lights_says_what_to_add(shown: Shown, device: PageDevice) -> None:
    note = shown.page.locator(".stage .note")
    expect(note).to_be_hidden()
    device.ask("DELETE", "modules/preview")
    expect(note).to_contain_text("No output shows the lights here")
    note.get_by_role("button", name="Add a Preview").click()
    expect(note).to_be_hidden()
    device.ask("DELETE", "modules/grid")
    expect(note).to_contain_text("No lights yet")
    note.get_by_role("button", name="Add a Grid").click()
    expect(note).to_be_hidden()
    expect(shown.lights).to_have_attribute("data-lights", "256")
