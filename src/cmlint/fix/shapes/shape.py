"""Brings one shape of repair to its end: rewrite, analyse again, until nothing is lost, and certify the result.

Where several steps are needed (a manager with several yields), the certificate compares the source with the final
result. What can't be rewritten, or gets no certificate, is explained in words instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from cmlint.findings import Applicability, Edit, Fix
from cmlint.fix.certificate.certify import NoCertificate, certify, still_lost
from cmlint.fix.certificate.change import Change
from cmlint.fix.places.blocks import deepest
from cmlint.fix.places.rewrite import NoRewrite, Rewrite
from cmlint.fix.places.titles import titled
from cmlint.fix.shapes.joined import set_apart
from cmlint.fix.shapes.stacked import stacked
from cmlint.fix.shapes.wrap import edits
from cmlint.fix.speaking.doubts import doubts_of
from cmlint.flow.losses.chain import broken_chains
from cmlint.flow.losses.setup import setup_losses
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager, analyse
from cmlint.flow.obligations.lifespans import is_lifespan
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.renaming import as_written
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.tree import NotAnalysed, Tree
from cmlint.outline import Slice

TOO_DEEP = "more `try` would stand in each other than Python compiles; an ExitStack would hold the releases"
MOST_NESTED = 15  # CPython takes 20, and counts some twice
_MAX_ROUNDS = 8
_WORTH = (Applicability.DISPLAY_ONLY, Applicability.UNSAFE, Applicability.SAFE)


@dataclass(frozen=True)
class Proposal:
    """A fix, or the reason why there is none; a fix that is not safe has both."""

    fix: Fix | None
    reason: str | None


class _Loss(Protocol):
    """What a pass found to be lost: a leak, a setup loss, a broken chain, a narrow clean-up."""

    @property
    def obligation(self) -> Obligation:
        """What is held, and to be released."""


_L = TypeVar("_L", bound=_Loss)


@dataclass(frozen=True)
class Shape(Generic[_L]):
    """One way to repair; `title` is for steps that have none of their own.

    find: what is lost, and has to be gone in the end; failing: where something raises then; rewrite: brings the
    manager one step nearer, given what is lost in it; anyway: the lines that become clean-up without what is unsure;
    against: what the code says against it, so that the repair is only shown; cleaning: those of `failing` that are
    steps of the clean-up.
    """

    title: str
    failing: Sequence[Site]
    find: Callable[[Manager], Sequence[_L]]
    rewrite: Callable[[Manager, Sequence[_L]], Rewrite]
    anyway: frozenset[int] = frozenset()
    against: str | None = None
    cleaning: Sequence[Site] = ()


def repaired(manager: Manager, shape: Shape[_L]) -> Proposal:
    """The manager repaired by one shape, or why it is not; joined lines are taken apart only where that helps."""
    found = _attempt(manager, shape, ())
    if found.reason is None:
        return found
    try:
        apart = tuple(set_apart(manager, [loss.obligation for loss in shape.find(manager)]))
    except NoRewrite as reason:
        return found if found.fix is not None else Proposal(None, as_written(str(reason)))
    other = _attempt(manager, shape, apart) if apart else found
    return other if _worth(other) > _worth(found) else found


def _worth(proposal: Proposal) -> int:
    """No fix is worth less than one that is only shown, that less than an unsafe one, and that less than a safe one."""
    return -1 if proposal.fix is None else _WORTH.index(proposal.fix.applicability)


def _attempt(manager: Manager, shape: Shape[_L], apart: Sequence[Rewrite]) -> Proposal:
    """The manager repaired by one shape after the steps of `apart`, or why it is not."""
    current, steps = manager, list[Rewrite]()
    first = shape.find(manager)
    try:
        for step in apart:
            current = again(current, step)
        left = shape.find(current) if apart else first
        while left and len(steps) < _MAX_ROUNDS:
            steps.append(shape.rewrite(current, left))
            current = again(current, steps[-1])
            left = shape.find(current)
    except NoRewrite as reason:
        return Proposal(None, as_written(str(reason)))
    except NotAnalysed as reason:
        return Proposal(None, f"the repaired function could not be analysed: {reason}")
    title, changes = as_written(titled(shape.title, steps)), changes_between(manager, current)
    try:
        if left:
            raise NoCertificate(still_lost(left[0].obligation))
        lost = [loss.obligation for loss in first]
        certificate = certify(manager.graph, current.graph, _change(lost, shape, steps, manager.scope))
    except NoCertificate as reason:
        return Proposal(Fix(Applicability.DISPLAY_ONLY, title, changes, None), as_written(str(reason)))
    flat = _with_stack(manager, current, shape, title)
    if flat is None and _is_too_deep(current):
        return Proposal(None, TOO_DEEP)
    title, changes = flat or (title, changes)
    if shape.against is not None:
        return Proposal(Fix(Applicability.DISPLAY_ONLY, title, changes, certificate), as_written(shape.against))
    doubts = doubts_of(steps, certificate, [one for one in lost if not _moves_anyway(one, shape.anyway)])
    if doubts:
        return Proposal(Fix(Applicability.UNSAFE, title, changes, certificate), as_written(doubts[0]))
    return Proposal(Fix(Applicability.SAFE, title, changes, certificate), None)


def _with_stack(manager: Manager, nested: Manager, shape: Shape[_L], title: str) -> tuple[str, tuple[Edit, ...]] | None:
    """Title and changes with an ExitStack, where the nested form is too deep and nothing is lost in it."""
    try:
        found = stacked(manager, nested)
        if found is None:
            return None
        current = again(nested, found.rewrite)
    except (NoRewrite, NotAnalysed):
        return None
    if current.leaks or shape.find(current) or any(True for _ in setup_losses(current)):
        return None
    if any(True for _ in broken_chains(current)):
        return None
    importing = (found.importing,) if found.importing is not None else ()
    return f"{title}, in an ExitStack", (*importing, *changes_between(manager, current))


def _is_too_deep(manager: Manager) -> bool:
    return any(deepest(tree.function) > MOST_NESTED for tree in manager.trees)


def _moves_anyway(obligation: Obligation, lines: frozenset[int]) -> bool:
    return all(site.span.line in lines for site in obligation.releases)


def _change(lost: Sequence[Obligation], shape: Shape[_L], steps: Sequence[Rewrite], scope: Scope) -> Change:
    moved = {site for step in steps for site in step.moved}
    dropped = {site for step in steps for site in step.dropped}
    alongside = {site for step in steps for site in step.alongside}
    unset = {name for step in steps for name in step.unset}
    respelled = {new: old for step in steps for new, old in step.respelled.items()}
    return Change(
        lost, shape.failing, moved, dropped, alongside, unset, respelled, shape.cleaning, at_shutdown=is_lifespan(scope)
    )


def again(manager: Manager, step: Rewrite) -> Manager:
    """The manager with the new source of one of its functions. Raises NotAnalysed."""
    entering, leaving = manager.tree, manager.exit_tree
    entry = _slice(entering, step.text if step.tree is entering else entering.slice.text)
    if leaving is None:
        return analyse(manager.subject, [entry])
    exit_ = _slice(leaving, step.text if step.tree is leaving else leaving.slice.text)
    return analyse(manager.subject, [entry], [exit_])


def _slice(tree: Tree, text: str) -> Slice:
    return Slice(text, tree.slice.first_line, tree.slice.offset, tree.slice.indent)


def changes_between(old: Manager, new: Manager) -> tuple[Edit, ...]:
    """The edits that make the one source of the other, in the order of the file."""
    changes = edits(old.tree, new.tree.slice.text)
    if old.exit_tree is not None and new.exit_tree is not None:
        changes = (*changes, *edits(old.exit_tree, new.exit_tree.slice.text))
    return tuple(sorted(changes, key=lambda edit: edit.start))
