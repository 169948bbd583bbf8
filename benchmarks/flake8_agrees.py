"""Whether flake8 finds what the command line finds, on the released packages of managers.tsv.

Prints what differs, a line for each package, and the totals. Both run without settings. flake8 spends its time on other
checks, so it is given the files that have a word of some protocol, and those in which the command line finds
something; nothing can be found in the others.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rows import MANAGERS, raising_rows

from cmlint.knowledge.shipped_triggers import SHIPPED


def main() -> int:
    """Compare all packages; 0 when all agree."""
    rows = raising_rows(MANAGERS)
    folders = sorted({_folder(row.file, row.path) for row in rows.rows})
    found = differing = 0
    for folder in folders:
        one = _command_line(folder)
        other = _flake8(sorted({line.partition(":")[0] for line in one} | set(_with_a_trigger(folder))))
        found += len(one)
        for line in sorted(one ^ other):
            print(f"only {'cmlint' if line in one else 'flake8'}: {line}")
        differing += len(one ^ other)
        print(f"{folder.name}: {len(one)} findings, {len(one ^ other)} differ", flush=True)
    print(f"{len(folders)} packages ({len(rows.missing)} not given by the index), {found} findings, {differing} differ")
    return 1 if differing else 0


def _folder(file: Path, path: str) -> Path:
    """The folder of the package in which `file` is at `path`."""
    return file.parents[len(Path(path).parts) - 1]


def _command_line(folder: Path) -> set[str]:
    command = ["-m", "cmlint", "--isolated", "--output-format", "concise", str(folder)]
    lines = _lines(command)
    return {line.removesuffix("  [safe fix]").removesuffix("  [unsafe fix]") for line in lines}


def _flake8(files: list[str]) -> set[str]:
    if not files:
        return set()
    return _lines(["-m", "flake8", "--isolated", "--cmlint-isolated", "--select=CML", "-j1", *files])


def _with_a_trigger(folder: Path) -> Iterator[str]:
    """The files that can define or hand over managers."""
    for path in folder.rglob("*.py"):
        if SHIPPED.words_in(path.read_bytes()):
            yield str(path)


def _lines(arguments: list[str]) -> set[str]:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd="/")
    if done.stderr and "Traceback" in done.stderr:
        raise RuntimeError(done.stderr)
    return set(done.stdout.splitlines())


if __name__ == "__main__":
    raise SystemExit(main())
