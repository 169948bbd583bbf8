"""What IPython takes and Python does not (`%time`, `!ls`, `thing?`): hidden for the analysis, and brought back.

A hidden line keeps its indentation and its number, and says in a comment what it was. A cell that Python parses as
it is has nothing hidden. May hide code that runs (`%time worker.start()`), so that a finding is missed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

_PYTHON_CELLS = frozenset({"capture", "debug", "prun", "pypy", "python", "python3", "time", "timeit"})
_CELL_MAGIC = re.compile(r"\s*%%(\w*)")
_COMMAND = re.compile(r"(?P<left>\s*)(?P<magic>(?:[%!?]|/[A-Za-z_]|[,;][A-Za-z_]).*)", re.DOTALL)
_HELP = re.compile(r"(?P<left>\s*)(?P<magic>[\w.*%]+\?{1,2}\s*)$")
_ASSIGNED = re.compile(r"(?P<left>\s*[\w.,\[\]()'\"* \t]+=[ \t]*)(?P<magic>[%!].*)", re.DOTALL)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_TOKEN = re.compile(
    r'"""|\'\'\'|"(?:\\.|[^"\\\n])*"?|\'(?:\\.|[^\'\\\n])*\'?|#[^\n]*|[()\[\]{}]',
)
_HIDDEN = re.compile(r"\b(?:pass|None)  # IPython: ([^\n]*)")
_HIDDEN_REST = re.compile(r"^[^\S\n]*# IPython\| ([^\n]*)", re.MULTILINE)


def hidden(cell: str) -> str | None:
    """The source of a cell as Python that has as many lines; None for a cell in another language."""
    cell_magic = _CELL_MAGIC.match(cell)
    if cell_magic and cell_magic[1] not in _PYTHON_CELLS:
        return None
    return cell if _parses(cell) else "".join(_hidden_lines(cell))


def shown(text: str) -> str:
    """What was hidden, as it was."""
    return _HIDDEN.sub(r"\1", _HIDDEN_REST.sub(r"\1", text))


def _parses(cell: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(cell)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _hidden_lines(cell: str) -> Iterator[str]:
    """The lines, with commands of IPython hidden where a statement could begin."""
    quote, depth, continued, in_magic = "", 0, False, False
    for line in _LINE.findall(cell):
        goes_on = line.rstrip("\r\n").endswith("\\")
        if in_magic:
            yield f"# IPython| {line}"
            in_magic = goes_on
            continue
        magic = None if quote or depth or continued else _magic(line)
        if magic is None:
            yield line
            quote, depth = _after(line, quote, depth)
            continued = goes_on
        else:
            yield magic
            in_magic = goes_on


def _magic(line: str) -> str | None:
    for pattern, stands_for in ((_COMMAND, "pass"), (_HELP, "pass"), (_ASSIGNED, "None")):
        found = pattern.match(line)
        if found:
            return f"{found['left']}{stands_for}  # IPython: {found['magic']}"
    return None


def _after(line: str, quote: str, depth: int) -> tuple[str, int]:
    """The triple quote and the brackets that are open behind the line."""
    at = 0
    while True:
        if quote:
            end = re.compile(rf"(?:\\.|[^\\])*?{quote}", re.DOTALL).match(line, at)
            if end is None:
                return quote, depth
            quote, at = "", end.end()
        token = _TOKEN.search(line, at)
        if token is None:
            return quote, depth
        at = token.end()
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth = max(0, depth - 1)
