"""Text that is nested deeper than libcst's native parser can take: it would end the process, or never end.

A look at the brackets, not at the grammar: it may refuse odd text that a parser would take.
"""

from __future__ import annotations

import re

_BRACKET = re.compile(r"[()\[\]{}]")
_DEEPEST = 190  # CPython's own tokenizer takes 200
_DEEPEST_PATTERN = 16  # a tenth of a second, and each level more doubles it
_WEIGHTS = {"(": 1, "[": 1, "{": 2, ")": -1, "]": -1, "}": -2}  # a level of a mapping multiplies it by four
_CASE = r"(?<![^\r\n])[ \t\f]*case\b"  # the first word of a line
_HAS_CASE = re.compile(_CASE)
_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""|\'{3}(?:[^\\]|\\.)*?\'{3}|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*\''''
    rf"|#[^\r\n]*|\\\r?\n|{_CASE}|[()\[\]{{}}:\r\n]",
    re.DOTALL,
)


def is_too_deep(text: str) -> bool:
    """Whether brackets are nested deeper than any parser takes; libcst's native one would end the process there.

    Brackets in strings count as well, so odd text may be refused; no deep nesting is overlooked.
    """
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        if depth > _DEEPEST:
            return True
    return False


def has_deep_pattern(text: str) -> bool:
    """Whether a pattern of a `case` is nested so deeply that libcst's parser, exponential there, takes too long.

    A name `case` that begins a line with 16 brackets in each other is taken for one. Where quotes are nested in
    f-strings (Python 3.12) one may be overlooked.
    """
    if not _HAS_CASE.search(text):
        return False
    depth, in_case = 0, False
    for token in _TOKEN.findall(text):
        if token in _WEIGHTS:
            depth = max(0, depth + _WEIGHTS[token])
            if in_case and depth > _DEEPEST_PATTERN:
                return True
        elif token in (":", "\n", "\r"):
            in_case = in_case and depth > 0
        elif token.lstrip(" \t\f") == "case" and not in_case:
            depth, in_case = 0, True
    return False


def stems_from(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether an exception of `kind` is at the bottom; libcst's visitors may turn it into another on the way out."""
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__context__
    return False
