"""Git: which commit a rig is at."""

import os
import subprocess
from pathlib import Path

UNKNOWN = "unknown"
# What the pipeline itself writes does not make a work tree dirty.
_GENERATED = (":(exclude)live/*.json", ":(exclude)live/*.xml", ":(exclude)live/*.log", ":(exclude)docs/status")
_TIMEOUT_S = 5


def commit(root: Path) -> str:
    """Twelve digits of the commit, with `-dirty` where files differ from it; `unknown` without git."""
    asked = (
        ["rev-parse", "--short=12", "--verify", "HEAD"],
        ["status", "--porcelain", "--untracked-files=no", "--", ".", *_GENERATED],
    )
    # Both at once: a start of the runtime waits for this.
    running = [_start(root, arguments) for arguments in asked]
    answers = [_answer(process) for process in running]
    if not answers[0]:
        return UNKNOWN
    return answers[0] + ("-dirty" if answers[1] else "")


def _start(root: Path, arguments: list[str]) -> "subprocess.Popen[str] | None":
    try:
        return subprocess.Popen(
            ["git", "-C", str(root), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except OSError:
        return None


def _answer(process: "subprocess.Popen[str] | None") -> str:
    if process is None:
        return ""
    try:
        text, _ = process.communicate(timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return ""
    return text.strip() if process.returncode == 0 else ""
