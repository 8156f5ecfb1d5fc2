"""Plug in virtual boards: real esptool flashes them, and they boot what is in their flash, until Ctrl-C."""

import argparse
import json
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from pyralis.deploy.commands.common import add_filters, add_json, add_rig, filters_of, rig_of
from pyralis.deploy.devices import TWIN, load, select
from pyralis.deploy.errors import INTERRUPTED, UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.rig import Rig
from pyralis.deploy.terminal import paint, say, shown_path
from pyralis.deploy.twin.faults import FAULTS, parse_fault
from pyralis.deploy.twin.host import Settings, Twin
from pyralis.deploy.twin.plugs import Plug, twin_folder
from pyralis.deploy.twin.process import FLASH_FILE

# What is told of a board, and how; its place in the table tells that it is plugged in.
_EVENTS = {
    "boot fails": ("finds nothing to start: flash it", "yellow"),
    "runs": ("runs", "dim"),
    "resets": ("resets", "dim"),
    "watchdog bites": ("is reset by its watchdog", "red"),
    "crashes": ("MicroPython crashes", "red"),
    "power lost": ("loses power: a reset brings it back", "yellow"),
    "unplugged": ("is unplugged: start it again to plug it in", "yellow"),
    "ended": ("has ended", "red"),
}
_LAST_PORT = 65535
_FAULTS = "\n".join(f"  {kind.usage:<22} {kind.help}" for kind in FAULTS)
_EPILOG = f"""examples:
  pyralis twin --platform esp32dev                      one board of its own
  pyralis twin --platform esp32c3 --count 8 --port 4000 eight, at rfc2217://127.0.0.1:4000 and following
  pyralis twin --group wall                             those of the device list with "serial": "twin"
  pyralis twin --group wall --fault wall-2=bad-md5      one of them with a fault
  esptool --port rfc2217://127.0.0.1:4000 flash-id      in another shell

faults:
{_FAULTS}

A board's flash is a file in .pyralis/twins, and is there again at the next start. `pyralis flash` and `livetest` use
the boards that run, and plug in those that do not. docs/boards.md says where they differ from real ones."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    add_filters(parser)
    parser.add_argument(
        "--count", type=_count, default=None, metavar="N", help="with --platform: so many boards; default: 1"
    )
    parser.add_argument("--port", type=_port, default=0, help="TCP port of the first one's serial line; default: any")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="[ID=]FAULT", help="something wrong with one or all; see below"
    )
    add_rig(parser)
    add_json(parser, "what happens as JSON lines")
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Run them until Ctrl-C, or until the last one has ended."""
    rig = rig_of(options)
    settings = _settings(rig, options)
    try:
        _run(rig, settings, Show(options.json, max(len(one.id) for one in settings)))
    except KeyboardInterrupt:
        if not options.json:
            say(paint("unplugged", "dim", sys.stdout))
    return INTERRUPTED


def _run(rig: Rig, settings: Sequence[Settings], show: "Show") -> None:
    """Until somebody interrupts it; UserError when all have ended."""
    with ExitStack() as plugged:
        twins = [plugged.enter_context(Twin(rig, one, partial(show.event, one.id))) for one in settings]
        for twin in twins:
            plugged.callback(twin.let_go)  # all of them, before the first one is waited for
        show.table(rig, settings, [twin.wait() for twin in twins])
        plugged.callback(show.end)
        _wait_for_end(twins, show)
    raise UserError(
        "all virtual boards have ended",
        whose="whoever ended their processes, or Pyralis'",
        todo="look at the log of one of them",
        log=twins[0].log,
    )


