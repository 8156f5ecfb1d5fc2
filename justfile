# `uv run just` lists the tasks; `uv run just NAME` runs one.

[private]
list:
    @just --list --unsorted

# all that is checked without running anything: lint, types, imports, kernels, spelling, pins
check: lint types imports kernels spelling pins-check

# unit tests, on all cores
test *ARGS:
    uv run pytest -n auto --dist loadgroup {{ ARGS }}

# every kernel on CPython, numba, MicroPython bytecode and viper
portable *ARGS:
    uv run pytest tests/portable {{ ARGS }}

# style and format
lint:
    uv run ruff check
    uv run ruff format --check

# mend what can be mended
fmt:
    uv run ruff check --fix
    uv run ruff format

# the runtime with this repository's rig, until Ctrl-C
demo *ARGS:
    uv run pyralis run {{ ARGS }}

# microseconds a tick, by effect and size, on both interpreters
bench *ARGS:
    uv run pyralis bench {{ ARGS }}

# the pictures of the page in docs/img, from a real browser
screenshots:
    uv run python tools/screenshots.py

# docs/gallery.md and its moving pictures, of all effects and modifiers or of those named
gallery *NAMES:
    uv run python tools/gallery.py {{ NAMES }}

# resolve again and write all versions and hashes (`--upgrade` for the newest; plain `python3 tools/pins.py` works too)
pins MODE="--write":
    uv run --no-project python tools/pins.py {{ MODE }}

# ---- parts of `check` ----

types:
    uv run mypy

imports:
    uv run lint-imports
    uv run python tools/boundaries.py

kernels:
    uv run python -m pyralis.kernel.checker src

spelling:
    uv run codespell

pins-check:
    uv run python tools/pins.py --check
