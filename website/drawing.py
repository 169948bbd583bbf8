"""What the pictures are drawn with: code on a grid of characters, sentences, shapes, and colours for light and dark."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Sequence
from html import escape

from cmlint.report.page.colour import Stretch

CHARACTER = 8.4  # px of a column of code at 14 px; every text of code is stretched to the grid, whatever the font
_STYLE = """
svg { color-scheme: light dark; --paper: #ffffff; --line: #d7dbe0; --ink: #1d2126; --soft: #59616b; --acquired: #0b6e6e;
  --acquired-in: #d9efee; --raises: #b3261e; --raises-in: #fbe1de; --skipped: #7a5200; --skipped-in: #faecc8;
  --new: #dff2e4; --moved: #eef2f7; --k: #7a2e8e; --s: #2a6a2a; --n: #1f5aa6; --d: #8a4b00; --c: #636b74; }
@media (prefers-color-scheme: dark) { svg { --paper: #1b1f25; --line: #3a424c; --ink: #e4e7eb; --soft: #a3adb8;
  --acquired: #6fd0cb; --acquired-in: #143c3b; --raises: #ff9c92; --raises-in: #54201c; --skipped: #f0c060;
  --skipped-in: #463511; --new: #173c23; --moved: #242b35; --k: #d5a6ea; --s: #a3d39c; --n: #93c3f5; --d: #ecb676;
  --c: #98a2ad; } }
text { fill: var(--ink); font: 15px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
.code { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; white-space: pre; }
.soft { fill: var(--soft); } .acquired { fill: var(--acquired); } .raises { fill: var(--raises); }
.skipped { fill: var(--skipped); } .lost { fill: var(--raises); font-weight: 600; } .strong { font-weight: 600; }
.dot { fill: var(--paper); font-weight: 700; font-size: 12px; text-anchor: middle; }
.off { text-decoration: line-through; } .middle { text-anchor: middle; } .end { text-anchor: end; }
.k { fill: var(--k); } .s { fill: var(--s); } .n { fill: var(--n); } .d { fill: var(--d); } .c { fill: var(--c); }
"""


def picture(width: int, height: float, told: str, parts: Iterable[str]) -> str:
    """A whole picture; `told` says the same in words."""
    inner = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" width="{width}" height="{height:g}" '
        f'role="img" aria-labelledby="told">\n<title id="told">{escape(told)}</title>\n<style>{_STYLE}</style>\n'
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1:g}" rx="12" fill="var(--paper)" '
        f'stroke="var(--line)"/>\n{inner}\n</svg>\n'
    )


def code(x: float, y: float, line: str, colours: Sequence[Stretch] = (), style: str = "") -> str:
    """A line of code whose first column begins at `x`; `colours` are its stretches."""
    if not line.strip():
        return ""
    indent = len(line) - len(line.lstrip())
    edges = sorted({indent, len(line), *(edge for s in colours for edge in (s.start, s.end))})
    spans = []
    for start, end in itertools.pairwise(edges):
        colour = next((s.style for s in colours if s.start <= start < s.end), "")
        piece = escape(line[start:end], quote=False)
        spans.append(f'<tspan class="{colour}">{piece}</tspan>' if colour else piece)
    return (
        f'<text class="{f"code {style}".strip()}" x="{x + indent * CHARACTER:g}" y="{y:g}" xml:space="preserve" '
        f'textLength="{(len(line) - indent) * CHARACTER:g}" lengthAdjust="spacingAndGlyphs">{"".join(spans)}</text>'
    )


def mark(x: float, y: float, stretch: Stretch) -> str:
    """The ground of marked code, below the text whose first column begins at `x`."""
    return box(
        x + stretch.start * CHARACTER - 2,
        y - 14,
        (stretch.end - stretch.start) * CHARACTER + 4,
        20,
        f"var(--{stretch.style}-in)",
        radius=3,
    )


def box(x: float, y: float, width: float, height: float, fill: str, *, radius: float = 0) -> str:
    """A filled rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" fill="{fill}"/>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 2) -> str:
    """A straight line."""
    return f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{colour}" stroke-width="{width:g}" fill="none"/>'


def head(x: float, y: float, direction: str, colour: str) -> str:
    """An arrow head with its point at (x, y), pointing `down` or `right`."""
    corners = (
        f"{x - 6:g} {y - 9:g}L{x + 6:g} {y - 9:g}"
        if direction == "down"
        else f"{x - 9:g} {y - 6:g}L{x - 9:g} {y + 6:g}"
    )
    return f'<path d="M{x:g} {y:g}L{corners}Z" fill="{colour}"/>'


def dot(x: float, y: float, colour: str) -> str:
    """Something that happens."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="7" fill="{colour}"/>'


def cross(x: float, y: float, colour: str) -> str:
    """Something that goes wrong."""
    return f'<path d="M{x - 7:g} {y - 7:g}l14 14m0 -14l-14 14" stroke="{colour}" stroke-width="3"/>'


def step(x: float, y: float, number: int, role: str) -> str:
    """The number of a step in its circle: a ring when it is skipped."""
    colour = "var(--raises)" if role == "lost" else f"var(--{role})"
    if role == "skipped":
        ring = f'<circle cx="{x:g}" cy="{y:g}" r="9.5" fill="var(--paper)" stroke="{colour}" stroke-width="1.5"/>'
        return f'{ring}<text class="dot" x="{x:g}" y="{y + 4.5:g}" style="fill:{colour}">{number}</text>'
    disc = f'<circle cx="{x:g}" cy="{y:g}" r="10.5" fill="{colour}"/>'
    return f'{disc}<text class="dot" x="{x:g}" y="{y + 4.5:g}">{number}</text>'


def sentence(x: float, y: float, words: str, style: str = "", columns: int = 95) -> tuple[list[str], float]:
    """A sentence in lines of at most `columns` characters, and the height that they take."""
    wrapped = textwrap.wrap(words.replace("`", ""), columns)
    texts = [
        f'<text class="{style}" x="{x:g}" y="{y + i * 21:g}">{escape(part, quote=False)}</text>'
        for i, part in enumerate(wrapped)
    ]
    return texts, 21.0 * len(wrapped)
