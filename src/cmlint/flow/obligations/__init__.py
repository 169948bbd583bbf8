"""Finds the obligations around one yield: one small module for each origin of an obligation.

The order is that of trust: what an earlier finder explains, a later one does not report again.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.flow.around import Around
from cmlint.flow.obligation import Obligation
from cmlint.flow.obligations import antonyms, callee, disposal, resources, state, tokens
from cmlint.flow.scope import Scope
from cmlint.knowledge.entries import Knowledge

FINDERS = (resources.find, state.find, callee.find, disposal.find, tokens.find, antonyms.find)


def obligations(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """All obligations that are opened before the yield and discharged after it when it is resumed."""
    explained: set[int] = set()
    for find in FINDERS:
        for obligation in find(around, scope, knowledge):
            releases = {site.index for site in obligation.releases}
            if not releases <= explained:
                explained |= releases
                yield obligation
