"""What the author says of an exception: where a comment or the docstring says that something then stays, it is meant.

"If the body raises, it stays not-ready", "in case an exception is raised we want the stack to be filled", "exceptions
abort compilation anyway". One sentence has to speak of an exception and of what remains, in the docstring or in a
comment of a short manager: in a long one it may be about anything. Such findings are kept at low confidence: the author
has thought of the exception, and may be wrong. May doubt a loss that the sentence is not about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from cmlint.findings import Confidence
from cmlint.flow.paths.obligation import Obligation
from cmlint.outline import Definition, Outline
from cmlint.strings import strings_in
from cmlint.subjects import Subject

_FAILING = re.compile(r"\b(?:exceptions?|errors?|raises?|raised|fails?|failed|failure)\b", re.IGNORECASE)
_STAYING = re.compile(
    r"(?<!not )(?<!n't )(?<!never )\b(?:stays?|left|leaves|remains?)\b(?!\s+(?:the\s+)?(?:context|block|body|with)\b)"
    r"|\babort\w*\s+(?:the\s+)?compil|\bwe want\b",
    re.IGNORECASE,
)
_SKIPPING = re.compile(
    rf"{_STAYING.pattern}|\b(?:is|are|be) (?:preserved|kept|skipped)\b"
    r"|\bskip \w+|\bdo(?:es)? not (?:execute|run|call)\b",
    re.IGNORECASE,
)  # in an `__exit__`, of what it does
_SENTENCE = re.compile(r"(?<=[.;:!?])\s+|\n\s*\n")
_SHORT = 60  # lines
_BETWEEN_COMMENTS = re.compile(r"\n[ \t]*#")


def doubted_as_stated(opened: Iterable[Obligation], subject: Subject) -> tuple[Obligation, ...]:
    """The obligations, at low confidence where the manager's own words say that something stays after an exception."""
    found = tuple(opened)
    if not found or not _says_that_it_stays(subject):
        return found
    return tuple(replace(each, confidence=Confidence.LOW) for each in found)


def _says_that_it_stays(subject: Subject) -> bool:
    return _says(subject.definition, subject.whole, _STAYING) or (
        subject.exit is not None and _says(subject.exit, subject.whole, _SKIPPING)
    )


def _says(definition: Definition, whole: Outline, staying: re.Pattern[str]) -> bool:
    text = "\n".join(whole.lines[definition.first_line - 1 : definition.end_line])
    if _FAILING.search(text) is None or staying.search(text) is None:
        return False
    return any(_FAILING.search(said) and staying.search(said) for said in _sentences(text))


def _sentences(text: str) -> list[str]:
    """The sentences of the documentation, and of the comments of a short text, where lines that follow are one."""
    short = text.count("\n") < _SHORT
    spans = strings_in(text)
    said: list[str] = []
    end = 0
    for begin, behind in spans:
        words = text[begin:behind]
        if words.startswith("#") and not short:
            continue
        if words.startswith("#") and said and _BETWEEN_COMMENTS.fullmatch(text[end : begin + 1]):
            said[-1] += f" {words.lstrip('# ')}"
        elif words.startswith(("#", '"""', "'''")):
            said.append(words.lstrip("# "))
        end = behind
    return [" ".join(sentence.split()) for words in said for sentence in _SENTENCE.split(words)]
