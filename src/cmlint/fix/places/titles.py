"""The title of a repair: which statements run after more exceptions than before, by their own words or by number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import libcst as cst

from cmlint.findings import listed
from cmlint.fix.places.rewrite import Rewrite
from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.syntax import own_nodes

_MOST_NAMED = 3  # statements in a title
_NAMED_OF_MANY = 2
_LONGEST = 60  # characters of a statement that is no release
_Line = cst.SimpleStatementLine


def named(statements: Iterable[cst.CSTNode], sites: Sequence[Site], releases: Collection[int]) -> str:
    """All of `statements`, line by line; of more than three, or of long ones, the first releases and how many more.

    releases: the indices of those of `sites` that release. The header of a compound statement counts where it
    releases.
    """
    lines: dict[str, bool] = {}
    for one in (node for statement in statements for node in _statements_in(statement)):
        texts = [s.event.text for s in sites if s.statement is one and s.index in releases and not s.grafted]
        codes = _codes(one) if isinstance(one, _Line) else []
        for text in texts if texts and len(codes) <= 1 else codes:
            lines[text] = lines.get(text, False) or bool(texts)
    if not lines:
        return "the release"
    shown = [f"`{text}`" for text in lines]
    long = any(len(text) > _LONGEST and not releasing for text, releasing in lines.items())
    if len(shown) <= _MOST_NAMED and not long:
        return listed(shown)
    first = [f"`{text}`" for text, releasing in lines.items() if releasing][:_NAMED_OF_MANY] or shown[:1]
    more = len(shown) - len(first)
    return listed([*first, *([f"{more} line{'' if more == 1 else 's'} more"] if more else [])])


def titled(otherwise: str, steps: Sequence[Rewrite]) -> str:
    """The title of a repair in several steps; `otherwise` where they have none."""
    titles = list(dict.fromkeys(step.title for step in steps if step.title))
    if not titles:
        return otherwise
    more = len(titles) - 1
    also = f", and so in {more} more place{'' if more == 1 else 's'}" if more else ""
    return titles[0] + also


def _statements_in(statement: cst.CSTNode) -> Iterable[cst.CSTNode]:
    """The statement and those inside it, in the order of the source."""
    if isinstance(statement, _Line):
        return [statement]
    inside = [node for node in own_nodes(statement) if isinstance(node, (_Line, cst.BaseCompoundStatement))]
    return [statement, *inside]


def _codes(line: _Line) -> list[str]:
    """What semicolons join on a line, each by itself."""
    small = [part.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for part in line.body]
    codes = (" ".join(cst.Module(()).code_for_node(part).split()) for part in small)
    return [code for code in codes if code != "pass"]
