"""Controls: what a user can set on a module, declared once; API, page, store and live tests are generic over them."""

from collections import namedtuple

INT = "int"
BOOL = "bool"
SELECT = "select"
TEXT = "text"
COLOR = "color"


class InvalidValue(ValueError):
    """A value that a control does not take; the text says what it takes."""


# One setting. For INT `minimum` and `maximum` bound the value, for TEXT `maximum` bounds the characters; `detail` holds
# the options of a SELECT and the unit of an INT. A named tuple of six: a board has dozens, and a seventh costs 1 KB.
Control = namedtuple("Control", ("name", "kind", "default", "minimum", "maximum", "detail"))  # noqa: PYI024


def check(control: Control, value: object) -> object:
    """The value as it is kept, or InvalidValue with what would be right."""
    kind, name = control.kind, control.name
    if kind == INT:
        if isinstance(value, bool) or not isinstance(value, int) or not control.minimum <= value <= control.maximum:
            raise InvalidValue(f"{name} takes a whole number from {control.minimum} to {control.maximum}")
    elif kind == BOOL:
        if not isinstance(value, bool):
            raise InvalidValue(f"{name} takes true or false")
    elif kind == SELECT:
        if value not in control.detail:
            raise InvalidValue(f"{name} takes one of: {', '.join(control.detail)}")
    elif kind == COLOR:
        return _check_color(name, value)
    elif not isinstance(value, str) or len(value) > control.maximum or not is_plain_text(value):
        raise InvalidValue(f"{name} takes a text of up to {control.maximum} characters on one line")
    return value


def is_valid(control: Control, value: object) -> bool:
    """True for a value that the control takes."""
    try:
        check(control, value)
    except InvalidValue:
        return False
    return True


def _check_color(name: str, value: object) -> str:
    if isinstance(value, str) and len(value) == 7 and value.startswith("#"):
        digits = value[1:].lower()
        if consists_of(digits, b"0123456789abcdef"):
            return "#" + digits
    raise InvalidValue(f"{name} takes a colour like #ff8000")


def control_view(control: Control, value: object) -> "dict[str, object]":
    """A control and its present value as the API shows them."""
    kind = control.kind
    shown = {"name": control.name, "type": kind, "value": value, "default": control.default}
    if kind == INT:
        shown["min"] = control.minimum
        shown["max"] = control.maximum
        if control.detail:
            shown["unit"] = control.detail
    elif kind == SELECT:
        shown["options"] = list(control.detail)
    elif kind == TEXT:
        shown["max_length"] = control.maximum
    return shown


def is_plain_text(value: str) -> bool:
    """True where every character can be shown on one line and written as UTF-8."""
    return plain_text(value) == value


def plain_text(value: str) -> str:
    """The text with a space for each control character, line end and half of a surrogate pair."""
    data = bytearray(value.encode("utf-8", "surrogatepass"))
    # By bytes: each character that MicroPython takes out of a text becomes a name that it keeps for ever.
    for i in range(len(data) - 1, -1, -1):
        byte, size_bytes = data[i], 0
        if byte < 32 or byte == 127:
            size_bytes = 1
        elif byte == 0xC2 and data[i + 1] < 0xA0:  # U+0080 to U+009F
            size_bytes = 2
        elif byte == 0xED and data[i + 1] >= 0xA0:  # U+D800 to U+DFFF
            size_bytes = 3
        if size_bytes:
            data[i : i + size_bytes] = b" "
    return data.decode().replace("\u2028", " ").replace("\u2029", " ")


def is_number(value: str) -> bool:
    """True for one to nine of the digits 0 to 9; `isdigit` also takes digits that `int` does not."""
    return 0 < len(value) < 10 and consists_of(value, b"0123456789")


def consists_of(value: str, characters: bytes) -> bool:
    """True where a text has no other characters than these, which are ASCII."""
    return all(byte in characters for byte in value.encode("utf-8", "surrogatepass"))
