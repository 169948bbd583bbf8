"""The repair of one manager: rewrite it shape by shape, analyse it again, certify the result.

What can't be repaired, or gets no certificate, is explained in words instead. Where several steps are needed (a manager
with several yields), the certificate compares the source with the final result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from cmlint.findings import Applicability, Confidence, Edit, Finding, Fix
from cmlint.fix.alongside import Alongside
from cmlint.fix.blocks import speaks_of_finally
from cmlint.fix.bounded import bounded
from cmlint.fix.by_hand import BY_HAND, NOTHING_REMOVES
from cmlint.fix.certify import Change, NoCertificate, certify, still_lost
from cmlint.fix.doubts import doubts_of
from cmlint.fix.entering import with_release_in_enter
from cmlint.fix.pull_up import with_try_pulled_up
from cmlint.fix.rewrite import NoRewrite, Rewrite
from cmlint.fix.second_try import with_second_try
from cmlint.fix.split import split
from cmlint.fix.stacked import stacked
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
from cmlint.flow.waits import endless_waits
from cmlint.outline import Slice

_MAX_ROUNDS = 8


@dataclass(frozen=True)
class Proposal:
    """A fix, or the reason why there is none; a fix that is not safe has both."""

    fix: Fix | None
    reason: str | None


class _Loss(Protocol):
    """What a pass found to be lost: a leak, a setup loss, a broken chain, a narrow clean-up."""

    @property
    def obligation(self) -> Obligation: ...


_L = TypeVar("_L", bound=_Loss)


@dataclass(frozen=True)
class _Shape(Generic[_L]):
    """One way to repair.

    find: what is lost, and has to be gone in the end; failing: where something raises then; rewrite: brings the
    manager one step nearer, given what is lost in it; anyway: the lines that become clean-up without what is unsure.
    """

    title: str
    failing: Sequence[Site]
    find: Callable[[Manager], Sequence[_L]]
    rewrite: Callable[[Manager, Sequence[_L]], Rewrite]
    anyway: frozenset[int] = frozenset()


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
        skipped = [site for leak in self.manager.leaks for site in leak.skipped]
        first = self.manager.leaks[0].site
        behind = [site for site in self.manager.graph.sites if site.span >= first.span]
        title = f"yield inside `try`, {_named(skipped)} in `finally`"
        anyway = _sure_lines(self.manager)
        return _repaired(self.manager, _Shape(title, behind, lambda manager: manager.leaks, _protected, anyway))

    def of_setup(self, finding: Finding) -> Proposal:
        """The repair of what is lost when the setup fails behind the acquisition of `finding`."""
        lost = [loss for loss in setup_losses(self.manager) if loss.acquire.span == finding.span]
        if not lost:
            return Proposal(None, None)
        first = _key(lost[0].obligation)
        acquire = lost[0].acquire.event.text
        pulled = f"`try` begins right behind `{acquire}`"
        shape = _Shape(
            pulled if self.manager.exit_tree is None else f"released when a step behind `{acquire}` raises",
            [loss.raising for loss in lost],
            lambda manager: [loss for loss in setup_losses(manager) if _key(loss.obligation) == first],
            lambda manager, losses: _released_in_setup(manager, losses[0]),
        )
        return _repaired(self.manager, shape)

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

        title = f"{_named([site for chain in lost for site in chain.skipped])} in a `finally` of its own"
        return _repaired(self.manager, _Shape(title, [chain.raising for chain in lost], same, with_second_try))

    def of_wait(self, finding: Finding) -> Proposal:
        """A bound for the wait at `finding`, as a suggestion that is only shown."""
        endless = next((wait for wait in endless_waits(self.manager) if wait.wait.span == finding.span), None)
        if endless is None:
            return Proposal(None, BY_HAND["CML108"])
        try:
            changed = _again(self.manager, bounded(self.manager, endless))
        except (NoRewrite, NotAnalysed) as reason:
            return Proposal(None, as_written(str(reason)))
        title = as_written(f"a bound for `{endless.wait.event.text}`")
        fix = Fix(Applicability.DISPLAY_ONLY, title, _changes(self.manager, changed), None)
        return Proposal(fix, BY_HAND["CML108"])

    def of_narrow(self) -> Proposal:
        """The repair of everything that is released after some exceptions only."""
        lost = list(narrow_cleanups(self.manager))
        if not lost:
            return Proposal(None, None)
        shape = _Shape(
            f"{_named([site for narrow in lost for site in narrow.skipped])} after every exception",
            [narrow.site for narrow in lost],
            lambda manager: list(narrow_cleanups(manager)),
            lambda manager, narrow: widened(manager, narrow[0]),
        )
        return _repaired(self.manager, shape)


_BY_CODE: Mapping[str, Callable[[Repairs, Finding], Proposal]] = {
    "CML101": lambda repairs, _: repairs.of_leaks,
    "CML102": lambda repairs, _: repairs.of_leaks,
    "CML103": lambda repairs, _: repairs.of_leaks,
    "CML104": Repairs.of_setup,
    "CML105": Repairs.of_chain,
    "CML106": lambda repairs, _: repairs.of_narrow(),
}
_ONLY_SHOWN: Mapping[str, Callable[[Repairs, Finding], Proposal]] = {"CML108": Repairs.of_wait}
REPAIRED = frozenset(_BY_CODE)  # the codes whose findings have a fix, where the source allows one


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
    if manager.exit_tree is None:
        return with_try_pulled_up(manager, loss)
    return with_release_in_enter(manager, manager.exit_tree, loss)


def _protected(manager: Manager, leaks: Sequence[Leak]) -> Rewrite:
    """The manager with the clean-up of its first yield that leaks in a `finally`. Raises NoRewrite."""
    parts = split(manager, [leak for leak in leaks if leak.site is leaks[0].site])
    if parts.obstacle is not None:
        raise NoRewrite(parts.obstacle)
    lines = set(parts.cleanup_lines)
    moved = frozenset(site for site in manager.graph.sites if site.span.line in lines)
    doubts = (parts.doubt,) if parts.doubt is not None else ()
    if any(map(speaks_of_finally, parts.cleanup_statements)):
        doubts = (*doubts, "a comment there speaks of a `finally`, so somebody has thought of it")
    beside = Alongside.of(manager, leaks[0].site)
    alongside = frozenset(site for site in moved if beside.cleans_up(site.event))
    unset = frozenset(name for level in parts.levels for name in level.unset)
    text = wrapped(manager.tree, parts.levels)
    return Rewrite(manager.tree, text, moved, doubts=doubts, alongside=alongside, unset=unset)


def _repaired(manager: Manager, shape: _Shape[_L]) -> Proposal:
    current, steps = manager, list[Rewrite]()
    first = left = shape.find(manager)
    try:
        while left and len(steps) < _MAX_ROUNDS:
            steps.append(shape.rewrite(current, left))
            current = _again(current, steps[-1])
            left = shape.find(current)
    except NoRewrite as reason:
        return Proposal(None, as_written(str(reason)))
    except NotAnalysed as reason:
        return Proposal(None, f"the repaired function could not be analysed: {reason}")
    title, changes = as_written(shape.title), _changes(manager, current)
    try:
        if left:
            raise NoCertificate(still_lost(left[0].obligation))
        lost = [loss.obligation for loss in first]
        certificate = certify(manager.graph, current.graph, _change(lost, shape.failing, steps))
    except NoCertificate as reason:
        return Proposal(Fix(Applicability.DISPLAY_ONLY, title, changes, None), as_written(str(reason)))
    title, changes = _with_stack(manager, current, shape, title) or (title, changes)
    doubts = doubts_of(steps, certificate, [one for one in lost if not _moves_anyway(one, shape.anyway)])
    if doubts:
        return Proposal(Fix(Applicability.UNSAFE, title, changes, certificate), as_written(doubts[0]))
    return Proposal(Fix(Applicability.SAFE, title, changes, certificate), None)


def _with_stack(
    manager: Manager, nested: Manager, shape: _Shape[_L], title: str
) -> tuple[str, tuple[Edit, ...]] | None:
    """Title and changes with an ExitStack, where the nested form is too deep and nothing is lost in it."""
    found = stacked(manager, nested)
    if found is None:
        return None
    try:
        current = _again(nested, found.rewrite)
    except NotAnalysed:
        return None
    if current.leaks or shape.find(current) or any(True for _ in setup_losses(current)):
        return None
    if any(True for _ in broken_chains(current)):
        return None
    importing = (found.importing,) if found.importing is not None else ()
    return f"{title}, in an ExitStack", (*importing, *_changes(manager, current))


def _moves_anyway(obligation: Obligation, lines: frozenset[int]) -> bool:
    return all(site.span.line in lines for site in obligation.releases)


def _change(lost: Sequence[Obligation], failing: Sequence[Site], steps: Sequence[Rewrite]) -> Change:
    moved = {site for step in steps for site in step.moved}
    dropped = {site for step in steps for site in step.dropped}
    alongside = {site for step in steps for site in step.alongside}
    unset = {name for step in steps for name in step.unset}
    respelled = {new: old for step in steps for new, old in step.respelled.items()}
    return Change(lost, failing, moved, dropped, alongside, unset, respelled)


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
