"""The server class against the protocol's conformance suite, over HTTP because that is all the suite speaks."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import npm_packages
import pytest
import uvicorn

from pyralis.deploy.mcp.run import Commands
from pyralis.deploy.mcp_server import make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyralis.deploy.rig import Rig

PACKAGE, VERSION = "@modelcontextprotocol/conformance", "0.1.16"
EXPECTED_FAILURES = Path(__file__).parent / "expected_failures.yml"

pytestmark = pytest.mark.xdist_group("npm")


@contextmanager
def served(rig: Rig) -> Iterator[str]:
    """The server for a rig, over HTTP on this machine; gives its address."""
    app = make_server(rig.root, Commands()).streamable_http_app()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=asyncio.run, args=(server.serve([listening]),))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            thread.join()


def test_all_that_needs_no_fixture_of_the_suite_passes(rig: Rig, tmp_path: Path) -> None:
    suite = npm_packages.program(PACKAGE, VERSION, "conformance")
    with served(rig) as url:
        words = ("--url", url, "--expected-failures", str(EXPECTED_FAILURES), "-o", str(tmp_path / "results"))
        done = npm_packages.run(suite, "server", *words, cwd=tmp_path)
    # It fails for what is not expected to fail, and for what is expected to and does not.
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "server-initialize: 1 passed, 0 failed" in done.stdout
