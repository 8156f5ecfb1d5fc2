"""Holds every package at one version with known hashes, without a lock file that names a registry.

Versions stand in pyproject.toml (constraint-dependencies), hashes in requirements.lock. `--check` resolves again and
compares, `--write` rewrites both, `--upgrade` does so with the newest versions that pyproject's ranges allow.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parents[1]
PROJECT_FILE = "pyproject.toml"
LOCK_FILE = "requirements.lock"
TIMEOUT_S = 300
EXPORT = (
    *("uv", "export", "--quiet", "--no-emit-project", "--all-extras", "--all-groups"),
    *("--format", "requirements.txt", "--no-header", "--no-annotate"),
)
_CONSTRAINTS = re.compile(r"^constraint-dependencies = \[\n(?:.*\n)*?\]$", re.MULTILINE)
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_SHOWN = 12


class PinError(Exception):
    """The pins cannot be made or read; the text says what to do."""


def read_constraints(project_text: str) -> list[str]:
    """The exact versions that pyproject.toml holds."""
    constraints = tomllib.loads(project_text).get("tool", {}).get("uv", {}).get("constraint-dependencies", [])
    return [str(line) for line in constraints]


def with_constraints(project_text: str, pins: Iterable[str]) -> str:
    """The same pyproject.toml with other exact versions."""
    lines = "".join(f'    "{pin}",\n' for pin in pins)
    replaced, count = _CONSTRAINTS.subn(f"constraint-dependencies = [\n{lines}]", project_text)
    if count != 1:
        raise PinError(f"{PROJECT_FILE} needs one list `constraint-dependencies = [` … `]` under [tool.uv]")
    return replaced


def pins_of(lock_text: str) -> list[str]:
    """`name==version` of each package of an export, in its order."""
    pins = [f"{name}=={version}" for name, version in _PACKAGE.findall(lock_text)]
    names = [pin.partition("==")[0] for pin in pins]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PinError(
            f"more than one version of {', '.join(twice)}: narrow the range in {PROJECT_FILE}, then `just pins`"
        )
    return pins


def export(project_text: str) -> str:
    """What uv resolves now, with hashes; in a folder of its own, so that no lock file of yours is touched."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, PROJECT_FILE).write_text(project_text, encoding="utf-8")
        done = subprocess.run(EXPORT, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise PinError(f"uv cannot resolve the packages:\n{done.stderr.strip()}")
    return done.stdout


def faults(project_text: str, lock_text: str, exported: str) -> list[str]:
    """How pyproject.toml, requirements.lock and what uv resolves now disagree; empty where they agree."""
    found: list[str] = []
    held, locked, resolved = read_constraints(project_text), pins_of(lock_text), pins_of(exported)
    found += difference(PROJECT_FILE, held, LOCK_FILE, locked)
    found += difference(LOCK_FILE, locked, "the index", resolved)
    if locked == resolved:
        found += difference(LOCK_FILE, lock_text.splitlines(), "the index", exported.splitlines())
    found += [f"{LOCK_FILE} holds an address: {line.strip()}" for line in lock_text.splitlines() if "://" in line]
    builders = tomllib.loads(project_text).get("build-system", {}).get("requires", [])
    found += [
        f"{PROJECT_FILE} builds with {builder}, which is no exact version"
        for builder in builders
        if "==" not in builder
    ]
    return found


def difference(left_name: str, left: Sequence[str], right_name: str, right: Sequence[str]) -> list[str]:
    """Lines that only one of two lists has."""
    only_left = [f"only in {left_name}: {line.strip(' ')}" for line in left if line not in set(right)]
    only_right = [f"only in {right_name}: {line.strip(' ')}" for line in right if line not in set(left)]
    return only_left + only_right


def tracked_lock() -> list[str]:
    """A uv.lock that git holds, which would carry the registry's address."""
    listed = subprocess.run(
        ["git", "ls-files", "uv.lock"], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    return ["uv.lock is tracked: `git rm --cached uv.lock`"] if listed.stdout.strip() else []


def check() -> int:
    """Compare, and say what differs."""
    project_text = (ROOT / PROJECT_FILE).read_text(encoding="utf-8")
    lock_text = (ROOT / LOCK_FILE).read_text(encoding="utf-8")
    found = faults(project_text, lock_text, export(project_text)) + tracked_lock()
    for line in found[:_SHOWN]:
        print(line)
    if found:
        print(f"pins: {len(found)} differences; look at them, then `just pins`")
        return 1
    print(f"pins: {len(pins_of(lock_text))} packages agree in version and hash")
    return 0


def write(upgrade: bool) -> int:
    """Resolve, and hold what came out in both files."""
    project = ROOT / PROJECT_FILE
    project_text = project.read_text(encoding="utf-8")
    # With the present versions where they still fit; what does not resolve with them, an upgrade does.
    exported = export(with_constraints(project_text, []) if upgrade else project_text)
    pins = pins_of(exported)
    project_text = with_constraints(project_text, pins)
    exported = export(project_text)
    project.write_text(project_text, encoding="utf-8")
    (ROOT / LOCK_FILE).write_text(exported, encoding="utf-8")
    print(f"pins: {len(pins)} packages written")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run the command; 1 where something differs or cannot be resolved."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true", help="compare and change nothing")
    mode.add_argument("--write", action="store_true", help="rewrite both, keeping versions where they still fit")
    mode.add_argument("--upgrade", action="store_true", help="rewrite both with the newest versions")
    options = parser.parse_args(arguments)
    try:
        return check() if options.check else write(options.upgrade)
    except (PinError, OSError, subprocess.TimeoutExpired) as error:
        print(f"pins: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
