"""How many findings of each rule two readers believe: those of data/judged.tsv, then and now.

The findings were drawn at random from what cmlint reported at default settings in 15,683 released packages (`first`,
then, after those had been read and mended, `second`), at most two of one package and rule, and judged by two readers
each; `benchmark` are all of those in the packages of the benchmark, which had been read for ideas. `then` is what a
user saw of code that nobody had read; `now` is what is still reported of it, which says nothing about other code.
Where the readers differ, or could not decide, a finding counts neither way.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from measures import Share
from packages import unpacked
from tools import Report, cmlint

JUDGED = Path(__file__).parent / "data" / "judged.tsv"
_NEAR = 40  # lines: a finding of the same rule and manager may begin with another step now


@dataclass(frozen=True)
class Judged:
    """One finding that was judged: RIGHT, WRONG or DEBATABLE."""

    sample: str
    file: Path
    qualname: str
    line: int
    code: str
    verdict: str

    def is_among(self, reports: Iterable[Report]) -> bool:
        """Whether it is still reported."""
        return any(
            (report.code, report.qualname) == (self.code, self.qualname) and abs(report.line - self.line) <= _NEAR
            for report in reports
        )


def main() -> None:
    """Print a line for each sample and rule."""
    judged = list(_judged())
    reports = cmlint(sorted({each.file for each in judged}))
    print("| sample | rule | judged right of those with a clear verdict | of those still reported | debatable, now |")
    print("|---|---|---|---|---|")
    for sample in dict.fromkeys(each.sample for each in judged):
        for code in sorted({each.code for each in judged if each.sample == sample}):
            here = [each for each in judged if (each.sample, each.code) == (sample, code)]
            still = [each for each in here if each.is_among(reports.by_file.get(each.file.resolve(), ()))]
            debatable = sum(each.verdict == "DEBATABLE" for each in still)
            print(f"| {sample} | {code} | {_right(here).counted} | {_right(still).counted} | {debatable} |")


def _right(judged: list[Judged]) -> Share:
    right = sum(each.verdict == "RIGHT" for each in judged)
    return Share(right, right + sum(each.verdict == "WRONG" for each in judged))


def _judged() -> Iterator[Judged]:
    """The findings whose package the index gives."""
    with open(JUDGED, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            folder = unpacked(row["package"], row["version"])
            if folder is not None and (folder / row["path"]).exists():
                yield Judged(
                    row["sample"], folder / row["path"], row["qualname"], int(row["line"]), row["code"], row["verdict"]
                )


if __name__ == "__main__":
    main()
