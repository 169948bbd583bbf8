"""An obligation: the duty to release what was acquired, from the acquire on."""

from __future__ import annotations

from dataclasses import dataclass

from cmlint.findings import Confidence
from cmlint.flow.lowering.graph import Site


@dataclass(frozen=True, slots=True)
class Words:
    """How messages speak of one obligation.

    what: the object (`` `worker` (multiprocessing.Process) ``); acquired: what happened at the acquire
    ("started"); lost: what is true of it when it is lost ("keeps running"); hangs: what waits for it at exit for ever,
    if anything does; waits: what waits for it before that.
    """

    what: str
    acquired: str
    lost: str
    hangs: str | None = None
    waits: str | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """What is acquired at `acquires` must be released at one of `releases`, or go to another owner at `transfers`.

    Without `acquires` it is held from the start: somebody else acquired it.
    `companions` belong to a release but do not discharge it (join after terminate). by_body: the manager only saves or
    names something, and the body of the `with` changes or makes it; so a setup that fails loses nothing.
    """

    kind: str
    object: str
    words: Words
    confidence: Confidence
    origin: str
    acquires: tuple[Site, ...]
    releases: tuple[Site, ...]
    companions: tuple[Site, ...] = ()
    transfers: tuple[Site, ...] = ()
    by_body: bool = False
