"""One notebook: its JSON text, and its code cells as one module, in which a comment of its own begins each cell."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cmlint.findings import Cell
from cmlint.notebooks import raw
from cmlint.notebooks.magics import hidden, shown
from cmlint.notebooks.raw import Place

SUFFIX = ".ipynb"
_BEGIN = "# %% cmlint: cell "
_BEGINS = re.compile(rf"^{_BEGIN}(\d+)\n", re.MULTILINE)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_OLDEST = 4  # before it, cells were in worksheets


class NotebookError(Exception):
    """The text is no notebook that can be checked; `line` is 1-based where it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class CodeCell:
    """One cell with Python in it: its 1-based number among all cells, and where its source stands in the JSON."""

    number: int
    place: Place
    source: str
    python: str


@dataclass(frozen=True, slots=True)
class Notebook:
    """The JSON text of a notebook and its cells with Python; a notebook of another language has none."""

    raw: str
    cells: tuple[CodeCell, ...]

    @property
    def text(self) -> str:
        """All cells as one module."""
        return "".join(f"{_BEGIN}{cell.number}\n{cell.python}\n" for cell in self.cells)

    def changed(self, text: str) -> list[tuple[CodeCell, str]]:
        """The cells that differ in `text`, a changed module, each with its new source. Raises NotebookError."""
        new = sources_in(text)
        if list(new) != [cell.number for cell in self.cells]:
            raise NotebookError("the cells can't be told apart after the change")
        return [(cell, new[cell.number]) for cell in self.cells if new[cell.number] != cell.source]

    def with_text(self, text: str) -> str:
        """The JSON text with the sources of `text`: only those that differ are written anew. Raises NotebookError."""
        parts: list[str] = []
        at = 0
        for cell, source in self.changed(text):
            start, end = cell.place
            parts += [self.raw[at:start], raw.rewritten(self.raw, cell.place, source)]
            at = end
        return "".join([*parts, self.raw[at:]])


def cells_in(text: str) -> list[Cell]:
    """The cells of a module that was made of a notebook, in order."""
    found: list[Cell] = []
    line, at = 1, 0
    for begin in _BEGINS.finditer(text):
        line += len(_NEWLINE.findall(text, at, begin.end()))
        at = begin.end()
        found.append(Cell(int(begin[1]), line, at))
    return found


def cell_of(line: int, cells: list[Cell]) -> Cell | None:
    """The cell in which `line` (1-based) of the module is."""
    index = bisect_right([cell.line for cell in cells], line)
    return cells[index - 1] if index else None


def sources_in(text: str) -> Mapping[int, str]:
    """The sources of the cells of a module, by the number of the cell, as they stand in the notebook."""
    parts = _BEGINS.split(text)
    return {int(number): shown(source[:-1]) for number, source in zip(parts[1::2], parts[2::2], strict=True)}


def read(text: str) -> Notebook:
    """The notebook with this JSON text. Raises NotebookError."""
    whole = _loaded(text)
    cells = whole["cells"]
    if not _is_python(whole):
        return Notebook(text, ())
    places = raw.elements(text, raw.members(text, raw.start_of(text))["cells"][0])
    found = []
    for number, (cell, (start, _)) in enumerate(zip(cells, places, strict=True), start=1):
        if not isinstance(cell, dict):
            raise NotebookError(f"is no notebook: its cell {number} is no object")
        if cell.get("cell_type") != "code" or not _is_python_cell(cell):
            continue
        source = _source(cell, number)
        python = hidden(source)
        if python is not None:
            found.append(CodeCell(number, raw.members(text, start)["source"], source, python))
    return _proved(Notebook(text, tuple(found)))


def _loaded(text: str) -> dict[str, Any]:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotebookError(f"is no notebook: not valid JSON: {error.msg}", error.lineno) from error
    except RecursionError:
        raise NotebookError("is no notebook: its JSON is nested too deeply") from None
    if not isinstance(whole, dict) or not {"nbformat", "cells"} & whole.keys():
        raise NotebookError("is JSON, but no notebook")
    version = whole.get("nbformat", _OLDEST)
    if not isinstance(version, int) or version < _OLDEST:
        raise NotebookError(
            f"is a notebook of format {version}; `jupyter nbconvert --to notebook` makes it one of {_OLDEST}"
        )
    if not isinstance(whole.get("cells"), list):
        raise NotebookError("is no notebook: it has no list of cells")
    return whole


def _is_python(whole: Mapping[str, Any]) -> bool:
    """Whether the notebook's metadata say Python, or nothing."""
    return all(name.lower() in ("python", "python3", "ipython") for name in _languages(whole.get("metadata")))


def _languages(metadata: object) -> Iterable[str]:
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(key) if isinstance(metadata, dict) else None
        language = part.get(name) if isinstance(part, dict) else None
        if isinstance(language, str) and language:
            yield language


def _is_python_cell(cell: Mapping[str, Any]) -> bool:
    metadata = cell.get("metadata")
    editor = metadata.get("vscode") if isinstance(metadata, dict) else None
    language = editor.get("languageId") if isinstance(editor, dict) else None
    return language in (None, "python")


def _source(cell: Mapping[str, Any], number: int) -> str:
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    if isinstance(source, str):
        return source
    raise NotebookError(f"is no notebook: its cell {number} has no source")


def _proved(notebook: Notebook) -> Notebook:
    """The notebook, when its module leads back to it. Raises NotebookError for comments of cmlint's own."""
    sources = [(cell.number, cell.source) for cell in notebook.cells]
    if list(sources_in(notebook.text).items()) != sources:
        raise NotebookError("has a cell with a comment by which cmlint marks cells or commands, so it was not checked")
    return notebook
