"""Controls take what is right for their kind, refuse the rest with what would be right, and show themselves."""

from __future__ import annotations

from typing import Any

import pytest

from pyralis.core.controls import (
    BOOL,
    COLOR,
    INT,
    SELECT,
    TEXT,
    Control,
    InvalidValue,
    check,
    control_view,
    is_number,
    is_plain_text,
    is_valid,
)

SPEED = Control("speed", INT, 10, -5, 100, "steps/s")
ACTIVE = Control("active", BOOL, True, 0, 0, "")
SHAPE = Control("shape", SELECT, "round", 0, 0, ("round", "square"))
LABEL = Control("label", TEXT, "", 0, 4, "")
COLOUR = Control("color", COLOR, "#102030", 0, 0, "")
ALL = (SPEED, ACTIVE, SHAPE, LABEL, COLOUR)


@pytest.mark.parametrize(
    ("control", "value"),
    [
        (SPEED, -5),
        (SPEED, 0),
        (SPEED, 100),
        (ACTIVE, True),
        (ACTIVE, False),
        (SHAPE, "square"),
        (LABEL, ""),
        (LABEL, "äöü€"),
        (COLOUR, "#00ff7f"),
    ],
)
def test_a_right_value_is_kept_as_it_is(control: Control, value: object) -> None:
    assert check(control, value) == value
    assert is_valid(control, value)


@pytest.mark.parametrize(
    ("control", "value"),
    [
        (SPEED, -6),
        (SPEED, 101),
        (SPEED, 10**30),
        (SPEED, True),
        (SPEED, 5.0),
        (SPEED, float("nan")),
        (SPEED, "5"),
        (SPEED, None),
        (ACTIVE, 1),
        (ACTIVE, "true"),
        (ACTIVE, None),
        (SHAPE, "oval"),
        (SHAPE, "Round"),
        (SHAPE, 0),
        (SHAPE, ["round"]),
        (SHAPE, {"round": 1}),
        (LABEL, "five5"),
        (LABEL, "a\nb"),
        (LABEL, "a\x00"),
        (LABEL, "\ud800"),
        (LABEL, 5),
        (COLOUR, "#00ff7"),
        (COLOUR, "00ff7f0"),
        (COLOUR, "#00ff7g"),
        (COLOUR, "#00ff7f "),
        (COLOUR, "#٠٠٠٠٠٠"),
        (COLOUR, ""),
        (COLOUR, 0x00FF7F),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_control(control: Control, value: object) -> None:
    assert not is_valid(control, value)
    with pytest.raises(InvalidValue, match=f"^{control.name} takes "):
        check(control, value)


@pytest.mark.parametrize(
    ("control", "hint"),
    [
        (SPEED, "a whole number from -5 to 100"),
        (ACTIVE, "true or false"),
        (SHAPE, "one of: round, square"),
        (LABEL, "a text of up to 4 characters on one line"),
        (COLOUR, "a colour like #ff8000"),
    ],
)
def test_a_refusal_says_what_would_be_right(control: Control, hint: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        check(control, object())
    assert str(refusal.value) == f"{control.name} takes {hint}"


def test_a_colour_is_kept_in_small_letters() -> None:
    assert check(COLOUR, "#FF80aB") == "#ff80ab"


@pytest.mark.parametrize(
    ("control", "value", "rest"),
    [
        (SPEED, 7, {"min": -5, "max": 100, "unit": "steps/s"}),
        (ACTIVE, False, {}),
        (SHAPE, "square", {"options": ["round", "square"]}),
        (LABEL, "hi", {"max_length": 4}),
        (COLOUR, "#000000", {}),
    ],
)
def test_a_control_shows_its_value_its_default_and_its_bounds(
    control: Control, value: object, rest: dict[str, Any]
) -> None:
    expected = {"name": control.name, "type": control.kind, "value": value, "default": control.default, **rest}
    assert control_view(control, value) == expected


@pytest.mark.parametrize("text", ["", "Plasma 1", "Größe", "灯", "🔥", "~"])
def test_plain_text_can_stand_on_one_line(text: str) -> None:
    assert is_plain_text(text)


@pytest.mark.parametrize(
    "character", ["\n", "\r", "\t", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", chr(0xD83D), chr(0xDFFF)]
)
def test_plain_text_has_no_control_characters_line_ends_or_halves_of_characters(character: str) -> None:
    assert not is_plain_text(f"a{character}b")


@pytest.mark.parametrize("text", ["0", "7", "007", "999999999"])
def test_a_number_is_made_of_the_ten_digits(text: str) -> None:
    assert is_number(text)
    assert int(text) >= 0


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1_0", "1.0", "²", "๓", "1234567890", "x"])
def test_what_int_or_a_board_could_not_take_is_no_number(text: str) -> None:
    assert not is_number(text)
