"""What an analysis looks at in its file and in others, noted: its answer depends on that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cmlint.outline import Definition, Elsewhere, Outline, Slice


class Observed(Outline):
    """An outline that notes what an answer depends on: a definition that was cut too early depends on what follows."""

    went_past = False
    looked_at: set[Definition]

    def slices(self, definition: Definition) -> Iterator[Slice]:
        """As of any outline; asking for a second slice is noted."""
        self.looked_at.add(definition)
        for number, source in enumerate(super().slices(definition)):
            self.went_past = self.went_past or number > 0
            yield source

    def text_of(self, definition: Definition) -> str:
        """As of any outline."""
        self.looked_at.add(definition)
        return super().text_of(definition)


@dataclass
class Others:
    """The other files of a package; notes when one is asked for, because the answer then depends on it."""

    others: Elsewhere
    was_asked: bool = False

    @property
    def consulted(self) -> Mapping[str, str]:
        """As of the others."""
        return self.others.consulted

    def find(self, dotted: str) -> tuple[Outline, str] | None:
        """As of the others."""
        self.was_asked = True
        return self.others.find(dotted)
