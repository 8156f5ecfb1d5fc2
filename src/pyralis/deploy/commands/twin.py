"""Plug in virtual boards: real esptool flashes them, and they boot what is in their flash, until Ctrl-C."""

import argparse
import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from pyralis.deploy.commands.common import add_filters, add_json, add_rig, filters_of, rig_of
from pyralis.deploy.devices import TWIN, load, select
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import Rig
from pyralis.deploy.terminal import say, shown_path
from pyralis.deploy.twin.faults import FAULTS, parse_fault
from pyralis.deploy.twin.host import Settings, Twin
from pyralis.deploy.twin.plugs import twin_folder
from pyralis.deploy.twin.process import FLASH_FILE

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
        "--count", type=_count, default=1, metavar="N", help="with --platform: so many boards; default: 1"
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
    show = _show_json if options.json else _show_line
    with ExitStack() as plugged:
        twins = [plugged.enter_context(Twin(rig, one, show(one.id))) for one in settings]
        for twin in twins:
            plug = twin.wait()
            if not options.json:
                flash = shown_path(twin_folder(rig, twin.settings.id) / FLASH_FILE)
                say(f"{twin.settings.id}  {twin.settings.platform}  {plug.serial}  {plug.pty}  {flash}")
        if not options.json:
            say("Ctrl-C unplugs " + ("it" if len(twins) == 1 else "them"))
        _wait_for_end(twins)
    return 1


def _wait_for_end(twins: list[Twin]) -> None:
    """Wait in a way that Ctrl-C ends."""
    ended = threading.Event()

    def watch() -> None:
        for twin in twins:
            twin.wait_for_end()
        ended.set()

    threading.Thread(target=watch, name="watch twins", daemon=True).start()
    ended.wait()


def _settings(rig: Rig, options: argparse.Namespace) -> list[Settings]:
    """One for each board; UserError for what does not go together."""
    if options.group or options.device or options.type or not options.platform:
        devices = [device for device in select(load(rig), filters_of(options)) if device.serial == TWIN]
        boards = [(device.id, device.platform) for device in devices]
        if not boards:
            raise UserError(
                "no virtual board is among the selected devices",
                whose="the filter's, or the device list's",
                todo='give a device "serial": "twin", or start boards of their own with --platform and --count',
            )
    else:
        boards = [(f"twin-{options.platform}-{number + 1}", options.platform) for number in range(options.count)]
    faults = _faults(options.fault, [name for name, _ in boards])
    ports = range(options.port, options.port + len(boards)) if options.port else [0] * len(boards)
    return [Settings(name, kind, faults[name], port) for (name, kind), port in zip(boards, ports, strict=True)]


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


def _show_line(name: str) -> Callable[[dict[str, Any]], None]:
    def show(event: dict[str, Any]) -> None:
        if event["event"] not in ("plugged in", "error"):
            say(f"{name}: {event['event']}")

    return show


def _show_json(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda event: say(json.dumps({"board": name, **event}, ensure_ascii=False))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 64):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of boards: 1 to 64")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: 0 to 65535")
    return int(text)
