"""The repair of one manager: split, wrap, analyse again, certify.

A manager with several yields is repaired one yield at a time; the certificate compares the source with the final
result. What can't be repaired, or gets no certificate, is explained in words instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from cmlint.findings import Applicability, Certificate, Confidence, Fix
from cmlint.fix.certify import NoCertificate, certify
from cmlint.fix.split import Split, split
from cmlint.fix.wrap import NoWrap, edits, wrapped
from cmlint.flow.graph import Site
from cmlint.flow.leaks import Leak
from cmlint.flow.manager import Manager, analyse
from cmlint.flow.renaming import as_written
from cmlint.flow.tree import NotAnalysed
from cmlint.outline import Slice

_MAX_ROUNDS = 8


@dataclass(frozen=True)
class Proposal:
    """A fix, or the reason why there is none; a display-only fix has both."""

    fix: Fix | None
    reason: str | None


def propose(manager: Manager) -> Proposal:
    """The repair of everything that `manager` loses when the body raises."""
    if manager.exit_tree is not None or not manager.leaks:
        return Proposal(None, None)
    repaired, moved = manager, set[Site]()
    for _ in range(_MAX_ROUNDS):
        if not repaired.leaks:
            break
        leaks = leaks_of_one_yield(repaired)
        parts = split(repaired, leaks)
        if parts.obstacle is not None:
            return Proposal(None, as_written(parts.obstacle))
        try:
            text = wrapped(repaired.tree, parts.levels)
            moved |= _sites_within(repaired, parts)
            repaired = _again(repaired, text)
        except NoWrap as reason:
            return Proposal(None, as_written(str(reason)))
        except NotAnalysed as reason:
            return Proposal(None, f"the repaired function could not be analysed: {reason}")
    return _certified(manager, repaired, moved)


def leaks_of_one_yield(manager: Manager) -> list[Leak]:
    """The leaks at the first yield that has any."""
    return [leak for leak in manager.leaks if leak.site is manager.leaks[0].site]


def _again(manager: Manager, text: str) -> Manager:
    source = manager.tree.slice
    return analyse(manager.subject, [Slice(text, source.first_line, source.offset, source.indent)])


def _sites_within(manager: Manager, parts: Split) -> set[Site]:
    lines = set(parts.cleanup_lines)
    return {site for site in manager.graph.sites if site.span.line in lines}


def _certified(old: Manager, new: Manager, moved: set[Site]) -> Proposal:
    changes = edits(old.tree, new.tree.slice.text)
    releases = _released(old)
    title = as_written(f"yield inside `try`, {releases} in `finally`")
    try:
        if new.leaks:
            raise NoCertificate(f"{new.leaks[0].obligation.words.what} would still be lost on some path")
        certificate = certify(old.graph, new.graph, old.leaks, moved)
    except NoCertificate as reason:
        return Proposal(Fix(Applicability.DISPLAY_ONLY, title, changes, None), as_written(str(reason)))
    return Proposal(Fix(_applicability(old, certificate), title, changes, certificate), None)


def _applicability(manager: Manager, certificate: Certificate) -> Applicability:
    """Safe needs a certificate and leaks whose intent is clear."""
    clear = all(leak.obligation.confidence is not Confidence.LOW for leak in manager.leaks)
    return Applicability.SAFE if clear and certificate.traces else Applicability.UNSAFE


def _released(manager: Manager) -> str:
    skipped = sorted((site for leak in manager.leaks for site in leak.skipped), key=lambda site: site.span)
    texts = dict.fromkeys(site.event.text for site in skipped)
    shown = [f"`{text}`" for text in texts]
    return (
        shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) < 4 else "the release"
    )
