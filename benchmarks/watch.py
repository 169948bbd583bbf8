"""How long `cmlint --watch` takes from a save to its answer, in a tree: `benchmarks/watch.py TREE FILE`.

FILE (relative to TREE, which is copied) gets a leaking manager at its end and loses it again, and each time the line
that says so is waited for. Needs the extra `watch`.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LEAK = """

import contextlib as _contextlib


@_contextlib.contextmanager
def _reading(path):
    file = open(path)
    yield file
    file.close()
"""


def main() -> None:
    """Measure and print the median, the 95th percentile and the longest of the latencies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("file")
    parser.add_argument("--saves", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(given.tree, tree)
        latencies = sorted(measured(tree, tree / given.file, given.saves))
    last = latencies[int(len(latencies) * 0.95)]
    median = statistics.median(latencies)
    print(f"{len(latencies)} saves: median {median:.0f} ms, 95 % within {last:.0f} ms, longest {latencies[-1]:.0f} ms")


def measured(tree: Path, file: Path, saves: int) -> list[float]:
    """The latencies in milliseconds."""
    text = file.read_text(encoding="utf-8")
    command = [sys.executable, "-m", "cmlint", "--isolated", "--watch", "--output-format", "concise", "."]
    latencies: list[float] = []
    with subprocess.Popen(command, cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            wait_for("Watching", process.stderr)
            for number in range(saves):
                time.sleep(0.3)
                began = time.perf_counter()
                file.write_text(text if number % 2 else text + LEAK, encoding="utf-8")
                wait_for("0 new, 1 gone" if number % 2 else "1 new, 0 gone", process.stderr)
                latencies.append((time.perf_counter() - began) * 1000)
        finally:
            process.kill()
    return latencies


def wait_for(words: str, lines: object) -> None:
    """Read lines until one has `words` in it."""
    for line in lines:  # type: ignore[attr-defined]
        if words in line:
            return
    raise SystemExit(f"cmlint ended before it said `{words}`")


if __name__ == "__main__":
    main()
