"""The preview: frames whose every pixel is known, and the places of the lights."""

from pyralis.deploy.live.suite.api import Api
from pyralis.deploy.live.suite.fixtures import Plant, Watch
from pyralis.deploy.live.suite.golden import GOLDEN, fingerprint
from pyralis.deploy.live.suite.preview_decoder import Positions
from pyralis.deploy.live.suite.tree import layer, node
from pyralis.deploy.live.suite.watcher import Watcher

Color = tuple[int, int, int]

MOVING = (*GOLDEN, "GameOfLife")
BLENDS = (("normal", 100), ("add", 255), ("lighten", 255), ("multiply", 255), ("screen", 255), ("multiply", 100))
UNDER: Color = (200, 100, 10)
OVER: Color = (100, 128, 255)


def expect_color(page: Watcher, lights: int, color: Color, tolerance: int = 0) -> None:
    """Wait for a frame in which every light has that colour."""

    def is_near(light: Color) -> bool:
        return all(abs(found - wanted) <= tolerance for found, wanted in zip(light, color, strict=True))

    page.frame(lambda frame: len(frame.lights) == lights and all(map(is_near, frame.lights)), f"a frame of {color}")


def expect_golden(page: Watcher, golden: str, what: str) -> None:
    """Wait for a frame with that fingerprint."""
    page.frame(lambda frame: fingerprint(frame.pixels) == golden, f"the golden frame of {what}")


def expect_change(page: Watcher, pixels: bytes, what: str) -> bytes:
    """Wait until the lights look different; returns how."""
    return page.frame(lambda frame: frame.pixels != pixels, f"another frame of {what}").pixels


def to_hex(color: Color) -> str:
    """As a control takes it."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def blended(mode: str, opacity: int) -> Color:
    """OVER laid over UNDER, computed with fractions."""

    def channel(under: int, over: int) -> int:
        laid = {
            "normal": over,
            "add": min(255, over + under),
            "lighten": max(over, under),
            "multiply": over * under / 255,
            "screen": 255 - (255 - over) * (255 - under) / 255,
        }[mode]
        return round(under + (laid - under) * opacity / 255)

    red, green, blue = (channel(under, over) for under, over in zip(UNDER, OVER, strict=True))
    return red, green, blue


def test_solid_color_is_exact(api: Api, plant: Plant, watch: Watch) -> None:
    """Every light has the colour that was set, dimmed by the brightness."""
    tree = plant(node("Grid", width=5, height=3), layer(node("Solid", color="#123456")), node("Preview", fps=60))
    page = watch()
    expect_color(page, 15, (0x12, 0x34, 0x56))
    api.set(tree["Solid"], color="#ff8001")
    expect_color(page, 15, (255, 128, 1))
    api.set(tree.driver, brightness=51)  # a fifth; what is on never goes out
    expect_color(page, 15, (51, 26, 1))
    api.set(tree.driver, brightness=0)
    expect_color(page, 15, (0, 0, 0))


def test_effects_draw_golden_frames(api: Api, plant: Plant, watch: Watch) -> None:
    """What stands still has the same pixels on every device."""
    tree = plant(node("Grid"), layer(), node("Preview", fps=60))
    page = watch()
    for effect, golden in GOLDEN.items():
        module = api.add(effect, tree["EffectsLayer"], controls={"speed": 0})
        expect_golden(page, golden, effect)
        api.delete(f"/api/modules/{module['id']}")


def test_effects_move(api: Api, plant: Plant, watch: Watch) -> None:
    """Left alone, every effect that has a speed draws other frames."""
    tree = plant(node("Grid", width=8, height=8), layer(node("Solid")), node("Preview", fps=60))
    page = watch()
    page.positions(64)
    pixels = page.frame().pixels
    for effect in MOVING:
        api.replace(tree["Solid"], effect)
        pixels = expect_change(page, pixels, effect)  # from the effect before to this one
        pixels = expect_change(page, pixels, effect)


def test_grid_is_wired_as_it_says(api: Api, plant: Plant, watch: Watch) -> None:
    """Positions follow the wire, and each light shows what the picture has at its place."""
    grid = node("Grid", width=3, height=2, x=1, y=2, serpentine=True)
    tree = plant(grid, layer(node("Rainbow", speed=0)), node("Preview", fps=60))
    page = watch()
    places = page.positions(6)
    assert places == Positions(4, 4, [(1, 2, 0), (2, 2, 0), (3, 2, 0), (3, 3, 0), (2, 3, 0), (1, 3, 0)])
    colors = dict(zip(places.points, page.frame(lambda frame: len(frame.lights) == 6).lights, strict=True))
    assert len(set(colors.values())) > 2
    api.set(tree["Grid"], orientation="columns", start="bottom right")
    places = page.positions(6, lambda found: found != places)
    assert places.points == [(3, 3, 0), (3, 2, 0), (2, 2, 0), (2, 3, 0), (1, 3, 0), (1, 2, 0)]
    page.frame(lambda frame: frame.lights == [colors[point] for point in places.points], "the rewired lights")


def test_effects_and_layers_blend(api: Api, plant: Plant, watch: Watch) -> None:
    """Effects of a layer, and layers of a driver, are laid over each other as their mode and opacity say."""
    under, over = node("Solid", color=to_hex(UNDER)), node("Solid", color=to_hex(OVER))
    tree = plant(node("Grid", width=3, height=3), layer(under, over), layer(over), node("Preview", fps=60))
    second = tree.all("EffectsLayer")[1]
    page = watch()
    for upper, other in ((tree.all("Solid")[1], second), (second, tree.all("Solid")[1])):
        api.set(other, blend="normal", opacity=0)
        for mode, opacity in BLENDS:
            api.set(upper, blend=mode, opacity=opacity)
            expect_color(page, 9, blended(mode, opacity), tolerance=1)
