"""How sure a finding is: apart from findings, because every run reads settings and few find something."""

from __future__ import annotations

from enum import Enum


class Confidence(Enum):
    """How sure the origin of a finding is; comparable by `rank`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for low, 1 for medium, 2 for high."""
        return ("low", "medium", "high").index(self.value)
