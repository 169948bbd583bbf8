"""Whether anything can be found: in a file, from its text alone; in one manager, from its slice.

"No" approximates from below: it is only said where no rule that is asked for can find anything at the confidence that
is asked for. What can't be read, or has a shape that the screen does not know, may hold a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cmlint.findings import Confidence
from cmlint.knowledge.entries import Knowledge, Protocol
from cmlint.screening.candidates import Candidate, Methods, Unclear, candidates
from cmlint.screening.class_needs import PAIR_NEEDS, Pair, setup_fails
from cmlint.screening.generator_needs import GENERATOR_NEEDS, LOW, LOW_UNTHROWN, UNTHROWN, Generator
from cmlint.screening.sketch import Sketch, function_in, sketched
from cmlint.screening.surroundings import Helper, Surroundings
from cmlint.screening.words import names_in
from cmlint.subjects import Subject

_LONE_RETURN = re.compile(r"\r(?!\n)")
_KEEPING = frozenset({"CML107", "CML108"})  # of a resource that is made in it


class Asked(NamedTuple):
    """What is asked for: the codes that are reported, and the least confidence."""

    codes: tuple[str, ...]
    confidence: Confidence


class Seen(NamedTuple):
    """What the screen saw in a file: how many slices, and whether any may give a finding."""

    slices: int
    may_find: bool


class Screen:
    """The screen of one file for one set of settings; `words` are those of protocols that it holds, at least."""

    def __init__(self, text: str, knowledge: Knowledge, asked: Asked, words: frozenset[str]) -> None:
        self._text = _LONE_RETURN.sub("\n", text)  # the candidates are searched for line by line
        self._knowledge = knowledge
        self._asked = asked
        self._protocol_words = words
        self._around = Surroundings(text, knowledge)
        self._sketches: dict[str, Sketch | None] = {}
        self._pairs: dict[str, Pair | None] = {}

    def file(self) -> Seen:
        """Whether any manager of the file may give a finding."""
        number = 0
        try:
            found_in = candidates(self._text, self._around.words, self._knowledge, self._protocol_words)
            for number, found in enumerate(found_in, 1):
                if self._candidate(found):
                    return Seen(number, True)
        except Unclear:
            return Seen(number, True)
        return Seen(number, False)

    def codes_of(self, subject: Subject) -> frozenset[str]:
        """The codes that a manager that the outline found may be given."""
        definition, leave = subject.definition, subject.exit
        whole = subject.whole
        if subject.missing is not None:
            return frozenset(self._asked.codes)
        first = next(whole.slices(definition))
        one = Candidate(definition.name, first.text, first.indent, (subject.protocol,))
        if leave is None and definition.name.startswith("__"):
            return frozenset(self._asked.codes)  # one of two methods: what the other would be is not here
        if leave is None:
            return frozenset(self._of_function(one))
        second = next(whole.slices(leave))
        other = Candidate(leave.name, second.text, second.indent, (subject.protocol,))
        codes, pair = frozenset(self._of_pair(one, other)), self._pair(one, other)
        if pair is not None and "CML104" in codes and not setup_fails(pair, self._constructors_of(subject)):
            codes -= {"CML104"}  # the constructor of another class let it pass
        return codes

    def _constructors_of(self, subject: Subject) -> list[Helper | None]:
        """The constructor of its own that a class may hold something from on."""
        owner, whole = subject.definition.parent, subject.whole
        own = None if owner is None else whole.only_method(owner, "__init__")
        found = [] if own is None else [next(whole.slices(own))]
        return self._around.holding((each.text, each.indent) for each in found)

    def _candidate(self, found: Candidate | Methods) -> bool:
        codes = self._of_pair(found.enter, found.leave) if isinstance(found, Methods) else self._of_function(found)
        return next(codes, None) is not None

    def _of_function(self, candidate: Candidate) -> Iterator[str]:
        codes = {protocol: self._codes(protocol) for protocol in candidate.protocols}
        asked = [code for several in codes.values() for code in several]
        if not asked or (_KEEPING.issuperset(asked) and not self._around.may_keep(candidate.text)):
            return  # most fixtures: nothing in them has to be parsed
        sketch = self._sketch(candidate)
        if sketch is None or (sketch.odd and any(protocol.throws for protocol in candidate.protocols)):
            yield from asked
            return
        names = frozenset(names_in(candidate.text))
        for protocol, several in codes.items():
            generator = Generator(sketch, candidate.text, names, protocol, self._around)
            yield from (code for code in several if code not in GENERATOR_NEEDS or GENERATOR_NEEDS[code](generator))

    def _sketch(self, candidate: Candidate) -> Sketch | None:
        """What can be seen of a function; the file's screen and the managers' own come to the same texts."""
        if candidate.text not in self._sketches:
            function = function_in(candidate.text, indented=bool(candidate.indent))
            self._sketches[candidate.text] = None if function is None else sketched(function)
        return self._sketches[candidate.text]

    def _of_pair(self, enter: Candidate, leave: Candidate) -> Iterator[str]:
        codes = [code for protocol in leave.protocols for code in self._codes(protocol)]
        pair = self._pair(enter, leave)
        if pair is None:
            yield from codes
            return
        yield from (code for code in codes if code not in PAIR_NEEDS or PAIR_NEEDS[code](pair))

    def _pair(self, enter: Candidate, leave: Candidate) -> Pair | None:
        text = enter.text + leave.text
        if text not in self._pairs:
            one, other = (function_in(each.text, indented=bool(each.indent)) for each in (enter, leave))
            if one is None or other is None:
                self._pairs[text] = None
            else:
                names = frozenset(names_in(text))
                self._pairs[text] = Pair(one, other, text, names, self._around, self._is_sure)
        return self._pairs[text]

    def _codes(self, protocol: Protocol) -> Sequence[str]:
        """Of the codes that are asked for those that may be found under `protocol`."""
        return [
            code
            for code in self._asked.codes
            if not (self._is_sure and code in LOW)
            and (protocol.throws or (code in UNTHROWN or code not in GENERATOR_NEEDS))
            and not (self._is_sure and not protocol.throws and code in LOW_UNTHROWN)
        ]

    @property
    def _is_sure(self) -> bool:
        """Whether what only has low confidence is not asked for."""
        return self._asked.confidence is not Confidence.LOW
