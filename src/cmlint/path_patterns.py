"""Patterns of paths: as git ignores by them, and with `!` in front and `{a,b}` as ruff has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pathspec

_BRACES = re.compile(r"\{([^{}]*)\}")  # the innermost
_MOST_BRACES = 100  # in one pattern
_MOST_ALTERNATIVES = 1_000  # that it stands for


class PatternError(Exception):
    """A pattern can't be used; the message says which and why."""


@dataclass(frozen=True)
class FileIgnore:
    """Codes that are not reported in some files: those that match, or with `negated` those that do not."""

    spec: pathspec.GitIgnoreSpec
    codes: tuple[str, ...]
    negated: bool

    def meets(self, relative: str) -> bool:
        """Whether the file with this path, told from the folder of the settings, is meant."""
        return self.spec.match_file(relative) != self.negated


def file_ignore(pattern: str, codes: tuple[str, ...]) -> FileIgnore:
    """A pattern as ruff has it: `!` in front turns it round, and `{a,b}` stands for either. Raises PatternError."""
    bare = pattern.removeprefix("!").removeprefix("./")
    return FileIgnore(spec_of(expanded(bare)), codes, pattern.startswith("!"))


def parts_of(text: str) -> list[str]:
    """The parts of `text` between the commas that are not in braces."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def expanded(pattern: str) -> list[str]:
    """The patterns without braces that `pattern` stands for. Raises PatternError when there are very many."""
    found: list[str] = []
    waiting = [pattern]
    if pattern.count("{") > _MOST_BRACES:
        raise PatternError(f"the pattern {_beginning(pattern)} has more than {_MOST_BRACES} braces")
    while waiting:
        one = waiting.pop()
        braces = _BRACES.search(one)
        if braces is None:
            found.append(one)
        else:
            before, after = one[: braces.start()], one[braces.end() :]
            waiting += [f"{before}{choice}{after}" for choice in reversed(braces[1].split(","))]
        if len(found) + len(waiting) > _MOST_ALTERNATIVES:
            raise PatternError(
                f"the pattern {_beginning(pattern)} stands for more than {_MOST_ALTERNATIVES:,} alternatives"
            )
    return found


def _beginning(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")


def spec_of(patterns: Sequence[str]) -> pathspec.GitIgnoreSpec:
    """The patterns as one. Raises PatternError."""
    import pathspec  # few runs need it

    try:
        return pathspec.GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise PatternError(f"a pattern among {', '.join(map(repr, patterns))} can't be used: {error}") from error
