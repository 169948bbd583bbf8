"""Stripped managers that two readers labelled by the guide, and that were not told that anything had been protected.

A row names a manager by its place in the stripped text. Its clean-up and its success-only lines are those that both
readers call so; where the readers differ, it is debatable. A finding is right about a leak when it names every clean-up
line and no success-only one: what one of the readers leaves open counts neither way.
"""

from __future__ import annotations

from dataclasses import dataclass

from label_free import LabelFree, Outcome
from measures import Share
from raising import DEBATABLE, LEAK, QUIET
from rows import Stripped, stripped_labels


@dataclass(frozen=True)
class Labelled:
    """The managers of one sample that could be found, each with what cmlint makes of it and what the readers say."""

    sample: str
    rows: int
    pairs: tuple[tuple[Outcome, Stripped], ...]

    def _of(self, *verdicts: str) -> list[tuple[Outcome, Stripped]]:
        return [(outcome, row) for outcome, row in self.pairs if row.verdict in verdicts]

    @property
    def found(self) -> Share:
        """The leaks that are flagged."""
        return Share.of(bool(outcome.found) for outcome, _ in self._of(LEAK))

    @property
    def right(self) -> Share:
        """The leaks that are flagged with the right lines."""
        return Share.of(_is_right(outcome, row) for outcome, row in self._of(LEAK))

    @property
    def placed(self) -> Share:
        """The leaks to which the safe fix gives the maintainers' tree back, wherever the `try` begins."""
        return Share.of(outcome.placed is True for outcome, _ in self._of(LEAK))

    @property
    def reversed(self) -> Share:
        """The same strictly."""
        return Share.of(outcome.safely is True for outcome, _ in self._of(LEAK))

    @property
    def precision(self) -> Share:
        """The flagged managers that are leaks; the debatable count neither way."""
        return Share.of(row.verdict == LEAK for outcome, row in self._of(LEAK, QUIET) if outcome.found)

    @property
    def debatable(self) -> Share:
        """The debatable managers that are flagged."""
        return Share.of(bool(outcome.found) for outcome, _ in self._of(DEBATABLE))

    @property
    def missed(self) -> tuple[Outcome, ...]:
        """The leaks that are not flagged, or not with the right lines."""
        return tuple(outcome for outcome, row in self._of(LEAK) if not _is_right(outcome, row))


def labelled(sample: str, measured: LabelFree) -> Labelled:
    """What cmlint makes of the rows of `sample`, of those among the `measured` managers."""
    rows = {row.place: row for row in stripped_labels(sample)}
    found = ((outcome, rows.get(_place(outcome))) for outcome in measured.outcomes)
    return Labelled(sample, len(rows), tuple((outcome, row) for outcome, row in found if row is not None))


def _place(outcome: Outcome) -> tuple[str, str, str, int]:
    return outcome.package, outcome.path, outcome.manager.qualname, outcome.manager.stripped.line


def _is_right(outcome: Outcome, row: Stripped) -> bool:
    return bool(outcome.found) and row.cleanup <= outcome.lines and row.success.isdisjoint(outcome.lines)
