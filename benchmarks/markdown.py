"""Markdown tables, and their places in files: between `<!-- name -->` and `<!-- /name -->`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a table."""
    columns = list(head)
    yield _line(columns)
    yield "|" + "---|" * len(columns)
    yield from (_line(row) for row in rows)


def put(file: Path, name: str, text: str) -> str:
    """Put `text` between the markers of `name`; a file without them is left alone. What was done."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    before, found, rest = old.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        return f"{file.name} has no markers {begin} ... {end}: left alone"
    file.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
    return f"{file.name}: table written"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
