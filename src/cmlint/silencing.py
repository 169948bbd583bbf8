"""`--add-noqa`: adds `# noqa: CODE` for findings, on a line where it counts and changes nothing else.

Every comment is verified before anything is written: the text still means the same to Python, and checking it again
finds what was found before, less what was silenced.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cmlint.checker import Marks, check_source
from cmlint.config import Config
from cmlint.findings import Finding
from cmlint.identity import key
from cmlint.outline import outline
from cmlint.source import Source, SourceError
from cmlint.suppression import is_suppressed, with_code


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
    text = source.text
    silenced: list[Finding] = []
    left: list[tuple[Finding, str]] = []
    for finding in findings:
        commented = next(_commented(text, finding, meaning), None)
        if commented is None:
            left.append((finding, "every line on which a comment would count ends in a backslash or inside a string"))
        else:
            text = commented
            silenced.append(finding)
    changed = Source(source.path, text, source.encoding, source.bom)
    before = Counter(key(finding) for finding in check_source(source, config, marks).findings)
    after = Counter(key(finding) for finding in check_source(changed, config, marks).findings)
    if not after <= before - Counter(key(finding) for finding in silenced):
        raise SourceError("is still found with comments as it was without them, so it was left alone")
    return Silenced(source, text, tuple(silenced), tuple(left))


def _commented(text: str, finding: Finding, meaning: str) -> Iterator[str]:
    """`text` with a comment that silences `finding`: on its own lines if possible, else at the definition."""
    whole = outline(text)
    own = range(finding.span.line, finding.span.end_line + 1)
    for number in (*own, *reversed(finding.noqa_lines)):
        if number > len(whole.lines):
            continue
        line, start = whole.lines[number - 1], whole.line_starts[number - 1]
        if is_suppressed(finding.code, whole.lines, [number]):
            yield text  # a comment for another finding of the same line
        if whole.is_in_string(start + len(line)):
            continue
        for written in with_code(line, finding.code):
            changed = text[:start] + written + text[start + len(line) :]
            if _meaning(changed) == meaning:
                yield changed


def _meaning(text: str) -> str | None:
    """The syntax of `text` without its positions, None when this interpreter can't parse it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
