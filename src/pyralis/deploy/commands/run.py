"""Start the runtime with this rig, on CPython or on MicroPython, and keep it running until Ctrl-C."""

import argparse
import json
import re
import signal
import sys

from pyralis.deploy.commands.common import add_rig, rig_of
from pyralis.deploy.errors import INTERRUPTED, UserError
from pyralis.deploy.identity import identify
from pyralis.deploy.interpreters import (
    CPYTHON,
    DEFAULT_HEAP,
    HEAP_PATTERN,
    MICROPYTHON,
    Launch,
    Options,
    heap_budget,
    on_cpython,
    on_micropython,
)
from pyralis.deploy.rig import Rig
from pyralis.deploy.runner import Runner, check_port, free_ports
from pyralis.deploy.running import claim
from pyralis.deploy.terminal import paint, say, sign
from pyralis.wire import READY_PREFIX, STATE_FILE

_EPILOG = """examples:
  pyralis run                               the page is on http://127.0.0.1:8080/
  pyralis run --host 0.0.0.0                other machines can reach it too
  pyralis run --heap 200k                   with no more memory than a board has: see what is refused, and how
  pyralis run --micropython --heap 256k     from compiled files, with the heap of a board; 128wk is the same
  pyralis run --reset                       forget what was changed on the page, start with rig.json

Ctrl-C ends it and saves its state. Its output is kept in .pyralis/logs."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of this command."""
    parser.add_argument("--micropython", action="store_true", help="run on MicroPython instead of this Python")
    parser.add_argument(
        "--heap",
        type=_heap,
        metavar="SIZE",
        help=f"memory, such as 200k, 1m or 200000 bytes; default: no limit, with --micropython {DEFAULT_HEAP}",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=_port, default=8080, help="port to listen on, 0 for any (default: 8080)")
    parser.add_argument("--name", default="", help="its name, instead of the one in rig.json")
    parser.add_argument("--reset", action="store_true", help="forget the saved state")
    parser.add_argument("--json", action="store_true", help="print what happens as JSON lines")
    add_rig(parser)
    parser.epilog = _EPILOG


def execute(options: argparse.Namespace) -> int:
    """Run until Ctrl-C, or until the runtime ends."""
    rig = rig_of(options)
    rig.read()
    interpreter = MICROPYTHON if options.micropython else CPYTHON
    port = options.port or free_ports(1)[0]
    check_port(options.host, port)
    extra = {} if options.micropython or options.heap is None else {"heap": heap_budget(options.heap)}
    start = Options(rig.private / "state" / interpreter, options.host, port, name=options.name, extra=extra)
    with claim(rig, interpreter, start.url):
        if options.reset:
            (start.state / STATE_FILE).unlink(missing_ok=True)
        launch = _launch(rig, options, start)
        show = _show_json if options.json else _show_line
        log = rig.logs / f"run-{interpreter}.log"
        with Runner(launch, log, show) as runner:
            return _until_the_end(runner, options.json)


def _until_the_end(runner: Runner, as_json: bool) -> int:
    try:
        runner.start()
        status = runner.wait() or 0
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is ending: a second Ctrl-C must not end the ending
        runner.stop()
        if not as_json:
            say(paint("stopped, state saved", "dim", sys.stdout))
        return INTERRUPTED
    if status:
        raise UserError(
            f"the runtime ended with status {status}",
            whose="the runtime's or the rig's: its last lines are above",
            todo="read them; `pyralis run --reset` starts without the saved state",
        )
    return status


def _launch(rig: Rig, options: argparse.Namespace, start: Options) -> Launch:
    if not options.micropython:
        return on_cpython(rig, identify(rig), start)
    # Only this way of running needs them.
    from pyralis.deploy.build.builder import build
    from pyralis.deploy.build.targets import TARGETS
    from pyralis.deploy.steps import Step, unseen

    launch = on_micropython(rig, start, options.heap or DEFAULT_HEAP)
    with Step("build", unseen) as step:
        build(rig, TARGETS["pc"], step)
    if not options.json:
        say(paint(f"built for MicroPython: {step.result.summary}", "dim", sys.stdout))
    return launch


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: 0 to 65535")
    return int(text)


def _heap(text: str) -> str:
    if not re.fullmatch(HEAP_PATTERN, text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a size such as 256k, 1m, or a number of bytes")
    return text


def _show_line(line: str) -> None:
    if line.startswith(READY_PREFIX):
        url = paint(line[len(READY_PREFIX) :], "bold cyan", sys.stdout)
        light = paint(sign("●", "*", sys.stdout), "yellow", sys.stdout)
        line = f"{light} {READY_PREFIX}{url}" + paint("   Ctrl-C ends it", "dim", sys.stdout)
    elif line.startswith("[error]"):
        line = paint(line, "red", sys.stdout)
    elif line.startswith("[warning]"):
        line = paint(line, "yellow", sys.stdout)
    else:
        line = paint(line, "dim", sys.stdout)
    say(line)


def _show_json(line: str) -> None:
    event = {"event": "line", "text": line}
    if line.startswith(READY_PREFIX):
        event = {"event": "serving", "url": line[len(READY_PREFIX) :].strip()}
    say(json.dumps(event, ensure_ascii=False))
