"""The gallery shows every effect and modifier that there is, in pictures that move and are small."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image
from rendered import render

import gallery

EFFECTS = gallery.effects()
MODIFIERS = gallery.modifiers()


def test_the_page_is_what_the_tool_writes() -> None:
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page()


def test_the_page_lists_exactly_what_the_catalogue_has() -> None:
    effects, modifiers = ([entry["type"] for entry in entries] for entries in (EFFECTS, MODIFIERS))
    shown = render(gallery.PAGE.read_text(encoding="utf-8"))
    assert shown.headings == ["Gallery", "Effects", *effects, "Modifiers", *modifiers]
    for folder, names in (("effects", effects), ("modifiers", modifiers)):
        assert sorted(path.stem for path in (gallery.IMAGES / folder).iterdir()) == sorted(names)


@pytest.mark.parametrize("entry", EFFECTS + MODIFIERS, ids=lambda entry: entry["type"])
def test_a_picture_moves_and_is_small(entry: dict[str, Any]) -> None:
    path = gallery.image_of(entry)
    assert path.stat().st_size <= gallery.MOST_BYTES
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) > 1 or entry["type"] == "Solid"
