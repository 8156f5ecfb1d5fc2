"""What only a start needs: options, platform, and the parts put together; its code is let go of afterwards.

So nothing here may be referred to from what runs on, neither a function nor a closure.
"""

import sys

from pyralis.wire import READY_PREFIX, STATE_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.main import Runtime
    from pyralis.pal.contract import Platform

DEFAULTS = {
    "root": ".",
    "state": ".pyralis/state",
    "host": "127.0.0.1",
    "port": "8080",
    "fps": "60",
    "instance": "",
    "build": "",
    "heap": "",
    "name": "",
    "memory-report": "",
}


def parse_options(arguments: "list[str]") -> "dict[str, str]":
    """`--name value` pairs over the defaults; ValueError says which one is wrong."""
    options = dict(DEFAULTS)
    for i in range(0, len(arguments), 2):
        name = arguments[i][2:]
        if not arguments[i].startswith("--") or name not in DEFAULTS or i + 1 == len(arguments):
            known = " ".join(["--" + known for known in DEFAULTS])
            raise ValueError(f"'{arguments[i]}' is not an option with a value; there are: {known}")
        options[name] = arguments[i + 1]
    for name, least, most in (("port", 0, 65535), ("fps", 1, 1000)):
        if not options[name].isdigit() or not least <= int(options[name]) <= most:
            raise ValueError(f"--{name} takes a whole number from {least} to {most}, not '{options[name]}'")
    return options


def choose_platform(options: "dict[str, str]") -> "Platform":
    """The platform of the interpreter that runs this."""
    if sys.implementation.name != "micropython":
        from pyralis.pal.cpython import CPythonPlatform

        return CPythonPlatform(options["root"], options["state"], options["build"], int(options["heap"] or 0))
    if sys.platform == "esp32":
        from pyralis.pal.esp32 import Esp32Platform

        return Esp32Platform()
    from pyralis.pal.micropython import MicroPythonPlatform

    return MicroPythonPlatform(options["root"], options["state"])


def assemble(runtime: "Runtime", options: "dict[str, str]") -> None:
    """Make all parts of a runtime that has its platform, and load its tree."""
    if options["memory-report"]:
        from pyralis.core.memory_report import MemoryReport

        runtime.report = MemoryReport(runtime.platform)
    from pyralis.core.kvstore import KvStore
    from pyralis.core.log import Logger
    from pyralis.core.manager import ModuleManager
    from pyralis.core.memory import MemoryGuard
    from pyralis.core.registry import TypeRegistry
    from pyralis.core.scheduler import Scheduler
    from pyralis.core.services import Services
    from pyralis.core.timing import Timing

    runtime.stage("import core")
    runtime.frame_us = 1_000_000 // int(options["fps"])
    platform = runtime.platform
    log = runtime.log = Logger(runtime.uptime_ms, platform.print_line, max_bytes=platform.log_bytes)
    memory = MemoryGuard(platform, platform.reserve_bytes, log)
    services = Services(platform, log, memory)
    scheduler = runtime.scheduler = Scheduler(services, Timing(log))
    runtime.manager = ModuleManager(services, scheduler, TypeRegistry(platform, scheduler))
    runtime.store = KvStore(platform.storage, STATE_FILE, log)
    scheduler.on_second.append(runtime.store.advance_second)
    scheduler.on_second.append(memory.measure)
    platform.watch_heap(runtime.manager.root, Scheduler.attempt)
    runtime.stage("core")
    _load_tree(runtime, options)
    _load_api(runtime, options)


def _load_tree(runtime: "Runtime", options: "dict[str, str]") -> None:
    manager, store, log = runtime.manager, runtime.store, runtime.log
    warning = runtime.platform.start_compiling()
    if warning:
        log.warning("kernel", warning)
    rig = _read_rig(runtime)
    name = options["name"] or rig.get("name")
    runtime.name = name if isinstance(name, str) and name else "Pyralis"
    store.load()
    saved = store.provide("tree", manager.snapshot)
    manager.load(rig.get("tree", []) if saved is None else saved)
    manager.on_change.append(store.mark_changed)
    origin = "rig file" if saved is None else "saved settings"
    log.info("main", f"{len(manager.modules())} modules from the {origin}")
    runtime.stage("tree")


