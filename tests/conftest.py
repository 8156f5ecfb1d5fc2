"""What tests of the runtime share: a runtime on the fake platform (stage.py) and module types that obey (probes.py)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from service import Service
from stage import Stage

pytest_plugins = ["same_worker", "skips_in_ci"]  # in tools


@pytest.fixture
def stage() -> Stage:
    """The core on the fake platform, with an empty tree."""
    return Stage()


@pytest.fixture
def service() -> Service:
    """The API on that core, without a network."""
    return Service()


# What starts whole steps of the pipeline, and what checks the repository rather than a unit. `uv run pytest` and CI
# run them; the pipeline's own unit-test step, which every edit waits for, leaves them out.
NOT_UNIT_TESTS = [
    "deploy/build/test_builder.py",
    "deploy/build/test_flash_images.py",
    "deploy/build/test_footprint.py",
    "deploy/build/test_native_code.py",
    "deploy/chaos",
    "deploy/firmware/test_firmware.py",
    "deploy/flash",
    "deploy/live/test_board_runner.py",
    "deploy/live/test_credentials.py",
    "deploy/live/test_memory_stages.py",
    "deploy/live/test_serial_line.py",
    "deploy/mcp",
    "deploy/reserve/test_calibration.py",
    "deploy/status/test_status_pages.py",
    "deploy/test_bench_effects.py",
    "deploy/test_bench_memory.py",
    "deploy/test_bench_outputs.py",
    "deploy/test_bench_reload.py",
    "deploy/test_bench_serving.py",
    "deploy/test_bench_soak.py",
    "deploy/test_cli.py",
    "deploy/test_cli_twin.py",
    "deploy/test_leash.py",
    "deploy/test_live.py",
    "deploy/test_live_reload.py",
    "deploy/test_own_palettes.py",
    "deploy/test_pipeline.py",
    "deploy/test_runner.py",
    "deploy/test_unittest.py",
    "deploy/test_wled_client.py",
    "deploy/twin/test_esptool_launcher.py",
    "deploy/twin/test_twin_host.py",
    "deploy/twin/test_machine.py",
    "deploy/twin/test_measure.py",
    "deploy/twin/test_power_cuts.py",
    "deploy/twin/test_power_cuts_whole.py",
    "deploy/twin/test_process.py",
    "deploy/twin/test_pty_port.py",
    "deploy/twin/test_real_esptool.py",
    "deploy/twin/test_rfc2217.py",
    "kernel/test_boards_compile.py",
    "kernel/test_host.py",  # compiles with numba from nothing; portable/test_frames.py has every kernel from its cache
    "light/outputs/test_dissectors.py",
    "light/outputs/test_receivers.py",
    "pal/test_board_log.py",
    "pal/test_esp32.py",
    "portable/test_every_effect.py",
    "test_board_code.py",
    "test_boundaries.py",
    "test_pins.py",
    "test_same_worker.py",
    "test_skips.py",
    "ui",
]
collect_ignore = NOT_UNIT_TESTS if os.environ.get("PYRALIS_UNIT_TESTS_OF") == str(Path(__file__).parents[1]) else []
