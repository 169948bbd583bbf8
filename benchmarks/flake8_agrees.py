"""Whether flake8 finds what the command line finds, on the released packages of managers.tsv.

Prints a line for each package that differs, and the totals. flake8 runs with one process, and both without settings.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rows import MANAGERS, raising_rows


def main() -> int:
    """Compare all packages; 0 when all agree."""
    rows = raising_rows(MANAGERS)
    folders = sorted({_folder(row.file, row.path) for row in rows.rows})
    found = differing = 0
    for folder in folders:
        one, other = _command_line(folder), _flake8(folder)
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


def _flake8(folder: Path) -> set[str]:
    return _lines(["-m", "flake8", "--isolated", "--cmlint-isolated", "--select=CML", "-j1", str(folder)])


def _lines(arguments: list[str]) -> set[str]:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd="/")
    if done.stderr and "Traceback" in done.stderr:
        raise RuntimeError(done.stderr)
    return set(done.stdout.splitlines())


if __name__ == "__main__":
    raise SystemExit(main())
