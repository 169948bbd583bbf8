"""Measures cmlint and ruff RUF075 against labelled managers and against the fixes of maintainers.

LEAK rows should be flagged, QUIET rows should not; DEBATABLE rows count neither way and are printed apart. A row is
flagged when a finding lies in its function. cmlint runs at its default settings.
"""

from __future__ import annotations

import argparse
import ast
import csv
import json
import math
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from packages import unpacked

DATA = Path(__file__).parent / "data"
Row = dict[str, str]
Flags = dict[str, set[int]]  # file -> lines with a finding


def main() -> None:
    """Print the measures of the chosen data sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="only the figures, not every miss and false alarm")
    details = not parser.parse_args().quiet
    fresh = _rows("fresh.tsv")
    _labelled("fresh, last 10 packages", [row for row in fresh if row["set"] == "last"], details)
    _labelled("fresh, first 28 packages", [row for row in fresh if row["set"] == "first"], details)
    _labelled("managers", _rows("managers.tsv"), details)
    _fixes(_rows("fixes.tsv"))


def _rows(name: str) -> list[Row]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _labelled(title: str, rows: list[Row], details: bool) -> None:
    located = [(row, folder / row["path"]) for row in rows if (folder := unpacked(row["package"], row["version"]))]
    files = sorted({str(file) for _, file in located if file.exists()})
    print(f"\n## {title}: {len(located)} of {len(rows)} rows")
    for tool, flags in (("cmlint", _cmlint(files)), ("ruff RUF075", _ruff(files))):
        confusion: Counter[tuple[str, bool]] = Counter()
        by_kind: dict[str, Counter[bool]] = defaultdict(Counter)
        for row, file in located:
            flagged = _is_flagged(file, row["qualname"], int(row["line"]), flags)
            confusion[row["verdict"], flagged] += 1
            if row["verdict"] == "LEAK":
                by_kind[row["kind"]][flagged] += 1
            wrong = (row["verdict"], flagged) in (("LEAK", False), ("QUIET", True))
            if wrong and details and tool == "cmlint":
                what = "missed" if row["verdict"] == "LEAK" else "false alarm"
                print(f"  {what}: {row['package']} {row['path']} {row['qualname']}: {row['reason']}")
        _print_measures(tool, confusion)
        if tool == "cmlint":
            print("  found by kind:", ", ".join(f"{k} {c[True]}/{c.total()}" for k, c in sorted(by_kind.items())))


def _print_measures(tool: str, confusion: Counter[tuple[str, bool]]) -> None:
    hits, misses = confusion["LEAK", True], confusion["LEAK", False]
    alarms, quiet = confusion["QUIET", True], confusion["QUIET", False]
    debated = confusion["DEBATABLE", True], confusion["DEBATABLE", True] + confusion["DEBATABLE", False]
    precision, recall = _share(hits, hits + alarms), _share(hits, hits + misses)
    f1 = 2 * hits / (2 * hits + alarms + misses) if hits else 0.0
    print(
        f"  {tool}: precision {precision}, recall {recall}, F1 {f1:.3f}; leaks {hits} found {misses} missed, "
        f"quiet {quiet} right {alarms} false alarms, debatable {debated[0]}/{debated[1]} flagged"
    )


def _share(part: int, whole: int) -> str:
    """`part / whole` with its 95 % Wilson score interval (Wilson 1927)."""
    if not whole:
        return "-"
    z, p = 1.96, part / whole
    middle = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * math.sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return f"{p:.3f} [{middle - half:.2f}, {middle + half:.2f}]"


def _cmlint(files: Iterable[str]) -> Flags:
    command = [sys.executable, "-m", "cmlint", "--isolated", "--quiet", "--output-format", "json", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return _grouped((finding["path"], finding["line"]) for finding in json.loads(done.stdout))


def _ruff(files: Iterable[str]) -> Flags:
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--preview", "--select", "RUF075", "--no-cache"]
    done = subprocess.run([*command, "--output-format", "json", *files], capture_output=True, text=True, check=False)
    found = [finding for finding in json.loads(done.stdout) if finding["code"] == "RUF075"]
    return _grouped((finding["filename"], finding["location"]["row"]) for finding in found)


def _grouped(found: Iterable[tuple[str, int]]) -> Flags:
    flags: Flags = defaultdict(set)
    for path, line in found:
        flags[str(Path(path).resolve())].add(line)
    return flags


def _is_flagged(file: Path, qualname: str, line: int, flags: Flags) -> bool:
    lines = flags.get(str(file.resolve()), set())
    return bool(lines) and any(
        _innermost(file, found) == (qualname.rsplit(".", maxsplit=1)[-1], line) for found in lines
    )


def _innermost(file: Path, line: int) -> tuple[str, int] | None:
    functions = [
        (node.lineno, node.name)
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(functions)[::-1] if functions else None


def _fixes(rows: list[Row]) -> None:
    print(f"\n## fixes: {len(rows)} functions")
    flagged_bad = flagged_fixed = checked = 0
    for row in rows:
        places = [unpacked(row["package"], row[key]) for key in ("bad_version", "fixed_version")]
        if not all(places):
            continue
        checked += 1
        bad, fixed = (_flagged_names(folder / row["path"]) for folder in places if folder)
        name = row["qualname"].split(".")[-1]
        flagged_bad += name in bad
        flagged_fixed += name in fixed
        if name not in bad or name in fixed:
            print(
                f"  {'missed' if name not in bad else 'false alarm'}: {row['package']} {row['path']} {row['qualname']}"
            )
    print(
        f"  cmlint: leaking release flagged {flagged_bad}/{checked}, repaired release flagged {flagged_fixed}/{checked}"
    )


def _flagged_names(file: Path) -> set[str]:
    if not file.exists():
        return set()
    lines = _cmlint([str(file)]).get(str(file.resolve()), set())
    return {found[0] for line in lines if (found := _innermost(file, line))}


if __name__ == "__main__":
    main()
