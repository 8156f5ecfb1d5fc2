"""Compares frames.json with what the kernels render now, shows every difference, and keeps it with `--write`.

Call: python tests/portable/update_frames.py [--write]; exit status 1 where there are differences that were not kept.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
GOLDEN = HERE / "frames.json"


def render() -> dict[str, str]:
    """The hash of every case, rendered by interpreted CPython."""
    done = subprocess.run([sys.executable, str(HERE / "frames.py")], stdout=subprocess.PIPE, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["case"]: line["hash"] for line in lines}


def main() -> int:
    """Show the differences and keep them if asked to."""
    before: dict[str, str] = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    now = render()
    for case in sorted(before.keys() | now.keys()):
        if before.get(case) != now.get(case):
            print(f"{case}: {before.get(case, 'new')} -> {now.get(case, 'gone')}")
    if before == now:
        print(f"no difference in {len(now)} cases")
        return 0
    if "--write" not in sys.argv:
        print("not written: look at the pictures, then call this again with --write")
        return 1
    GOLDEN.write_text(json.dumps(now, indent=0) + "\n", encoding="utf-8")
    print(f"{GOLDEN.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
