"""Runs the runtime, the same on every interpreter; `start` puts it together, and its code goes once that is done.

`python -m pyralis.main --root DIR --state DIR [--host H] [--port N] [--fps N] [--name N]`; start.py has all options.
"""

import gc
import sys

from pyralis.wire import EXIT_REBOOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.api.server import Server
    from pyralis.core.kvstore import KvStore
    from pyralis.core.log import Logger
    from pyralis.core.manager import ModuleManager
    from pyralis.core.memory_report import MemoryReport
    from pyralis.core.scheduler import Scheduler
    from pyralis.pal.contract import Platform

_STOPPED = 0
_FAILED = 1


class Runtime:
    """Everything that runs, from the tree to the server."""

    log: "Logger"
    scheduler: "Scheduler"
    manager: "ModuleManager"
    store: "KvStore"
    server: "Server"
    name: str
    frame_us: int

    def __init__(self, platform: "Platform", options: "dict[str, str]") -> None:
        from pyralis.start import assemble

        self.platform = platform
        self.report: MemoryReport | None = None
        self._options: dict[str, str] | None = options
        self._exit_status: int | None = None
        assemble(self, options)

    @staticmethod
    def start(arguments: "list[str]") -> "Runtime":
        """What the command line asks for, on the machine that this is."""
        from pyralis.start import choose_platform, parse_options

        options = parse_options(arguments)
        return Runtime(choose_platform(options), options)

    def stage(self, name: str) -> None:
        """A stage of the start is through."""
        if self.report is not None:
            self.report.stage(name)

    def uptime_ms(self) -> int:
        """Since the first tick."""
        return self.scheduler.uptime_ms

    async def run(self) -> int:
        """Serve and tick until stopped; returns the exit status."""
        if not await self._serve():
            return _FAILED
        await self._tick_forever()
        await self.server.stop()
        return self._exit_status or _STOPPED

    async def _serve(self) -> bool:
        from pyralis.start import serve

        options, self._options = self._options, None
        return await serve(self, options or {})

    async def _tick_forever(self) -> None:
        platform = self.platform
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
            ahead_us = max(tick_us // 8, ahead_us + self.frame_us - platform.ticks_diff_us(now_us, last_us))
            last_us = now_us
            await platform.sleep_ms(ahead_us // 1000)

    def stop(self, exit_status: int = _STOPPED) -> None:
        """End after the present tick."""
        self._exit_status = exit_status

    def reboot(self) -> None:
        """End in a way that asks for another start."""
        self.stop(EXIT_REBOOT)

    def close(self) -> None:
        """Give everything back and save the settings."""
        self.manager.close()
        self.store.flush()


def main(arguments: "list[str]") -> int:
    """Run until stopped; 0 after Ctrl-C, EXIT_REBOOT where the runtime wants to be started again."""
    runtime = Runtime.start(arguments)
    platform = runtime.platform
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
