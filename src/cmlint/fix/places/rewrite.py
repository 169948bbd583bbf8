"""What one step of a repair hands over: the new source of one function and what has become clean-up in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmlint.fix.telling.labels import Label
from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.tree import Tree


class NoRewrite(Exception):
    """The statements can't be repaired as they stand; the message says why in a maintainer's words."""


@dataclass(frozen=True)
class Rewrite:
    """The `text` that replaces the slice of `tree`.

    moved: the sites that run after more exceptions than before; dropped: the tests and raises that are gone; doubts:
    what makes the repair unsafe, in words; alongside: those of the moved that only clean up beside a release; unset:
    the locals that begin as None now; respelled: what an event of the new text is in the old one, None for nothing;
    title: what it does, in words, where the kind of repair does not say it.
    """

    tree: Tree
    text: str
    moved: frozenset[Site]
    dropped: frozenset[Site] = frozenset()
    doubts: tuple[str, ...] = ()
    alongside: frozenset[Site] = frozenset()
    unset: frozenset[str] = frozenset()
    respelled: Mapping[Label, Label | None] = field(default_factory=dict)
    title: str = ""
