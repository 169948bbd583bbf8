"""Writes that make a container again without an item, or with one more, and those that count up in it."""

from __future__ import annotations

import re

from cmlint.flow.reading.writes import Manner, Write


def takes_out(write: Write) -> bool:
    """Whether a container is made again without some of its items: `found = [x for x in found if x is not y]`."""
    text = write.text
    if write.manner is not Manner.SET or text[:1] not in ("[", "{") or write.target not in text:
        return False
    same = rf"\bin {re.escape(write.target)}(?:\.items\(\))?\s+if\s.*(?:!=|\bis not\b|\bnot in\b)"
    return re.search(same, text, re.DOTALL) is not None


def holds(change: Write, write: Write) -> bool:
    """Whether the container got more items: `{**listeners, key: listener}`, `listeners + [listener]`."""
    return change.manner is Manner.ADD or (change.manner is Manner.SET and write.target in change.text)


def counts_up(change: Write, by: str) -> bool:
    """`depth[key] = depth.get(key, 0) + 1`: as far as is counted down again."""
    counted = change.manner is Manner.SET and change.text.endswith(f" + {by}")
    return counted and bool(by) and change.text.startswith(change.target.partition("[")[0])
