"""Values in WLED's notation, each checked; a Refusal says what the field takes."""

from pyralis.core.controls import consists_of, is_number
from pyralis.core.errors import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_HEX = b"0123456789abcdefABCDEF"


def take_number(
    fields: "dict[str, object]", name: str, now: int, last: int, random: "Callable[[], str] | None" = None
) -> "int | None":
    """A number from 0 to `last`; also `~`, `~-`, `~10`, `~-10` from what it is `now`, and `r` for any."""
    value = fields.get(name)
    if isinstance(value, str):
        if value == "r" and random is not None:
            return int(random(), 16) % (last + 1)
        value = _relative(value, now, last, wraps=random is not None)
    if value is None and name not in fields:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= last:
        raise Refusal("invalid_value", f"{name} takes a whole number from 0 to {last}, or a change like ~10 or ~-10")
    return value


def _relative(text: str, now: int, last: int, wraps: bool) -> "int | None":
    if is_number(text):
        return int(text)
    digits = text[2:] if text.startswith("~-") else text[1:]
    if not text.startswith("~") or not (digits == "" or is_number(digits)):
        return None
    step = int(digits or "1")
    value = now - step if text.startswith("~-") else now + step
    return value % (last + 1) if wraps else min(max(value, 0), last)


def take_switch(fields: "dict[str, object]", name: str, now: bool) -> "bool | None":
    """True or false, or `t` for the other one."""
    value = fields.get(name)
    if value is None and name not in fields:
        return None
    if value == "t" and isinstance(value, str):
        return not now
    if not isinstance(value, bool):
        raise Refusal("invalid_value", f"{name} takes true, false or t")
    return value


def take_colors(fields: "dict[str, object]") -> "list[str | None]":
    """Up to three colours as #rrggbb, None for one that stays."""
    value = fields.get("col")
    if value is None:
        return []
    if not isinstance(value, list):
        raise _no_color()
    return [_color(each) for each in value[:3]]


def _color(value: object) -> "str | None":
    if value == []:
        return None
    if isinstance(value, dict):
        value = [value.get(channel, 0) for channel in ("r", "g", "b")]
    if isinstance(value, list) and 3 <= len(value) <= 4:
        channels: list[int] = [part for part in value[:3] if isinstance(part, int) and 0 <= part <= 255]
        if len(channels) == 3:
            return "#%02x%02x%02x" % (channels[0], channels[1], channels[2])
    if isinstance(value, str):
        digits = value[1:] if value.startswith("#") else value
        if len(digits) in (6, 8) and consists_of(digits, _HEX):
            return "#" + digits[:6].lower()
    raise _no_color()


def _no_color() -> Refusal:
    return Refusal("invalid_value", "col takes a list of up to three colours, each like [255,160,0] or 'FFA000'")
