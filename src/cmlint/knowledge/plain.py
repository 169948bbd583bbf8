"""Reads the plainest TOML in a tenth of the time: `[[tables]]` of strings, numbers, booleans and lists of strings.

The values of all lines are read at once, as JSON, which has the same strings. What is not as plain as that (or wrong)
is left to the real parser, so every text means here what it means there; `tests/test_knowledge.py` holds the two
against each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_STRING = r'"(?:[^"\\]|\\.)*"'
_TABLE = re.compile(r"\[\[([A-Za-z_]+)\]\]")
_VALUE = re.compile(rf"([A-Za-z_]+) = ({_STRING}|true|false|0|[1-9][0-9]*|\[(?:{_STRING}, *)*(?:{_STRING})?\])")
_LIST = re.compile(r"[A-Za-z_]+ = \[[^\]]*")  # that goes on in the next line

Tables = dict[str, list[dict[str, Any]]]


def plain_tables(text: str) -> Tables | None:
    """The tables of a TOML text, or None when it has to be asked of a parser."""
    tables: Tables = {}
    table: dict[str, Any] | None = None
    places: list[tuple[dict[str, Any], str]] = []
    values: list[str] = []
    lines = iter(text.split("\n"))
    for line in lines:
        if not line or line[0] == "#":
            continue
        value = _VALUE.fullmatch(_whole(line, lines) if line[-1] in "[," else line)
        if value is not None and table is not None and value[1] not in table:
            table[value[1]] = None
            places.append((table, value[1]))
            values.append(value[2])
        elif value is None and (begun := _TABLE.fullmatch(line)):
            table = {}
            tables.setdefault(begun[1], []).append(table)
        else:
            return None
    try:
        read = json.loads(f"[{','.join(values)}]")
    except ValueError:
        return None
    for (place, key), each in zip(places, read, strict=True):
        place[key] = each
    return tables


def _whole(line: str, lines: Iterator[str]) -> str:
    """The line, with those that a list goes on for."""
    if _LIST.fullmatch(line):
        while not line.endswith("]"):
            following = next(lines, "?]").strip()
            line = line.removesuffix(",") + following if following == "]" else line + following
    return line
