"""The patch: a unified diff that `git apply` and `patch -p1` take, with the bytes of the files."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable

from cmlint.findings import Finding

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n"}


def unified_diff(path: str, old: str, new: str, encoding: str) -> bytes:
    """The patch from `old` to `new`, in the file's own encoding and with its own line endings."""
    name = _name(path)
    lines = difflib.unified_diff(_lines(old), _lines(new), _quoted(f"a/{name}"), _quoted(f"b/{name}"))
    return b"".join(_line(line, encoding) for line in lines)


def of_cells(path: str, cells: Iterable[tuple[int, str, str]]) -> bytes:
    """The changes of a notebook's cells (number, old, new): to be read, as no patch tool knows cells."""
    return b"".join(unified_diff(f"{path}:cell {number}", old, new, "utf-8") for number, old, new in cells)


def certificates(fixed: Iterable[Finding]) -> str:
    """A line for each certificate of the repairs in a patch, as a trailer that patch tools skip."""
    lines = dict.fromkeys(
        f"Certificate: `{finding.qualname}`: {finding.fix.certificate}\n"
        for finding in fixed
        if finding.fix is not None and finding.fix.certificate is not None
    )
    return "".join(lines)


def _name(path: str) -> str:
    """The path below the working folder; for a file outside of it the absolute path, for `patch -p1 -d /`."""
    relative = os.path.relpath(path)
    inside = not relative.startswith("..")
    return (relative if inside else os.path.abspath(path).lstrip(os.sep)).replace(os.sep, "/")


def _quoted(name: str) -> str:
    """The name as git writes it: in double quotes when a character in it would break the header."""
    if not any(character in _ESCAPES or ord(character) < ord(" ") for character in name):
        return name
    return '"' + "".join(_ESCAPES.get(c, c if c >= " " else f"\\{ord(c):03o}") for c in name) + '"'


def _lines(text: str) -> list[str]:
    """Lines as patch tools count them: only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _line(line: str, encoding: str) -> bytes:
    if line.startswith(("--- ", "+++ ")) and line.endswith("\n"):
        return os.fsencode(line)
    data = line.encode(encoding)
    return data if line.endswith("\n") else data + b"\n\\ No newline at end of file\n"
