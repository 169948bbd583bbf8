"""Derives the words that files are searched for from the protocols of the knowledge base: as few as will do."""

from __future__ import annotations

from collections.abc import Sequence

from cmlint.knowledge.entries import Knowledge, Making
from cmlint.knowledge.triggers import Need, Triggers

_LEAST = 6  # letters of a part of words that is searched for in their place: a shorter one is everywhere


def triggers_of(knowledge: Knowledge) -> Triggers:
    """The trigger words of all protocols in `knowledge`."""
    modules = frozenset(name.lstrip("*.").partition(".")[0] for name in knowledge.protocols)
    all_needed = [needed for _, needed in knowledge.triggers]
    imported = frozenset(module for module in modules if all(_is_module(module, name) for name in knowledge.protocols))
    chosen = _anchors(all_needed, imported)
    needs = tuple(
        Need(words, frozenset(anchor.encode() for anchor in chosen if _is_in(anchor, words)), making is Making.CALL)
        for making, words in knowledge.triggers
    )
    anchors = tuple(anchor.encode() for anchor in chosen if anchor not in imported)
    return Triggers(anchors, tuple(anchor.encode() for anchor in chosen if anchor in imported), needs)


def _is_in(anchor: str, words: frozenset[str]) -> bool:
    return any(anchor in word for word in words)


def _is_module(word: str, protocol: str) -> bool:
    """Whether the name of a protocol has `word` only in that of the module that it is imported from, if at all."""
    module, dot, rest = protocol.partition(".")
    return word not in protocol or (bool(dot) and word in module and word not in rest)


def _anchors(needed: Sequence[frozenset[str]], modules: frozenset[str]) -> list[str]:
    """Few words of which each of `needed` holds one, at least as a part: `exit__` is in `__exit__` and `__aexit__`.

    All of a file is searched for what is no module, so that is only chosen where no module is needed, too.
    """
    chosen = _fewest([each for each in needed if modules.isdisjoint(each)])
    left = [each for each in needed if not any(_is_in(anchor, each) for anchor in chosen)]
    return [*chosen, *_fewest([each & modules for each in left])]


def _fewest(needed: Sequence[frozenset[str]]) -> list[str]:
    """Few words of which each of `needed` holds one, at least as a part; of those that serve as well the longest."""
    words = frozenset(word for each in needed for word in each)
    held_by = {word: [number for number, each in enumerate(needed) if word in each] for word in words}
    alone = [word for each in needed if len(each) == 1 for word in each]
    parts = words | {end for one in alone for other in alone if len(end := _common_end(one, other)) >= _LEAST}
    covers = {part: frozenset(number for word in words if part in word for number in held_by[word]) for part in parts}
    chosen: list[str] = []
    left = frozenset(range(len(needed)))
    while left:
        best = max(parts, key=lambda each: (len(covers[each] & left), len(each), each))
        chosen.append(best)
        left -= covers[best]
    return chosen


def _common_end(one: str, other: str) -> str:
    shorter = min(len(one), len(other))
    return next((one[-length:] for length in range(shorter, 0, -1) if one[-length:] == other[-length:]), "")


def written_out(triggers: Triggers) -> str:
    """The module `shipped_triggers`: the triggers as Python, so that a run that needs no more reads no entries."""
    needs = "".join(
        f"        Need(frozenset({sorted(need.words)}), frozenset({sorted(need.anchors)}), {need.called}),\n"
        for need in triggers.needs
    )
    anchors, modules = (
        "".join(f"\n        {word!r}," for word in each) for each in (triggers.anchors, triggers.modules)
    )
    return (
        '"""What `anchors` derives from the shipped protocols: written by `pytest tests/test_knowledge.py --record`."""'
        "\n\nfrom __future__ import annotations\n\nfrom cmlint.knowledge.triggers import Need, Triggers\n\n"
        f"SHIPPED = Triggers(\n    ({anchors}\n    ),\n    ({modules}\n    ),\n    (\n{needs}    ),\n)\n"
    ).replace("'", '"')
