"""Puts the parts together; the only file that chooses a platform. The same on every interpreter.

`python -m pyralis.main --root DIR --state DIR [--host H] [--port N] [--fps N] [--name N]`; DEFAULTS has all options.
"""

import gc
import sys

from pyralis.wire import EXIT_REBOOT, READY_PREFIX, STATE_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
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
_STOPPED = 0
_FAILED = 1


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


class Runtime:
    """Everything that runs, from the tree to the server."""

    def __init__(self, platform: "Platform", options: "dict[str, str]") -> None:
        self._platform = platform
        self._options = options
        self._report = None
        if options["memory-report"]:
            from pyralis.core.memory_report import MemoryReport

            self._report = MemoryReport(platform)
        self._exit_status: int | None = None
        self._load_core()
        self._load_tree()
        self._load_api()

    def _stage(self, name: str) -> None:
        if self._report is not None:
            self._report.stage(name)

    def _load_core(self) -> None:
        from pyralis.core.kvstore import KvStore
        from pyralis.core.log import Logger
        from pyralis.core.manager import ModuleManager
        from pyralis.core.memory import MemoryGuard
        from pyralis.core.registry import TypeRegistry
        from pyralis.core.scheduler import Scheduler
        from pyralis.core.services import Services
        from pyralis.core.timing import Timing

        self._stage("import core")
        platform = self._platform
        self.log = Logger(lambda: self.scheduler.uptime_ms, platform.print_line, max_bytes=platform.log_bytes)
        memory = MemoryGuard(platform, platform.reserve_bytes, self.log)
        services = Services(platform, self.log, memory)
        self.scheduler = Scheduler(services, Timing(self.log))
        self.manager: ModuleManager = ModuleManager(services, self.scheduler, TypeRegistry(platform, self.scheduler))
        self.store = KvStore(platform.storage, STATE_FILE, self.log)
        self.scheduler.on_second.append(lambda: self.store.advance(1000))
        self.scheduler.on_second.append(memory.measure)
        platform.watch_heap(self.manager.root, Scheduler.attempt)
        self._stage("core")

    def _load_tree(self) -> None:
        warning = self._platform.start_compiling()
        if warning:
            self.log.warning("kernel", warning)
        rig = self._read_rig()
        name = self._options["name"] or rig.get("name")
        self.name = name if isinstance(name, str) and name else "Pyralis"
        self.store.load()
        saved = self.store.provide("tree", self.manager.snapshot)
        self.manager.load(rig.get("tree", []) if saved is None else saved)
        self.manager.on_change.append(self.store.mark_changed)
        origin = "rig file" if saved is None else "saved settings"
        self.log.info("main", f"{len(self.manager.modules())} modules from the {origin}")
        self._stage("tree")

    def _read_rig(self) -> "dict[str, object]":
        try:
            rig = self._platform.rig()
            if isinstance(rig, dict):
                return rig
            why = "not an object"
        except (ValueError, OSError) as error:
            why = str(error)
        self.log.error("main", f"the rig file cannot be used ({why}): starting with an empty tree")
        return {}

    def _load_api(self) -> None:
        from pyralis.api.hub import Hub
        from pyralis.api.routes import Routes
        from pyralis.api.server import Server
        from pyralis.api.views import SystemView
        from pyralis.core.buildinfo import BuildInfo

        self._stage("import server")
        platform = self._platform
        facts = platform.facts()
        facts["name"] = self.name
        facts["instance"] = self._options["instance"]
        facts["boot_id"] = platform.random_id()
        build = BuildInfo(platform.build())
        system = SystemView(self.manager, build, facts)
        hub = Hub(self.manager, system, max(2, platform.max_connections // 2))
        routes = Routes(self.manager, system, lambda: self.stop(EXIT_REBOOT), platform.routes())
        self.server = Server(routes, hub, platform.assets, platform.max_connections)
        self._stage("server")

    async def run(self) -> int:
        """Serve and tick until stopped; returns the exit status."""
        port = int(self._options["port"])
        self._platform.on_stop(lambda: self.stop(_STOPPED))
        host, shown_host = await self._platform.join_network(self._options["host"], self.log)
        try:
            await self.server.start(self._platform.listen, host, port)
        except OSError as error:
            self.log.error("main", f"cannot listen on {host}:{port} ({error}): choose another one with --port")
            return _FAILED
        self._platform.print_line(f"{READY_PREFIX}http://{shown_host}:{port}/")
        self._stage("serving")
        await self._tick_forever()
        await self.server.stop()
        return self._exit_status or _STOPPED

    async def _tick_forever(self) -> None:
        frame_us = 1_000_000 // int(self._options["fps"])
        platform = self._platform
        last_us = platform.ticks_us()
        ahead_us = 0
        while self._exit_status is None:
            try:
                tick_us = self.scheduler.tick()
            except MemoryError:
                platform.collect_garbage()  # between two modules: neither is to blame, and the next tick looks again
                tick_us = 0
            now_us = platform.ticks_us()
            # Late frames are dropped, and however long a tick takes, an eighth of that is left to serve clients.
            ahead_us = max(tick_us // 8, ahead_us + frame_us - platform.ticks_diff_us(now_us, last_us))
            last_us = now_us
            await platform.sleep_ms(ahead_us // 1000)

    def stop(self, exit_status: int) -> None:
        """End after the present tick."""
        self._exit_status = exit_status

    def close(self) -> None:
        """Give everything back and save the settings."""
        self.manager.close()
        self.store.flush()


def parse_options(arguments: "list[str]") -> "dict[str, str]":
    """`--name value` pairs over the defaults; ValueError says which one is wrong."""
    options = dict(DEFAULTS)
    for i in range(0, len(arguments), 2):
        name = arguments[i][2:]
        if not arguments[i].startswith("--") or name not in DEFAULTS or i + 1 == len(arguments):
            known = " ".join(["--" + known for known in DEFAULTS])
            raise ValueError(f"'{arguments[i]}' is not an option with a value; there are: {known}")
        options[name] = arguments[i + 1]
    return options


def main(arguments: "list[str]") -> int:
    """Run until stopped; 0 after Ctrl-C, EXIT_REBOOT where the runtime wants to be started again."""
    options = parse_options(arguments)
    platform = choose_platform(options)
    runtime = Runtime(platform, options)
    try:
        return platform.run(runtime.run())
    except KeyboardInterrupt:
        platform.after_interrupt()
        return _STOPPED
    except MemoryError:
        # With the heap locked, what runs on the way out fails like this and hides the interrupt.
        if not platform.after_interrupt():
            raise
        return _STOPPED
    finally:
        runtime.close()
        gc.collect()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
