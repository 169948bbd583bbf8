"""Gathers what is measured about fixes: on labelled rows, against maintainers, on stripped managers, the times."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import label_free
import maintainers
import mending
from label_free import LabelFree
from maintainers import Comparison
from mending import Mending
from repairing import MODES, Timing, mended
from rows import FIXES, FRESH, LABEL_FREE, MANAGERS, RowSet, files_of, fix_pairs, package_folders, raising_rows

USUAL = 25  # lines
SETS = (MANAGERS, *FRESH, FIXES, LABEL_FREE)


@dataclass(frozen=True)
class MendedSet:
    """What the fixes make of one set of rows, mode by mode."""

    rows: RowSet
    modes: tuple[Mending, ...]


@dataclass(frozen=True)
class Times:
    """The times of all fixes of a run."""

    timings: tuple[Timing, ...]

    @property
    def usual_lines(self) -> int:
        """The length of the function in the middle."""
        return round(statistics.median(timing.lines for timing in self.timings))

    @property
    def of_usual(self) -> Times:
        """The times of functions of usual size: those of at most `USUAL` lines."""
        return Times(tuple(timing for timing in self.timings if timing.lines <= USUAL))

    def fix(self, percent: int) -> float:
        """The milliseconds within which `percent` of the fixes with their certificates are done."""
        return _percentile([timing.fix for timing in self.timings], percent)

    def whole(self, percent: int) -> float:
        """The same with the analysis before."""
        return _percentile([timing.whole for timing in self.timings], percent)


@dataclass(frozen=True)
class FixResults:
    """All that was measured; a part that was not chosen is empty or None."""

    sets: tuple[MendedSet, ...]
    maintainers: tuple[Comparison, ...]
    stripped: LabelFree | None
    times: Times | None


def measured(sets: Collection[str]) -> FixResults:
    """Measure the chosen `sets`."""
    chosen = [raising_rows(name) for name in (MANAGERS, *FRESH) if name in sets]
    pairs = fix_pairs() if FIXES in sets else ()
    files = mended(files_of([*(row for rows in chosen for row in rows.rows), *(pair.bad for pair in pairs)]))
    timings = tuple(timing for file in files.values() for timing in file.timings)
    return FixResults(
        sets=tuple(MendedSet(rows, tuple(mending.judge(mode, rows, files) for mode in MODES)) for rows in chosen),
        maintainers=tuple(maintainers.compare(mode, pairs, files) for mode in MODES) if pairs else (),
        stripped=label_free.measure_stripped(package_folders()) if LABEL_FREE in sets else None,
        times=Times(timings) if timings else None,
    )


def _percentile(values: Iterable[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
