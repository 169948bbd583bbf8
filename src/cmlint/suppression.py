"""Suppression comments: `# noqa`, `# noqa: CML102` `# cmlint: skip-file`.

Comments are recognised by a regular expression on the line, as flake8 does it; a `# noqa` inside a string
literal therefore counts too. That errs towards silence on one line, never on another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from cmlint.findings import Span

_NOQA = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)?", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]+[0-9]+", re.IGNORECASE)
_SKIP_FILE = re.compile(r"^[^\S\n]*#\s*(?:cmlint:\s*skip-file\b|(?:flake8|ruff):\s*noqa\s*$)", re.MULTILINE)


def skipping_lines(text: str) -> Iterator[int]:
    """The 1-based lines that say `# cmlint: skip-file`, or `# flake8: noqa` or `# ruff: noqa` without codes.

    Such a line may stand in a string, which only the caller can tell.
    """
    if "skip-file" in text or ": noqa" in text:
        for match in _SKIP_FILE.finditer(text):
            yield text.count("\n", 0, match.start()) + 1


def is_suppressed(code: str, lines: Sequence[str], candidates: Iterable[int]) -> bool:
    """Whether one of the 1-based `candidates` among `lines` suppresses `code`.

    A bare `# noqa` suppresses every code; `# noqa: CML1` suppresses the codes that start with CML1.
    """
    return any(_line_suppresses(code, lines[number - 1]) for number in candidates if number <= len(lines))


def lines_for_comment(span: Span, noqa_lines: Sequence[int]) -> Iterator[int]:
    """The 1-based lines on which a comment counts for a finding, in the order in which one is placed there.

    `noqa_lines` are the lines besides those of its span: a comment goes nearest to what is reported.
    """
    yield from range(span.line, span.end_line + 1)
    yield from reversed(noqa_lines)


def _line_suppresses(code: str, line: str) -> bool:
    if "noqa" not in line.lower():
        return False
    for match in _NOQA.finditer(line):
        codes = match.group("codes")
        if codes is None:
            return True
        if any(code.startswith(named.upper()) for named in _CODE.findall(codes)):
            return True
    return False


def codes_named(comment: str) -> Iterator[str]:
    """The codes in each `# noqa: ...` of a comment, in capitals; a bare `# noqa` names none."""
    for match in _NOQA.finditer(comment):
        yield from (code.upper() for code in _CODE.findall(match.group("codes") or ""))


def with_code(line: str, code: str) -> Iterator[str]:
    """`line` with a comment that suppresses `code`: in the list of a `# noqa: ...` that is there, else at its end.

    What looks like a comment may stand in a string, which only the caller can tell.
    """
    for match in _NOQA.finditer(line):
        if match.group("codes") is not None:
            yield f"{line[: match.end()]}, {code}{line[match.end() :]}"
    yield f"{line.rstrip()}  # noqa: {code}"
