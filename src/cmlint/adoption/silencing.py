"""`--add-noqa`: adds `# noqa: CODE` for findings, on a line where it counts and changes nothing else.

Every comment is verified before anything is written: the text still means the same to Python, and checking it again
finds what was found before, less what was silenced.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cmlint.checker import Marks, check_source
from cmlint.config import Config
from cmlint.findings import Finding
from cmlint.identity import key
from cmlint.outline import Outline
from cmlint.outlining import outline
from cmlint.source import Source, SourceError
from cmlint.suppression import is_suppressed, lines_for_comment, with_code


@dataclass(frozen=True)
class Silenced:
    """A text with its comments: what it was, what it is, what was silenced, and what could not be, with the reason."""

    source: Source
    text: str
    silenced: tuple[Finding, ...]
    left: tuple[tuple[Finding, str], ...]


def silence(source: Source, findings: Sequence[Finding], config: Config, marks: Marks | None = None) -> Silenced:
    """Add a comment for each of `findings`, which are some of those of `source`. Raises SourceError."""
    meaning = _meaning(source.text)
    if meaning is None:
        reason = "it is written in a newer Python than the one that runs cmlint, which can't verify a comment in it"
        return Silenced(source, source.text, (), tuple((finding, reason) for finding in findings))
    text, left = _with_comments(source.text, findings, None)
    if _meaning(text) != meaning:  # one of the comments is none: they are tried one by one, which takes longer
        text, left = _with_comments(source.text, findings, meaning)
    silenced = [finding for finding in findings if finding not in left]
    changed = replace(source, text=text)
    before = Counter(key(finding) for finding in check_source(source, config, marks).findings)
    after = Counter(key(finding) for finding in check_source(changed, config, marks).findings)
    if not after <= before - Counter(key(finding) for finding in silenced):
        raise SourceError("the comments would not silence what they should, so it was left alone")
    reason = "every line on which a comment would count ends in a backslash or inside a string"
    return Silenced(source, text, tuple(silenced), tuple((finding, reason) for finding in left))


def _with_comments(text: str, findings: Sequence[Finding], meaning: str | None) -> tuple[str, list[Finding]]:
    """`text` with a comment for each finding, and the findings for which there is no place.

    With a `meaning` every comment has to keep it; without, one may have got into a string.
    """
    whole = outline(text)
    lines, left = _Lines(whole), []
    for finding in findings:
        placing = lines_for_comment(finding.span, finding.noqa_lines)
        places = (number for number in placing if number <= len(whole.lines))
        if not any(lines.comment(number, finding.code, meaning) for number in places):
            left.append(finding)
    return lines.text, left


class _Lines:
    """The lines of a file while they get their comments; the comments change no line's number."""

    def __init__(self, whole: Outline) -> None:
        self.whole = whole
        self.lines = list(whole.lines)
        ends = [*whole.line_starts[1:], len(whole.text)]
        self.endings = [
            whole.text[start + len(line) : end]
            for line, start, end in zip(whole.lines, whole.line_starts, ends, strict=True)
        ]

    @property
    def text(self) -> str:
        return "".join(line + ending for line, ending in zip(self.lines, self.endings, strict=True))

    def comment(self, number: int, code: str, meaning: str | None) -> bool:
        """Add a comment to the 1-based line if it can hold one and has none for `code` yet; whether it has one now."""
        line = self.lines[number - 1]
        if is_suppressed(code, self.lines, [number]):
            return True
        end = self.whole.line_starts[number - 1] + len(self.whole.lines[number - 1])
        if self.whole.is_in_string(end):
            return False
        for written in with_code(line, code):
            self.lines[number - 1] = written
            if _meaning(self.text) == meaning if meaning is not None else not line.endswith("\\"):
                return True
        self.lines[number - 1] = line
        return False


def _meaning(text: str) -> str | None:
    """The syntax of `text` without its positions, None when this interpreter can't parse it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
