"""Faults on demand: what can go wrong with a board, as text, and the dice that decide when."""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pyralis.deploy.errors import UserError


@dataclass
class Faults:
    """What is wrong with one board; by itself nothing is."""

    lost_reply: float = 0.0
    late_reply_s: float = 0.0
    bad_md5: bool = False
    unplug_at_bytes: int | None = None
    stuck_in_boot: bool = False
    slow_line: bool = False
    garbled_above_baud: int | None = None
    power_cut_at_bytes: int | None = None
    no_boot: bool = False
    noise: bool = False
    seed: int = 0  # boards with other seeds lose other replies
    dice: random.Random = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - the same again in each run

    def loses_reply(self) -> bool:
        """Whether the next reply never arrives."""
        return self.lost_reply > 0 and self.dice.random() < self.lost_reply

    def garbled(self, data: bytes, baud: int) -> bytes:
        """What is left of data at this speed of the line."""
        if self.garbled_above_baud is None or baud <= self.garbled_above_baud or not data:
            return data
        spoilt = bytearray(data)
        spoilt[self.dice.randrange(len(data))] ^= 0x55
        return bytes(spoilt)


@dataclass(frozen=True)
class Kind:
    """A fault that can be asked for."""

    name: str
    example: str
    help: str
    field: str  # of Faults
    read: Callable[[str], Any] | None = None  # of the text after the colon; None where there is none

    @property
    def usage(self) -> str:
        """How it is written."""
        return f"{self.name}:{self.example}" if self.read else self.name


def _probability(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text)
    if not match:
        raise ValueError
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    return int(text)


FAULTS = (
    Kind("lost-reply", "0.02", "so many of the loader's replies never arrive, 0 to 1", "lost_reply", _probability),
    Kind("late-reply", "400ms", "every reply but those to SYNC comes so late", "late_reply_s", _seconds),
    Kind("bad-md5", "", "the loader tells a wrong MD5 of the flash", "bad_md5"),
    Kind("unplug-at", "200000", "unplugged after so many bytes in download mode", "unplug_at_bytes", _count),
    Kind("stuck-in-boot", "", "never enters download mode, as if IO0 was not wired", "stuck_in_boot"),
    Kind("slow-line", "", "carries no more bytes than a real line at its baud rate", "slow_line"),
    Kind("garbled-above", "230400", "spoils what it carries at a higher baud rate", "garbled_above_baud", _count),
    Kind("power-cut-at", "100000", "loses power after so many bytes to flash", "power_cut_at_bytes", _count),
    Kind("no-boot", "", "can be flashed, but never starts its program", "no_boot"),
    Kind("noise", "", "prints noise instead of starting its program", "noise"),
)
_KINDS = {kind.name: kind for kind in FAULTS}


def parse_fault(text: str) -> tuple[Kind, Any]:
    """A fault and its value. UserError, with all that there are, for anything else."""
    name, colon, value = text.strip().partition(":")
    kind = _KINDS.get(name)
    try:
        if kind and kind.read and colon:
            return kind, kind.read(value)
        if kind and not kind.read and not colon:
            return kind, True
    except ValueError:
        pass  # as any other text that is none
    raise UserError(
        f"there is no fault {text!r}",
        whose="the command's: a fault is written as below",
        todo="take one of these",
        details=[f"{kind.usage:<22} {kind.help}" for kind in FAULTS],
    )


def parse_faults(texts: Iterable[str], seed: int = 0) -> Faults:
    """All faults of one board."""
    given = [parse_fault(text) for text in texts]
    return Faults(**{kind.field: value for kind, value in given}, seed=seed)
