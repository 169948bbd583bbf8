"""The figures of `speed.py` as text, as the tables of docs/performance.md, and as its plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log10
from pathlib import Path

from markdown import put, table
from timing import Figures
from trees import Tree

_DOCS = Path(__file__).parent.parent / "docs"
_COLUMNS = ("tool", "wall s", "CPU s", "memory MB", "wall / ruff", "CPU / ruff")
Measured = Mapping[str, tuple[Tree, Sequence[Figures]]]
Growth = Sequence[tuple[Tree, Sequence[Figures]]]


def text(tree: Tree, figures: Sequence[Figures]) -> str:
    """The figures of one tree, for the terminal."""
    lines = [f"{tree.name}: {_size(tree)}"]
    lines.append("  {:22}{:>9}{:>9}{:>11}{:>13}{:>12}{:>6}".format(*_COLUMNS, "runs"))
    for each, cells in zip(figures, _rows(figures), strict=True):
        lines.append("  {:22}{:>9}{:>9}{:>11}{:>13}{:>12}{:>6}".format(*cells, each.runs))
    return "\n".join(lines) + "\n"


def growth_text(growth: Growth) -> str:
    """How the time grows, for the terminal."""
    return "".join(f"{', '.join(cells)}\n" for cells in _growth_rows(growth))


def write(measured: Measured, growth: Growth) -> Iterator[str]:
    """Write the tables and the plot; say what was written."""
    parts = [_part(f"{tree.name} ({_size(tree)})", _COLUMNS, _rows(figures)) for tree, figures in measured.values()]
    if growth:
        head = ("tree", "cmlint wall s", "cmlint CPU s", "CPU per copy / of one", "ruff wall s")
        parts.append(_part("Growth", head, _growth_rows(growth)))
    yield put(_DOCS / "performance.md", "speed", "\n\n".join(parts))
    if measured:
        (_DOCS / "performance.svg").write_text(plot(measured), "utf-8")
        yield "performance.svg: plot written"


def _part(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join([f"**{title}**", "", *table(head, rows)])


def _size(tree: Tree) -> str:
    return f"{tree.files:,} file{'' if tree.files == 1 else 's'}, {tree.size / 1e6:.1f} MB"


def _rows(figures: Sequence[Figures]) -> list[tuple[str, ...]]:
    ruff = next((each for each in figures if each.name == "ruff"), None)
    return [
        (
            each.name,
            f"{each.wall:.3f}",
            f"{each.cpu:.3f}",
            f"{each.memory:.0f}",
            f"{each.wall / ruff.wall:.2f}" if ruff else "",
            f"{each.cpu / ruff.cpu:.2f}" if ruff else "",
        )
        for each in figures
    ]


def _growth_rows(growth: Growth) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for tree, (ours, theirs) in growth:
        factor = tree.files / growth[0][0].files
        per_copy = ours.cpu / factor / growth[0][1][0].cpu
        rows.append((tree.name, f"{ours.wall:.3f}", f"{ours.cpu:.3f}", f"{per_copy:.2f}", f"{theirs.wall:.3f}"))
    return rows


def plot(measured: Measured) -> str:
    """Bars: the wall time of each tool as a multiple of ruff's without a cache, on a logarithmic axis."""
    bars = [
        (tree.name, each.name, each.wall / next(one.wall for one in figures if one.name == "ruff"))
        for tree, figures in measured.values()
        for each in figures
        if each.name != "ruff"
    ]
    left, unit, height = 250, 90, 18  # pixels: of the labels, of a factor of ten, of a bar
    zero = left + 2 * unit
    parts = []
    for number, (tree, tool, ratio) in enumerate(bars):
        top = 30 + number * (height + 4)
        x = zero + unit * max(-1.9, min(log10(ratio), 3.4))
        colour = "#2a6f97" if tool.startswith("cmlint") else "#9aa5b1"
        parts.append(f'<text x="{left - 8}" y="{top + 13}" text-anchor="end">{tree}: {tool}</text>')
        parts.append(
            f'<rect x="{min(zero, x):.1f}" y="{top}" width="{abs(x - zero):.1f}" height="{height}" fill="{colour}"/>'
        )
        parts.append(f'<text x="{max(zero, x) + 4:.1f}" y="{top + 13}">{ratio:.2f}</text>')
    bottom = 34 + len(bars) * (height + 4)
    parts.append(f'<line x1="{zero}" y1="24" x2="{zero}" y2="{bottom}" stroke="#333"/>')
    parts.append(f'<text x="{zero}" y="18" text-anchor="middle">ruff RUF075 without cache = 1</text>')
    style = '<style>text { font: 12px sans-serif; fill: #333 }</style><rect width="100%" height="100%" fill="#fff"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{bottom + 10}" role="img">'
    return "\n".join([svg, style, *parts, "</svg>"]) + "\n"
