"""Run: one command as a child process on a leash, with its progress told while it runs."""

import asyncio
import itertools
import math
import os
import shlex
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from pyralis.deploy.children import Child
from pyralis.deploy.errors import INTERRUPTED
from pyralis.deploy.mcp.outcome import Outcome, counts_of, entry_of_step, outcomes_of_devices
from pyralis.deploy.mcp.text import fitted_file
from pyralis.deploy.mcp.transcript import Transcript
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.steps import FAILED, PASSED, failure_of
from pyralis.deploy.steps import INTERRUPTED as STOPPED

HEARTBEAT_S = 9.0  # clients give up on what is silent, and ten seconds is what they are promised
_SHORTEST_GAP_S = 0.1  # nobody reads faster
_KEPT_LOGS = 40
_KEPT_S = 24 * 3600
_LAST_LINES = 5
LOG_PREFIX = "mcp-"

Tell = Callable[[float, str], Awaitable[None]]  # percent, and one line of progress
_numbers = itertools.count(1)


class Commands:
    """Runs commands, and knows those that run, so that none outlives the server."""

    def __init__(self, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._heartbeat_s = heartbeat_s
        self._children: set[Child] = set()
        # Those who wait for commands leave the threads alone that read stdin: there may be many of them.
        self._waiting = anyio.CapacityLimiter(math.inf)

    async def run(self, rig: Rig, words: Sequence[str], tell: Tell) -> Outcome:
        """Run `pyralis WORDS --json` to its end, and tell of its progress; its log for people is in the outcome.

        Cancelling stops the command and all that it started.
        """
        started_s = time.monotonic()
        await tell(0.0, f"{shown_command(words)} starts")
        with Transcript(_log_file(rig, words[0])) as transcript:
            news = asyncio.Event()
            loop = asyncio.get_running_loop()

            def take(line: str) -> None:
                transcript.take(line)
                loop.call_soon_threadsafe(news.set)

            async with self._started(rig, words, take) as child, anyio.create_task_group() as group:
                group.start_soon(self._tell_news, transcript, news, tell)
                await anyio.to_thread.run_sync(child.wait, abandon_on_cancel=True, limiter=self._waiting)
                group.cancel_scope.cancel()
            await tell(*transcript.news)
            transcript.end()
            return _outcome(words, transcript, child.exit_status or 0, time.monotonic() - started_s)

    async def printed(self, rig: Rig, words: Sequence[str]) -> tuple[int, str]:
        """Run `pyralis WORDS --json`; gives its exit status and what it printed."""
        lines: list[str] = []
        async with self._started(rig, words, lines.append) as child:
            await anyio.to_thread.run_sync(child.wait, abandon_on_cancel=True, limiter=self._waiting)
        return child.exit_status or 0, "\n".join(lines)

    async def stop_all(self) -> None:
        """Stop what runs: all at once, not one after the other."""
        async with anyio.create_task_group() as group:
            for child in self._children.copy():
                group.start_soon(self._stop, child)

    async def _stop(self, child: Child) -> None:
        await anyio.to_thread.run_sync(child.stop, limiter=self._waiting)

    @asynccontextmanager
    async def _started(self, rig: Rig, words: Sequence[str], take: Callable[[str], None]) -> AsyncIterator[Child]:
        """A command that runs; leaving the context stops it."""
        command = [sys.executable, "-P", "-m", "pyralis", *words, "--json"]
        start = partial(Child, command, cwd=rig.root, env=_environment(), on_line=take)
        with anyio.CancelScope(shield=True):  # what has been started has to be known
            child = await anyio.to_thread.run_sync(start, limiter=self._waiting)
        self._children.add(child)
        try:
            yield child
        finally:
            with anyio.CancelScope(shield=True):
                await self._stop(child)
            self._children.discard(child)

    async def _tell_news(self, transcript: Transcript, news: asyncio.Event, tell: Tell) -> None:
        """Tell what is new, and from time to time that nothing is."""
        last_news_s = time.monotonic()
        while True:
            with anyio.move_on_after(self._heartbeat_s):
                await news.wait()
            if news.is_set():
                news.clear()
                last_news_s = time.monotonic()
                await tell(*transcript.news)
            else:
                percent, text = transcript.news
                await tell(percent, f"at work, silent for {time.monotonic() - last_news_s:.0f} s, after: {text}")
            await anyio.sleep(_SHORTEST_GAP_S)


def shown_command(words: Sequence[str]) -> str:
    """A command as a person would type it."""
    return shlex.join(["pyralis", *words])


def _environment() -> dict[str, str]:
    return {**package_environment(), "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def _log_file(rig: Rig, name: str) -> Path:
    """Where the output of a call goes; those of the last day are kept, and of earlier ones the latest."""
    oldest_s = time.time() - _KEPT_S
    for old in sorted(rig.logs.glob(f"{LOG_PREFIX}*.log"))[:-_KEPT_LOGS]:
        with suppress(FileNotFoundError):  # another server has been faster
            if old.stat().st_mtime < oldest_s:
                old.unlink()
    when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    return rig.logs / f"{LOG_PREFIX}{when}-{os.getpid()}-{next(_numbers)}-{name}.log"


def _outcome(words: Sequence[str], transcript: Transcript, exit_code: int, duration_s: float) -> Outcome:
    devices = outcomes_of_devices(transcript.finished)
    result, error = transcript.result, transcript.error
    failures = [*transcript.failures, *([failure_of(words[0], error)] if error else [])]
    summary = error.what if error else result.reason or result.summary if result else ""
    return Outcome(
        shown_command(words),
        exit_code,
        STOPPED if exit_code == INTERRUPTED else FAILED if exit_code else PASSED,
        summary or "\n".join(transcript.last_lines),
        round(duration_s, 2),
        [entry_of_step(event) for event in transcript.finished if len(event.path) > 1 and not event.device],
        devices,
        [failure.to_json() for failure in failures],
        counts_of(transcript.finished, devices),
        [line for line in fitted_file(transcript.log).splitlines() if line][-_LAST_LINES:],
        str(transcript.log),
    )
