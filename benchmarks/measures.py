"""Precision, recall, F1 and their 95 % intervals from counts; nothing here knows where the counts come from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`."""

    part: int
    whole: int

    @classmethod
    def of(cls, values: Iterable[bool]) -> Share:
        """How many of `values` hold."""
        counted = list(values)
        return cls(sum(counted), len(counted))

    @property
    def value(self) -> float:
        """The share, 0 when there is nothing."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson score interval (Wilson 1927)."""
        if not self.whole:
            return 0.0, 1.0
        n, p = self.whole, self.value
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        return _shown(self.value, self.interval) if self.whole else "-"

    @property
    def counted(self) -> str:
        """The share with its counts."""
        return f"{self} ({self.part} of {self.whole})"


@dataclass(frozen=True, slots=True)
class Confusion:
    """What was flagged among what should be and among what should not."""

    hits: int
    misses: int
    alarms: int
    quiet: int

    @property
    def precision(self) -> Share:
        """How much of what is flagged should be."""
        return Share(self.hits, self.hits + self.alarms)

    @property
    def recall(self) -> Share:
        """How much of what should be flagged is."""
        return Share(self.hits, self.hits + self.misses)

    @property
    def f1(self) -> str:
        """F1 = 2J / (1 + J) of the share J = hits / (hits + misses + false alarms), and so its interval."""
        share = Share(self.hits, self.hits + self.misses + self.alarms)
        if not share.whole:
            return "-"
        low, high = share.interval
        return _shown(_f1(share.value), (_f1(low), _f1(high)))


def _f1(share: float) -> float:
    return 2 * share / (1 + share)


def _shown(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} [{interval[0]:.2f}, {interval[1]:.2f}]"