class Show:
    """Tells what happens, board by board; what happens before there is a table is told after it."""

    def __init__(self, as_json: bool, width: int) -> None:
        self._as_json = as_json
        self._width = width
        self._lock = threading.Lock()
        self._kept: list[tuple[str, Mapping[str, object]]] | None = [] if not as_json else None
        self._is_over = False

    def event(self, name: str, event: Mapping[str, object]) -> None:
        """Something that a virtual board tells."""
        with self._lock:
            if self._is_over or event["event"] == "error":  # which ends this command, and is told then
                return
            if self._kept is not None:
                self._kept.append((name, event))
            elif self._as_json:
                say(json.dumps({"board": name, **event}, ensure_ascii=False))
            else:
                self._line(name, str(event["event"]))

    def table(self, rig: Rig, settings: Sequence[Settings], plugs: Sequence[Plug]) -> None:
        """Where each of them can be reached."""
        if self._as_json:
            return
        rows = [("board", "platform", "serial", "pty", "flash")]
        for one, plug in zip(settings, plugs, strict=True):
            flash = shown_path(twin_folder(rig, one.id) / FLASH_FILE)
            rows.append((one.id, one.platform, plug.serial, plug.pty, flash))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for number, row in enumerate(rows):
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            say(line if number else paint(line, "bold", sys.stdout))
        say(paint("Ctrl-C unplugs " + ("it" if len(plugs) == 1 else "them"), "dim", sys.stdout))
        with self._lock:
            for name, event in self._kept or []:
                self._line(name, str(event["event"]))
            self._kept = None

    def end(self) -> None:
        """Say nothing any more."""
        with self._lock:
            self._is_over = True

    def _line(self, name: str, event: str) -> None:
        if event in _EVENTS:
            text, style = _EVENTS[event]
            time = paint(datetime.now(UTC).astimezone().strftime("%H:%M:%S"), "dim", sys.stdout)
            say(f"{time}  {name:<{self._width}}  {paint(text, style, sys.stdout)}")


def _wait_for_end(twins: Sequence[Twin], show: Show) -> None:
    """Wait, in a way that Ctrl-C ends, until none runs any more."""

    def watch(twin: Twin) -> None:
        twin.wait_for_end()
        show.event(twin.settings.id, {"event": "ended"})

    threads = [threading.Thread(target=watch, args=(twin,), daemon=True) for twin in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _settings(rig: Rig, options: argparse.Namespace) -> list[Settings]:
    """One for each board; UserError for what does not go together."""
    if options.group or options.device or options.type or not options.platform:
        boards = _listed(rig, options)
    elif options.platform in BOARDS:
        boards = [(f"twin-{options.platform}-{number + 1}", options.platform) for number in range(options.count or 1)]
    else:
        raise UserError(
            f"there is no virtual board of platform '{options.platform}'",
            whose="the option's",
            todo=f"choose one of {', '.join(BOARDS)}",
        )
    faults = _faults(options.fault, [name for name, _ in boards])
    last_port = options.port + len(boards) - 1
    if last_port > _LAST_PORT:
        raise UserError(
            f"--port {options.port} leaves no room for {len(boards)} boards: there are ports up to {_LAST_PORT}",
            whose="the option's",
            todo="take a lower one, or leave it out: then each board gets any free port",
        )
    ports = range(options.port, last_port + 1) if options.port else [0] * len(boards)
    return [Settings(name, kind, faults[name], port) for (name, kind), port in zip(boards, ports, strict=True)]


def _listed(rig: Rig, options: argparse.Namespace) -> list[tuple[str, str]]:
    """Those of the device list."""
    if options.count is not None:
        raise UserError(
            "--count is for boards of their own, and these are selected from the device list",
            whose="the options'",
            todo="give --platform and --count alone, or leave --count out",
        )
    boards = [(one.id, one.platform) for one in select(load(rig), filters_of(options)) if one.serial == TWIN]
    if not boards:
        raise UserError(
            "no virtual board is among the selected devices",
            whose="the filter's, or the device list's",
            todo='give a device "serial": "twin", or start boards of their own with --platform and --count',
        )
    return boards


def _faults(texts: list[str], names: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = dict.fromkeys(names, ())
    for text in texts:
        name, equals, fault = text.rpartition("=")
        parse_fault(fault)
        if equals and name not in found:
            raise UserError(
                f"--fault {text}: there is no board '{name}' here",
                whose="the option's",
                todo=f"choose one of {', '.join(names)}",
            )
        for one in [name] if equals else names:
            found[one] = (*found[one], fault)
    return found


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 64):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of boards: 1 to 64")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: 0 to {_LAST_PORT}")
    return int(text)
