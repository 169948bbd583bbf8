"""What a repair means to do, told to the certificate: what it is to release, what moved, what is spelled anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cmlint.fix.telling.labels import Label
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation


@dataclass(frozen=True)
class Change:
    """What a repair means to do.

    lost: what has to be released when one of `failing` raises; moved: what became clean-up; dropped: what is gone from
    the graph; alongside: those of the moved that clean up beside a release, and are due when it is; unset: the locals
    that are None until they are bound, and asked for that before they are used; respelled: what an event
    of the new graph is in the old one, None for what only asks; cleaning: those of `failing` that are steps of the
    clean-up, which mostly run behind a fault: they are made to fail as a second one as well. at_shutdown: it is the
    lifespan of an application, whose shutdown is due as well when something else that it starts with fails.
    """

    lost: Sequence[Obligation]
    failing: Iterable[Site]
    moved: Iterable[Site]
    dropped: Iterable[Site] = ()
    alongside: Collection[Site] = ()
    unset: Collection[str] = ()
    respelled: Mapping[Label, Label | None] = field(default_factory=dict)
    cleaning: Iterable[Site] = ()
    at_shutdown: bool = False
