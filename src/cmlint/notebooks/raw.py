"""Where the values of a JSON text stand, so that one of them is rewritten and every other byte stays.

All functions take a text that `json.loads` has accepted.
"""

from __future__ import annotations

import json
import re

Place = tuple[int, int]  # the offsets of a value: first character, and the one behind the last
_SPACE = re.compile(r"[ \t\r\n]*")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_DECODER = json.JSONDecoder()


def start_of(text: str) -> int:
    """The offset of the outermost value."""
    return _behind_space(text, 0)


def members(text: str, start: int) -> dict[str, Place]:
    """The values of the object that begins at `start`, by key; the last of two with one key counts, as in `json`."""
    found: dict[str, Place] = {}
    at = _behind_space(text, start + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _behind_space(text, _behind_space(text, at) + 1)  # the colon
        found[key] = at, _end(text, at)
        at = _next(text, found[key][1])
    return found


def elements(text: str, start: int) -> list[Place]:
    """The elements of the array that begins at `start`."""
    found: list[Place] = []
    at = _behind_space(text, start + 1)
    while text[at] != "]":
        found.append((at, _end(text, at)))
        at = _next(text, found[-1][1])
    return found


def _behind_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _end(text: str, at: int) -> int:
    _, end = _DECODER.raw_decode(text, at)
    return end


def _next(text: str, at: int) -> int:
    at = _behind_space(text, at)
    return _behind_space(text, at + 1) if text[at] == "," else at


def rewritten(text: str, place: Place, content: str) -> str:
    """JSON for `content`, to stand in place of the string, or the list of lines, at `place`.

    Of a list the untouched lines keep their spelling, and new lines are laid out as the old ones.
    """
    start, end = place
    if text[start] != "[":
        return _quoted(text, content)
    old = elements(text, start)
    values = [json.loads(text[first:last]) for first, last in old]
    head = _untouched_head(values, content)
    rest = content[sum(map(len, values[:head])) :]
    tail = _untouched_tail(values[head:], rest)
    middle = rest[: len(rest) - sum(map(len, values[len(values) - tail :]))]
    items = [text[first:last] for first, last in old[:head]]
    items += [_quoted(text, line) for line in _LINE.findall(middle)]
    items += [text[first:last] for first, last in old[len(old) - tail :]]
    opening = text[start + 1 : old[0][0]] if old else ""
    separator = text[old[0][1] : old[1][0]] if len(old) > 1 else f",{opening}"
    closing = text[old[-1][1] : end - 1] if old else ""
    return f"[{opening}{separator.join(items)}{closing}]"


def _untouched_head(values: list[str], content: str) -> int:
    """How many of the first `values` begin `content`, line by line."""
    number = at = 0
    for value in values:
        if not content.startswith(value, at) or not (value.endswith("\n") or at + len(value) == len(content)):
            break
        number, at = number + 1, at + len(value)
    return number


def _untouched_tail(values: list[str], content: str) -> int:
    """How many of the last `values` end `content`, line by line."""
    number, end = 0, len(content)
    for value in reversed(values):
        start = end - len(value)
        if start < 0 or not content.endswith(value, 0, end) or (start and content[start - 1] != "\n"):
            break
        number, end = number + 1, start
    return number


def _quoted(text: str, content: str) -> str:
    """A JSON string; characters beyond ASCII are escaped unless the file has such characters as they are."""
    return json.dumps(content, ensure_ascii=text.isascii())
