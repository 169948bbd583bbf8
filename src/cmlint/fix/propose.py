"""The repairs of one manager: which shape is for which finding, and what it is told.

What no shape can repair has its reason in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from cmlint.findings import Applicability, Confidence, Finding, Fix, Role, Span
from cmlint.fix.moving.alongside import Alongside
from cmlint.fix.moving.neighbours import against_handlers
from cmlint.fix.moving.split import split
from cmlint.fix.moving.wanted import commits_by_switch, ends_piece_of_work, is_wanted
from cmlint.fix.places.rewrite import NoRewrite, Rewrite
from cmlint.fix.places.titles import named
from cmlint.fix.shapes.bounded import bounded
from cmlint.fix.shapes.entering import with_release_in_enter
from cmlint.fix.shapes.from_else import is_in_else, taken_out_of_else
from cmlint.fix.shapes.pull_up import with_each_pulled_up, with_try_pulled_up
from cmlint.fix.shapes.second_try import with_second_try
from cmlint.fix.shapes.shape import MOST_NESTED, TOO_DEEP, Proposal, Shape, again, changes_between, repaired
from cmlint.fix.shapes.widen import widened
from cmlint.fix.shapes.wrap import wrapped
from cmlint.fix.speaking.by_hand import BY_HAND, NOBODY_READS, NOBODY_TELLS, NOTHING_REMOVES
from cmlint.fix.speaking.intent import speaks_against
from cmlint.flow.losses.chain import BrokenChain, broken_chains
from cmlint.flow.losses.narrow import NarrowCleanup
from cmlint.flow.losses.refused import shuts, used_otherwise
from cmlint.flow.losses.setup import SetupLoss, setup_losses
from cmlint.flow.losses.stowed import ORIGIN as STOWED
from cmlint.flow.losses.unread import unread
from cmlint.flow.losses.unwaited import unwaited
from cmlint.flow.losses.waits import endless_waits
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.paths.leaks import Leak
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.renaming import as_written
from cmlint.flow.reading.tree import NotAnalysed

_SEVERAL = 2


class Repairs:
    """The repairs of one manager, each for the finding that it belongs to."""

    def __init__(self, manager: Manager) -> None:
        self.manager = manager

    def of(self, finding: Finding) -> Proposal:
        """The repair of what `finding` tells of."""
        repair = _BY_CODE.get(finding.code) or _ONLY_SHOWN.get(finding.code)
        if repair is None:
            return Proposal(None, BY_HAND[finding.code])
        return repair(self, finding)

    @cached_property
    def of_leaks(self) -> Proposal:
        """The one repair of everything that is lost when the body raises."""
        if self.manager.exit_tree is not None or not self.manager.leaks:
            return Proposal(None, NOTHING_REMOVES)
        first = self.manager.leaks[0].site
        behind = [site for site in self.manager.graph.sites if site.span >= first.span and not site.by_caller]
        title = "yield inside `try`, the release in `finally`"
        anyway = _sure_lines(self.manager)
        against = next(speaks_against(self.manager, self.manager.leaks), None)
        find = _sure if _sure(self.manager) else lambda manager: manager.leaks
        return repaired(self.manager, Shape(title, behind, find, _released, anyway, against))

    def of_setup(self, finding: Finding) -> Proposal:
        """The repair of what is lost when the setup fails behind the acquisition of `finding`."""
        lost = [loss for loss in self._setup_losses if loss.acquire.span == finding.span]
        if not lost:
            return Proposal(None, None)
        each = self._each_of_setup(finding)
        if each is not None:
            return each
        first = _key(lost[0].obligation)
        acquire = lost[0].acquire.event.text
        pulled = f"`try` begins right behind `{acquire}`"
        shape = Shape(
            pulled if self.manager.exit_tree is None else f"released when a step behind `{acquire}` raises",
            [loss.raising for loss in lost],
            lambda manager: [loss for loss in setup_losses(manager) if _key(loss.obligation) == first],
            lambda manager, losses: _released_in_setup(manager, losses[0]),
        )
        return repaired(self.manager, shape)

    def _each_of_setup(self, finding: Finding) -> Proposal | None:
        """The repair of all that `finding` tells of; None where that is one thing, or one by one may do better."""
        told = {step.span for step in finding.witness if step.role is Role.ACQUIRED}
        lost = [loss for loss in self._setup_losses if loss.acquire.span in told]
        keys = {_key(loss.obligation) for loss in lost}
        if self.manager.exit_tree is not None or len(keys) < _SEVERAL:
            return None
        shape = Shape(
            "a `try` begins right behind each acquisition",
            [loss.raising for loss in lost],
            lambda manager: sorted(
                (loss for loss in setup_losses(manager) if _key(loss.obligation) in keys),
                key=lambda loss: loss.acquire.span,
            ),
            with_each_pulled_up,
        )
        proposal = repaired(self.manager, shape)
        if len(keys) > MOST_NESTED and proposal.reason is not None:
            return Proposal(None, TOO_DEEP)
        return proposal if proposal.reason is None else None

    @cached_property
    def _setup_losses(self) -> Sequence[SetupLoss]:
        return tuple(setup_losses(self.manager))

    def of_chain(self, finding: Finding) -> Proposal:
        """The repair of what the step of the clean-up at `finding` makes skip."""
        lost = [chain for chain in broken_chains(self.manager) if chain.raising.span == finding.span]
        if not lost:
            return Proposal(None, None)
        step = lost[0].raising.event.text
        objects = {_key(chain.obligation) for chain in lost}

        def same(manager: Manager) -> list[BrokenChain]:
            chains = [chain for chain in broken_chains(manager) if chain.raising.event.text == step]
            return [chain for chain in chains if _key(chain.obligation) in objects]

        title = "the release in a `finally` of its own"
        failing = [chain.raising for chain in lost]
        return repaired(self.manager, Shape(title, failing, same, with_second_try, cleaning=failing))

    def of_wait(self, finding: Finding) -> Proposal:
        """A bound for the wait at `finding`, as a suggestion that is only shown."""
        endless = next((wait for wait in endless_waits(self.manager) if wait.wait.span == finding.span), None)
        if endless is None:
            return Proposal(None, BY_HAND["CML108"])
        try:
            changed = again(self.manager, bounded(self.manager, endless))
        except (NoRewrite, NotAnalysed) as reason:
            return Proposal(None, as_written(str(reason)))
        title = as_written(f"a bound for `{endless.wait.event.text}`")
        fix = Fix(Applicability.DISPLAY_ONLY, title, changes_between(self.manager, changed), None)
        return Proposal(fix, BY_HAND["CML108"])

    def of_loss(self, finding: Finding) -> Proposal:
        """The repair of what `finding` says is lost: after every exception, or after those that a handler lets pass."""
        acquired = {step.span for step in finding.witness if step.role is Role.ACQUIRED}
        losses: Sequence[Leak | NarrowCleanup] = (*self.manager.leaks, *self.manager.narrow_cleanups)
        mine = next((one for one in losses if one.site.span == finding.span and one.acquire.span in acquired), None)
        if mine is None and any(loss.acquire.span in acquired for loss in unread(self.manager)):
            return Proposal(None, NOBODY_READS)
        if mine is None and any(loss.acquire.span in acquired for loss in unwaited(self.manager)):
            return Proposal(None, NOBODY_TELLS)
        return self.of_narrow if isinstance(mine, NarrowCleanup) else self.of_leaks

    @cached_property
    def of_narrow(self) -> Proposal:
        """The repair of everything that is released after some exceptions only."""
        lost = self.manager.narrow_cleanups
        if not lost:
            return Proposal(None, None)
        shape = Shape(
            "the release after every exception",
            [narrow.site for narrow in lost],
            lambda manager: manager.narrow_cleanups,
            _released_always,
        )
        return repaired(self.manager, shape)


_BY_CODE: Mapping[str, Callable[[Repairs, Finding], Proposal]] = {
    "CML101": Repairs.of_loss,
    "CML102": Repairs.of_loss,
    "CML103": Repairs.of_loss,
    "CML104": Repairs.of_setup,
    "CML105": Repairs.of_chain,
    "CML106": lambda repairs, _: repairs.of_narrow,
}
_ONLY_SHOWN: Mapping[str, Callable[[Repairs, Finding], Proposal]] = {"CML108": Repairs.of_wait}
REPAIRED = frozenset(_BY_CODE)  # the codes whose findings have a fix, where the source allows one


def _sure(manager: Manager) -> Sequence[Leak]:
    """What is lost, without what is lost at low confidence only and a body that failed still needs."""
    before = [site for site in manager.graph.sites if site.span < manager.leaks[0].site.span] if manager.leaks else []
    return [leak for leak in manager.leaks if not _is_wanted(manager, leak, before)]


def _is_wanted(manager: Manager, leak: Leak, before: Sequence[Site]) -> bool:
    releases = (site.event for site in leak.obligation.releases)
    low = leak.obligation.confidence is Confidence.LOW
    return low and any(is_wanted(event, before, manager.scope) or ends_piece_of_work(event) for event in releases)


def _sure_lines(manager: Manager) -> frozenset[int]:
    """The lines that become clean-up by what is surely lost alone, with what stands beside it.

    What is lost at low confidence only goes with it where nothing for success only parts them: to put one half
    of what was changed together back, and not the other, would be a new state that nobody has seen.
    """
    if all(leak.obligation.confidence is not Confidence.LOW for leak in manager.leaks):
        return frozenset()
    lines: set[int] = set()
    for site in {leak.site.index for leak in manager.leaks}:
        leaks = [leak for leak in manager.leaks if leak.site.index == site]
        sure = [leak for leak in leaks if leak.obligation.confidence is not Confidence.LOW]
        if not sure:
            return frozenset()
        whole = split(manager, leaks)
        lines |= set(split(manager, sure).cleanup_lines)
        last = max(whole.cleanup_lines, default=0)
        if not any(line < last for line in whole.success_only_lines):
            lines |= set(whole.cleanup_lines)
    return frozenset(lines)


def _released_in_setup(manager: Manager, loss: SetupLoss) -> Rewrite:
    if loss.constructing:
        raise NoRewrite(
            "it is acquired in `__init__`: acquire it in `__enter__`, or release it where a later step of both can fail"
        )
    if loss.obligation.origin == STOWED:
        held = loss.obligation.object
        raise NoRewrite(f"nothing here releases `{held}` yet: store it first, or release it in a handler")
    if manager.exit_tree is None:
        rewrite = with_try_pulled_up(manager, loss)
    else:
        rewrite = with_release_in_enter(manager, manager.exit_tree, loss)
    doubt = used_otherwise(loss.obligation, manager) if shuts(loss.obligation, manager) else None
    return rewrite if doubt is None else replace(rewrite, doubts=(*rewrite.doubts, doubt))


def _released(manager: Manager, leaks: Sequence[Leak]) -> Rewrite:
    """The release of its first yield that leaks in a `finally`, out of an `else` as well. Raises NoRewrite."""
    mine = [leak for leak in leaks if leak.site is leaks[0].site]
    return taken_out_of_else(manager, mine) if is_in_else(manager, mine) else _protected(manager, mine)


def _protected(manager: Manager, leaks: Sequence[Leak]) -> Rewrite:
    """The manager with the clean-up of its first yield that leaks in a `finally`. Raises NoRewrite."""
    parts = split(manager, [leak for leak in leaks if leak.site is leaks[0].site])
    if parts.obstacle is not None:
        raise NoRewrite(parts.obstacle)
    lines = set(parts.cleanup_lines)
    moved = frozenset(site for site in manager.graph.sites if site.span.line in lines)
    doubts = tuple(doubt for doubt in (parts.doubt, _may_commit(manager, moved)) if doubt is not None)
    doubts += against_handlers(manager, leaks, moved)
    beside = Alongside.of(manager, leaks[0].site)
    alongside = frozenset(site for site in moved if beside.cleans_up(site.event))
    unset = frozenset(name for level in parts.levels for name in level.unset)
    text = wrapped(manager.tree, parts.levels)
    releases = {site.index for leak in leaks for site in leak.obligation.releases}
    title = f"yield inside `try`, {named(parts.cleanup_statements, manager.graph.sites, releases)} in `finally`"
    return Rewrite(manager.tree, text, moved, doubts=doubts, alongside=alongside, unset=unset, title=title)


def _may_commit(manager: Manager, moved: frozenset[Site]) -> str | None:
    """A transaction that autocommit ends is kept, where nothing rolls it back first."""
    calls = (site.event for site in manager.graph.sites if isinstance(site.event, Call))
    if any(call.method == "rollback" for call in calls):
        return None
    text = next((site.event.text for site in sorted(moved, key=_place_of) if commits_by_switch(site.event)), None)
    return None if text is None else f"`{text}` may commit what a body that failed has done"


def _place_of(site: Site) -> Span:
    return site.span


def _released_always(manager: Manager, narrow: Sequence[NarrowCleanup]) -> Rewrite:
    """The release after every exception; where no handler does it, in a `finally` below them. Raises NoRewrite."""
    try:
        return widened(manager, narrow[0])
    except NoRewrite:
        if manager.exit_tree is not None:
            raise
        leaks = [Leak(one.obligation, one.acquire, one.site, one.skipped, swallowed=False) for one in narrow]
        with suppress(NoRewrite):
            below = _protected(manager, leaks)
            if not below.doubts:
                return below
        raise


def _key(obligation: Obligation) -> tuple[str, str]:
    return obligation.object, obligation.kind
