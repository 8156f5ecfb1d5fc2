"""Shares: texts that name who gets how many lights, and how the lights are shared out."""

from pyralis.core.controls import is_number

REST = -1  # in place of a number: what others leave
WRONG = 0


def read(text: str, mark: str) -> "list[tuple[str, int]]":
    """Names with commas between them, each with the number behind its mark, REST, or WRONG where that is none."""
    found = []
    for item in text.split(","):
        name, is_marked, number = item.partition(mark)
        number = number.strip()
        found.append((name.strip(), (int(number) if is_number(number) else WRONG) if is_marked else REST))
    return found


def divide(numbers: "list[int]", total: int) -> "list[int] | None":
    """The share of each: its number, or of the rest as much as the others have; None where some of it is left."""
    rest = max(0, total - sum([number for number in numbers if number != REST]))
    sharing = numbers.count(REST)
    shares = []
    for number in numbers:
        share = number
        if number == REST:
            share = -(-rest // sharing)
            rest -= share
            sharing -= 1
        shares.append(min(share, total))
        total -= shares[-1]
    return None if total else shares


def left_over(numbers: "list[int]", total: int, what: str) -> str:
    """That some of them have nobody."""
    return f"has room for {sum(numbers)} of {total} {what}: raise a number or leave one out"