def _read_rig(runtime: "Runtime") -> "dict[str, object]":
    try:
        rig = runtime.platform.rig()
        if isinstance(rig, dict):
            return rig
        why = "not an object"
    except (ValueError, OSError) as error:
        why = str(error)
    runtime.log.error("main", f"the rig file cannot be used ({why}): starting with an empty tree")
    return {}


def _load_api(runtime: "Runtime", options: "dict[str, str]") -> None:
    from pyralis.api.hub import Hub
    from pyralis.api.routes import Routes
    from pyralis.api.server import Server
    from pyralis.api.views import SystemView

    runtime.stage("import server")
    platform = runtime.platform
    facts = platform.facts()
    facts["name"] = runtime.name
    facts["instance"] = options["instance"]
    facts["boot_id"] = platform.random_id()
    facts.update(build_facts(platform.build()))
    system = SystemView(runtime.manager, facts)
    hub = Hub(runtime.manager, system, max(2, platform.max_connections // 2))
    routes = Routes(runtime.manager, system, runtime.reboot, platform.routes())
    runtime.server = Server(routes, hub, platform.assets, platform.max_connections)
    runtime.stage("server")


def build_facts(found: "dict[str, str]") -> "dict[str, object]":
    """Which build runs here, so that nobody tests or debugs another one by mistake; unknown where nobody told."""
    build = {name: found.get(name, "unknown") for name in ("id", "commit", "version")}
    return {"build": build, "version": build["version"]}


async def serve(runtime: "Runtime", options: "dict[str, str]") -> bool:
    """Join the network, accept connections and say so; False where that is not possible."""
    platform, port = runtime.platform, int(options["port"])
    platform.on_stop(runtime.stop)
    host, shown_host = await platform.join_network(options["host"], runtime.log)
    try:
        await runtime.server.start(platform.listen, host, port)
    except OSError as error:
        runtime.log.error("main", f"cannot listen on {host}:{port} ({error}): choose another one with --port")
        return False
    if sys.implementation.name != "micropython":
        from pyralis.pal.cpython import CPythonPlatform

        if isinstance(platform, CPythonPlatform):
            platform.reload_live(runtime.manager)
    runtime.stage("serving")  # told first: who waits for the next line has them all
    platform.print_line(f"{READY_PREFIX}http://{shown_host}:{port}/")
    if sys.implementation.name == "micropython":
        _let_go(runtime)
    platform.forget_code("pyralis.start")
    platform.forget_code("pyralis.core.loading")
    return True


def _let_go(runtime: "Runtime") -> None:
    """Overwrite what only a start calls of the classes that live on: a board gets the memory of that code back."""
    from pyralis.api.hub import Hub
    from pyralis.api.routes import Routes
    from pyralis.api.stats import Stats
    from pyralis.api.views import SystemView
    from pyralis.pal import micropython

    platform, scheduler, services = runtime.platform, runtime.scheduler, runtime.manager.services
    platform_methods = "build facts join_network listen on_stop rig routes start_compiling watch_heap"
    made_once = (
        (runtime, "stage start _serve"),
        (platform, platform_methods),
        (platform.storage, "set_aside"),
        (platform.assets, ""),
        (scheduler, ""),
        (scheduler.timing, ""),
        (services, ""),
        (services.log, ""),
        (services.memory, ""),
        (services.preview, ""),
        (runtime.manager, "load"),
        (runtime.manager.registry, ""),
        (runtime.store, "get load provide set"),
        (runtime.server, "start"),
    )
    kinds: list[tuple[type, str]] = [(type(one), names) for one, names in made_once]
    kinds += [(micropython.Listener, ""), (micropython.MicroPythonPlatform, platform_methods)]
    kinds += [(Hub, ""), (Stats, ""), (Routes, ""), (SystemView, "")]
    for kind, names in kinds:
        for name in f"__init__ {names}".split():
            if name in kind.__dict__:
                setattr(kind, name, None)
    if runtime.report is not None:
        runtime.report = None
        platform.forget_code("pyralis.core.memory_report")
    micropython.make_directories = micropython.read_json = None  # type: ignore[assignment]
