"""What a stream can show: colours only on terminals, signs only where its encoding has them."""

import os
import sys
from pathlib import Path
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


def say(text: str, stream: TextIO | None = None) -> None:
    """Write a line, at once."""
    target = stream or sys.stdout
    target.write(text + "\n")
    target.flush()


def has_colors(stream: TextIO) -> bool:
    """True for a terminal whose owner has not said NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str, stream: TextIO) -> str:
    """The text in a style such as 'red' or 'bold yellow', where the stream shows colours."""
    if not has_colors(stream):
        return text
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\033[{codes}m{text}\033[0m"


def sign(fancy: str, plain: str, stream: TextIO) -> str:
    """`fancy` where the stream's encoding has it."""
    try:
        fancy.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return plain
    return fancy


def shown_path(path: os.PathLike[str] | str) -> str:
    """The shorter of the absolute path and the one from the working directory."""
    absolute = str(Path(path).absolute())
    relative = os.path.relpath(absolute)
    return relative if len(relative) < len(absolute) else absolute
