"""The repair of one manager: rewrite it shape by shape, analyse it again, certify the result.

What can't be repaired, or gets no certificate, is explained in words instead. Where several steps are needed (a manager
with several yields), the certificate compares the source with the final result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cmlint.findings import Applicability, Confidence, Edit, Finding, Fix
from cmlint.fix.certify import Change, NoCertificate, certify
from cmlint.fix.pull_up import with_try_pulled_up
from cmlint.fix.rewrite import NoRewrite, Rewrite
from cmlint.fix.second_try import with_second_try
from cmlint.fix.split import split
from cmlint.fix.widen import widened
from cmlint.fix.wrap import edits, wrapped
from cmlint.flow.chain import BrokenChain, broken_chains
from cmlint.flow.graph import Site
from cmlint.flow.leaks import Leak
from cmlint.flow.manager import Manager, analyse
from cmlint.flow.narrow import narrow_cleanups
from cmlint.flow.obligation import Obligation
from cmlint.flow.renaming import as_written
from cmlint.flow.setup import SetupLoss, setup_losses
from cmlint.flow.tree import NotAnalysed, Tree
from cmlint.outline import Slice

_MAX_ROUNDS = 8


@dataclass(frozen=True)
class Proposal:
    """A fix, or the reason why there is none; a fix that is not safe has both."""

    fix: Fix | None
    reason: str | None


@dataclass(frozen=True)
class _Shape:
    """One way to repair: what is `lost` when one of `failing` raises, and the rewriting that brings it nearer."""

    title: str
    failing: Sequence[Site]
    lost: Callable[[Manager], Sequence[Obligation]]
    rewrite: Callable[[Manager], Rewrite]


class Repairs:
    """The repairs of one manager, each for the finding that it belongs to."""

    def __init__(self, manager: Manager) -> None:
        self.manager = manager

    def of(self, finding: Finding) -> Proposal:
        """The repair of what `finding` tells of."""
        if finding.code in ("CML101", "CML102", "CML103"):
            return self.of_leaks
        if finding.code == "CML104":
            return self._of_setup(finding)
        if finding.code == "CML105":
            return self._of_chain(finding)
        if finding.code == "CML106":
            return self._of_narrow()
        return Proposal(None, "cmlint does not repair what this rule finds")

    @cached_property
    def of_leaks(self) -> Proposal:
        """The one repair of everything that is lost when the body raises."""
        if self.manager.exit_tree is not None or not self.manager.leaks:
            return Proposal(None, None)
        skipped = [site for leak in self.manager.leaks for site in leak.skipped]
        first = self.manager.leaks[0].site
        behind = [site for site in self.manager.graph.sites if site.span >= first.span]
        shape = _Shape(f"yield inside `try`, {_named(skipped)} in `finally`", behind, _leaking, _protected)
        return _repaired(self.manager, shape)

    def _of_setup(self, finding: Finding) -> Proposal:
        lost = [loss for loss in setup_losses(self.manager) if loss.acquire.span == finding.span]
        if not lost:
            return Proposal(None, None)
        acquired = f"`try` begins right behind `{lost[0].acquire.event.text}`"

        def same(manager: Manager) -> list[SetupLoss]:
            return [loss for loss in setup_losses(manager) if _key(loss.obligation) == _key(lost[0].obligation)]

        shape = _Shape(
            acquired,
            [loss.raising for loss in lost],
            lambda manager: [loss.obligation for loss in same(manager)],
            lambda manager: with_try_pulled_up(manager, same(manager)[0]),
        )
        return _repaired(self.manager, shape)

    def _of_chain(self, finding: Finding) -> Proposal:
        first = [chain for chain in broken_chains(self.manager) if chain.raising.span == finding.span]
        if not first:
            return Proposal(None, None)
        step = first[0].raising.event.text
        objects = {_key(chain.obligation) for chain in first}

        def same(manager: Manager) -> list[BrokenChain]:
            chains = [chain for chain in broken_chains(manager) if chain.raising.event.text == step]
            return [chain for chain in chains if _key(chain.obligation) in objects]

        shape = _Shape(
            f"{_named([site for chain in first for site in chain.skipped])} in a `finally` of its own",
            [chain.raising for chain in first],
            lambda manager: [chain.obligation for chain in same(manager)],
            lambda manager: with_second_try(manager, same(manager)),
        )
        return _repaired(self.manager, shape)

    def _of_narrow(self) -> Proposal:
        first = list(narrow_cleanups(self.manager))
        if not first:
            return Proposal(None, None)
        shape = _Shape(
            f"{_named([site for narrow in first for site in narrow.skipped])} after every exception",
            [narrow.site for narrow in first],
            lambda manager: [narrow.obligation for narrow in narrow_cleanups(manager)],
            lambda manager: widened(manager, next(iter(narrow_cleanups(manager)))),
        )
        return _repaired(self.manager, shape)


def leaks_of_one_yield(manager: Manager) -> list[Leak]:
    """The leaks at the first yield that has any."""
    return [leak for leak in manager.leaks if leak.site is manager.leaks[0].site]


def _leaking(manager: Manager) -> list[Obligation]:
    return [leak.obligation for leak in manager.leaks]


def _protected(manager: Manager) -> Rewrite:
    """The manager with the clean-up of its first yield that leaks in a `finally`. Raises NoRewrite."""
    parts = split(manager, leaks_of_one_yield(manager))
    if parts.obstacle is not None:
        raise NoRewrite(parts.obstacle)
    lines = set(parts.cleanup_lines)
    moved = frozenset(site for site in manager.graph.sites if site.span.line in lines)
    doubts = (parts.doubt,) if parts.doubt is not None else ()
    return Rewrite(manager.tree, wrapped(manager.tree, parts.levels), moved, doubts=doubts)


def _repaired(manager: Manager, shape: _Shape) -> Proposal:
    lost = shape.lost(manager)
    current, steps = manager, list[Rewrite]()
    try:
        while shape.lost(current) and len(steps) < _MAX_ROUNDS:
            steps.append(shape.rewrite(current))
            current = _again(current, steps[-1])
    except NoRewrite as reason:
        return Proposal(None, as_written(str(reason)))
    except NotAnalysed as reason:
        return Proposal(None, f"the repaired function could not be analysed: {reason}")
    return _certified(manager, current, shape, lost, steps)


def _again(manager: Manager, step: Rewrite) -> Manager:
    """The manager with the new source of one of its functions. Raises NotAnalysed."""
    entering, leaving = manager.tree, manager.exit_tree
    entry = _slice(entering, step.text if step.tree is entering else entering.slice.text)
    if leaving is None:
        return analyse(manager.subject, [entry])
    exit_ = _slice(leaving, step.text if step.tree is leaving else leaving.slice.text)
    return analyse(manager.subject, [entry], [exit_])


def _slice(tree: Tree, text: str) -> Slice:
    return Slice(text, tree.slice.first_line, tree.slice.offset, tree.slice.indent)


def _certified(
    old: Manager, new: Manager, shape: _Shape, lost: Sequence[Obligation], steps: Sequence[Rewrite]
) -> Proposal:
    changes, title = _changes(old, new), as_written(shape.title)
    moved = {site for step in steps for site in step.moved}
    dropped = {site for step in steps for site in step.dropped}
    try:
        remaining = shape.lost(new)
        if remaining:
            raise NoCertificate(f"{remaining[0].words.what} would still be lost on some path")
        certificate = certify(old.graph, new.graph, Change(lost, shape.failing, moved, dropped))
    except NoCertificate as reason:
        return Proposal(Fix(Applicability.DISPLAY_ONLY, title, changes, None), as_written(str(reason)))
    doubts = [doubt for step in steps for doubt in step.doubts]
    if certificate.caveat is not None:
        doubts.append(certificate.caveat)
    if any(obligation.confidence is Confidence.LOW for obligation in lost):
        doubts.append("that this has to be undone after an exception is not certain")
    if doubts:
        return Proposal(Fix(Applicability.UNSAFE, title, changes, certificate), as_written(doubts[0]))
    return Proposal(Fix(Applicability.SAFE, title, changes, certificate), None)


def _changes(old: Manager, new: Manager) -> tuple[Edit, ...]:
    changes = edits(old.tree, new.tree.slice.text)
    if old.exit_tree is not None and new.exit_tree is not None:
        changes = (*changes, *edits(old.exit_tree, new.exit_tree.slice.text))
    return tuple(sorted(changes, key=lambda edit: edit.start))


def _key(obligation: Obligation) -> tuple[str, str]:
    return obligation.object, obligation.kind


def _named(sites: Sequence[Site]) -> str:
    texts = dict.fromkeys(site.event.text for site in sorted(sites, key=lambda site: site.span))
    shown = [f"`{text}`" for text in texts]
    if len(shown) == 1:
        return shown[0]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) < 4 else "the release"
