"""The gallery shows every effect that there is, in pictures that move and are small."""

from __future__ import annotations

import re

import pytest
from PIL import Image

import gallery

EFFECTS = [entry["type"] for entry in gallery.effects()]


def test_the_page_is_what_the_tool_writes() -> None:
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page(gallery.effects())


def test_the_page_lists_exactly_the_effects_of_the_catalogue() -> None:
    assert re.findall(r"^## (\w+)$", gallery.PAGE.read_text(encoding="utf-8"), re.MULTILINE) == EFFECTS
    assert sorted(path.stem for path in gallery.IMAGES.iterdir()) == sorted(EFFECTS)


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_picture_moves_and_is_small(effect: str) -> None:
    path = gallery.IMAGES / f"{effect}.webp"
    assert path.stat().st_size <= gallery.MOST_BYTES
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) > 1 or effect == "Solid"
