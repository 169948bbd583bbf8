"""Draws the pictures of the front page from what cmlint says of website/server.py: the bug, the path, the repair.

`python website/pictures.py` writes them to docs/pictures; tests/test_website.py compares them with what it would write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cmlint import Config, Finding, Source, check_source, repair_source
from cmlint.findings import Role
from cmlint.report.page.colour import Stretch, coloured
from drawing import CHARACTER, box, code, cross, dot, head, line, mark, picture, sentence, step

HERE = Path(__file__).parent
FOLDER = HERE.parent / "docs" / "pictures"
_WIDE, _NARROW = 860, 430
_ROW, _NOTE = 26.0, 26.0
_CODE = 104.0  # where the first column of code begins
_RAIL = 34.0
_BOLD, _SMALL = 8.6, 7.6  # px of a letter of a sentence, about


@dataclass(frozen=True)
class _Time:
    """Where on the axis of time something happens, in px."""

    acquired: float
    body: float
    raised: float
    released: float
    left: float


_AXES = {_WIDE: _Time(130, 330, 500, 660, 822), _NARROW: _Time(34, 150, 250, 330, 398)}


def pictures() -> dict[str, str]:
    """The text of each picture by the name of its file: each as wide as a page, and as wide as a telephone."""
    source = Source("server.py", (HERE / "server.py").read_text("utf-8"))
    finding = check_source(source, Config()).findings[0]
    repaired = repair_source(source, Config(), unsafe=False).text
    drawn: dict[str, str] = {}
    for width, suffix in ((_WIDE, ""), (_NARROW, "-narrow")):
        drawn[f"bug{suffix}.svg"] = _bug(finding, source.text, width)
        drawn[f"path{suffix}.svg"] = _path(finding, source.text, width)
        drawn[f"repair{suffix}.svg"] = _repair(finding, source.text, repaired, width)
    return drawn


def _columns(width: float) -> int:
    return int(width / _BOLD)


def _at(finding: Finding, role: Role) -> int:
    return next(step_.span.line for step_ in finding.witness if step_.role is role)


def _bug(finding: Finding, text: str, width: int) -> str:
    """Two runs along time: as it is meant, and when the body raises."""
    lines = text.split("\n")
    calls = tuple(lines[_at(finding, role) - 1].strip() for role in (Role.ACQUIRED, Role.SKIPPED))
    name = calls[0].partition(".")[0]
    at = _AXES[width]
    parts = [
        *_run(24, "Without an exception", calls, at),
        code(at.acquired, 128, f"{name} runs", style="acquired"),
        line(at.acquired, 142, at.released, 142, "var(--acquired)", width=8),
        line(24, 172, width - 24, 172, "var(--line)", width=1),
        *_run(190, "The body raises", calls, at, raised=True),
        code(at.acquired, 294, f"{name} runs", style="acquired"),
        line(at.acquired, 308, at.raised, 308, "var(--acquired)", width=8),
        line(at.raised, 308, at.left - 4, 308, "var(--raises)", width=8),
        f'<path d="M{at.left + 12:g} 308l-18 -11l0 22Z" fill="var(--raises)"/>',
        code(at.raised + 4, 294, f"{name} still runs", style="raises"),
    ]
    told, height = sentence(24, 348, finding.message, "lost", _columns(width - 48))
    return picture(width, 348 + height + 2, finding.message.replace("`", ""), [*parts, *told])


def _run(top: float, title: str, calls: Sequence[str], at: _Time, *, raised: bool = False) -> list[str]:
    """One run: the acquire, the body of the `with`, the release that is reached or not."""
    y = top + 62
    release = at.released - 74
    parts = [
        f'<text class="strong" x="24" y="{top + 10:g}">{title}</text>',
        line(at.acquired, y, at.body, y, "var(--acquired)"),
        box(at.body, y - 15, at.raised - at.body, 30, "var(--raises-in)" if raised else "var(--moved)", radius=6),
        f'<text class="middle" x="{(at.body + at.raised) / 2:g}" y="{y + 5:g}">body</text>',
        dot(at.acquired, y, "var(--acquired)"),
        code(at.acquired - 7, y - 21, calls[0]),
    ]
    if not raised:
        reached = [line(at.raised, y, at.released, y, "var(--acquired)"), dot(at.released, y, "var(--acquired)")]
        return [*parts, *reached, code(release, y - 21, calls[1])]
    return [
        *parts,
        line(at.raised, y, at.left, y, "var(--raises)"),
        head(at.left + 8, y, "right", "var(--raises)"),
        cross(at.raised, y, "var(--raises)"),
        mark(release, y - 21, Stretch(0, len(calls[1]), "skipped")),
        code(release, y - 21, calls[1], style="off"),
    ]


def _path(finding: Finding, text: str, width: int) -> str:
    """The code with the steps of the path in it, and beside it the rail."""
    lines = text.split("\n")
    first = finding.noqa_lines[0]
    last = max(step_.span.end_line for step_ in finding.witness)
    colours = coloured(lines[first - 1 : last])
    parts: list[str] = []
    places: dict[Role, float] = {}
    y = 36.0
    for number in range(first, last + 1):
        steps = [(n, s) for n, s in enumerate(finding.witness, 1) if s.role is not Role.LOST and s.span.line == number]
        for _, each in steps:
            parts.append(mark(_CODE, y, Stretch(each.span.column - 1, each.span.end_column - 1, each.role.value)))
        off = "off" if any(s.role is Role.SKIPPED for _, s in steps) else ""
        parts.append(f'<text class="code soft end" x="{_CODE - 20:g}" y="{y:g}">{number}</text>')
        parts.append(code(_CODE, y, lines[number - 1], colours[number - first], off))
        y += _ROW
        for position, each in steps:
            places[each.role] = y - 5
            aside = 22 if each.role is Role.SKIPPED else 0
            parts.append(step(_RAIL + aside, y - 5, position, each.role.value))
            x = _CODE + (each.span.column - 1) * CHARACTER
            told, height = sentence(x, y, each.message, each.role.value, _columns(width - x - 16))
            parts += told
            y += height + _NOTE - 16
    end = finding.witness[-1]
    y += 6
    parts += [step(_RAIL, y - 5, len(finding.witness), "lost")]
    told, height = sentence(_CODE, y, end.message, "lost", _columns(width - _CODE - 24))
    rail = [
        line(_RAIL, places[Role.ACQUIRED], _RAIL, places[Role.RAISES], "var(--acquired)"),
        line(_RAIL, places[Role.RAISES], _RAIL, y - 22, "var(--raises)"),
        head(_RAIL, y - 16, "down", "var(--raises)"),
    ]
    message = "; ".join(f"{n}: {s.message}" for n, s in enumerate(finding.witness, 1)).replace("`", "")
    return picture(width, y + height, message, [*rail, *parts, *told])


def _repair(finding: Finding, old: str, new: str, width: int) -> str:
    """The manager before and after its repair, side by side or below each other, and what was compared."""
    assert finding.fix is not None
    first = finding.noqa_lines[0]
    before, after = (text.rstrip("\n").split("\n")[first - 1 :] for text in (old, new))
    side = width / 2 if width == _WIDE else float(width)
    left, ends = _side(before, after, first, (0.0, 36.0), side)
    x, y = (side, 36.0) if width == _WIDE else (0.0, ends + 16)
    right, end = _side(after, before, first, (x, y), side)
    x1, y1, x2, y2 = (side, 14, side, end - 12) if x else (0, y - 30, width, y - 30)
    between = line(x1, y1, x2, y2, "var(--line)", width=1)
    told, height = sentence(24, end + 18, f"Certificate: {finding.fix.certificate}", "soft", int((width - 40) / _SMALL))
    title = f"The repair: {finding.fix.title}".replace("`", "")
    return picture(width, end + 18 + height, title, [*left, *right, between, *told])


def _side(
    lines: Sequence[str], others: Sequence[str], first: int, corner: tuple[float, float], width: float
) -> tuple[list[str], float]:
    """One side of the repair and where it ends; what is new stands out from what is only indented anew."""
    x, y = corner
    colours = coloured(lines)
    words = {other.strip() for other in others}
    parts: list[str] = []
    for index, text in enumerate(lines):
        if text not in others:
            parts.append(box(x + 1, y - 18, width - 2, _ROW, "var(--moved)" if text.strip() in words else "var(--new)"))
        parts.append(f'<text class="code soft end" x="{x + 44:g}" y="{y:g}">{first + index}</text>')
        parts.append(code(x + 64, y, text, colours[index]))
        y += _ROW
    return parts, y


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pictures().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
