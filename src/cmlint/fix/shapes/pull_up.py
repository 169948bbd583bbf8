"""CML104: the `try` that protects begins right behind the acquisition.

The statements between the two move into it. Where its `finally` releases something else as well, which is acquired
later, a second `try` around the first one holds the release that comes last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.fix.moving.excess import more_when_setup_fails, releases_later, undone_later
from cmlint.fix.moving.mixture import releasing
from cmlint.fix.places.blocks import bound_in, names_in, path_to, sites_in
from cmlint.fix.places.rewrite import NoRewrite, Rewrite
from cmlint.fix.shapes.wrap import lines_above, replaced_block, try_finally
from cmlint.fix.telling.labels import labels
from cmlint.flow.losses.setup import SetupLoss
from cmlint.flow.lowering.graph import Way
from cmlint.flow.manager import Manager
from cmlint.flow.paths.search import Attempt
from cmlint.flow.reading.events import Raise, Store

_OTHER_ORDER = "the `finally` undoes this before what comes later; a `try` of its own would turn that order round"
_Statement = cst.BaseStatement | cst.BaseSmallStatement


@dataclass(frozen=True)
class _Place:
    """The protecting `try` at position `at` of `block`, and the positions before it that move into it."""

    block: cst.IndentedBlock
    at: int
    first: int
    protection: cst.Try

    @property
    def between(self) -> Sequence[_Statement]:
        return self.block.body[self.first : self.at]


def with_try_pulled_up(manager: Manager, loss: SetupLoss) -> Rewrite:
    """Protect what `loss` loses from its acquisition on. Raises NoRewrite."""
    place = _place(manager, loss)
    between = [site for step in place.between for site in sites_in(step, manager.graph.sites)]
    if labels(between) & labels(loss.obligation.releases):
        raise NoRewrite("a later step of the setup undoes it already in some case, so it could be undone twice")
    final = place.protection.finalbody
    assert final is not None
    own = _own_release(manager, loss, final)
    rest = final.body.body[: len(final.body.body) - len(own)]
    if own and not _needed(manager, own, [*place.between, place.protection.body, *rest]):
        new: list[_Statement] = [_around(place, own, manager.tree.indent)]
        cleanup: Sequence[_Statement] = own
    elif releases_later(manager, loss.obligation, [final], place.between):
        raise NoRewrite(_OTHER_ORDER if not own else "the `finally` also releases what is not acquired yet")
    else:
        name = _needed(manager, final.body.body, [*place.between, place.protection.body])
        if name:
            raise NoRewrite(f"the `finally` needs `{name}`, which is not bound yet when the setup fails")
        new = [_pulled(place)]
        cleanup = final.body.body
    _check_undone(manager, cleanup, place.between)
    statements = [*place.block.body[: place.first], *new, *place.block.body[place.at + 1 :]]
    moved = {site for statement in cleanup for site in sites_in(statement, manager.graph.sites)}
    text = replaced_block(manager.tree, place.block, statements)
    return Rewrite(manager.tree, text, frozenset(moved), doubts=_doubts(manager, loss, cleanup))


def with_each_pulled_up(manager: Manager, losses: Sequence[SetupLoss]) -> Rewrite:
    """Protect each of `losses`, which one `try` releases, from its own acquisition on. Raises NoRewrite.

    Where its `finally` ends with their releases, last acquired first, each gets a `try` around all that follows.
    """
    places = [_place(manager, loss) for loss in losses]
    block, at, protection = places[0].block, places[0].at, places[0].protection
    firsts = [place.first for place in places]
    if any(place.protection is not protection for place in places) or firsts != sorted(set(firsts)):
        raise NoRewrite("they are not acquired one after the other for one `try`")
    assert protection.finalbody is not None
    rest, owns = _apart(manager, losses, protection.finalbody)
    new = _with_rest(protection, rest)
    doubts: list[str] = []
    for loss, first, end, own in reversed(list(zip(losses, firsts, [*firsts[1:], at], owns, strict=True))):
        between = block.body[first:at]
        released = labels(site for step in between for site in sites_in(step, manager.graph.sites))
        if released & labels(loss.obligation.releases) or _needed(manager, own, [*between, protection.body, *rest]):
            raise NoRewrite("one of them needs, or is undone by, what comes later")
        _check_undone(manager, own, between)
        doubts += _doubts(manager, loss, own)
        new = [try_finally([*block.body[first:end], *new], own, manager.tree.indent)]
    statements = [*block.body[: firsts[0]], *new, *block.body[at + 1 :]]
    moved = {site for own in owns for step in own for site in sites_in(step, manager.graph.sites)}
    text = replaced_block(manager.tree, block, statements)
    return Rewrite(manager.tree, text, frozenset(moved), doubts=tuple(doubts))


def _check_undone(manager: Manager, cleanup: Sequence[cst.CSTNode], between: Sequence[cst.CSTNode]) -> None:
    undone = undone_later(manager, cleanup, between)
    if undone is not None:
        raise NoRewrite(f"the `finally` also undoes `{undone}`, which a later step of the setup does")


def _doubts(manager: Manager, loss: SetupLoss, cleanup: Sequence[_Statement]) -> tuple[str, ...]:
    """What speaks against running the clean-up when the setup fails: it does more than to release what is lost."""
    line = more_when_setup_fails(manager.tree, cleanup, manager.graph.sites, releasing([loss.obligation]))
    return () if line is None else (f"line {line} would also run when the rest of the setup fails",)


def _apart(
    manager: Manager, losses: Sequence[SetupLoss], final: cst.Finally
) -> tuple[list[_Statement], list[list[_Statement]]]:
    """The start of the `finally`, and behind it what each of `losses` is released by, told in their order."""
    rest: list[_Statement] = list(final.body.body)
    owns = []
    for loss in losses:
        wanted = releasing([loss.obligation])
        first = len(rest)
        while first and any(site.index in wanted for site in sites_in(rest[first - 1], manager.graph.sites)):
            first -= 1
        if first == len(rest):
            raise NoRewrite(_OTHER_ORDER)
        owns.append(rest[first:])
        rest = rest[:first]
    return rest, owns


def _with_rest(protection: cst.Try, rest: Sequence[cst.CSTNode]) -> list[_Statement]:
    """The `try` with what is left of its `finally`; what it holds where nothing is."""
    assert protection.finalbody is not None and isinstance(protection.finalbody.body, cst.IndentedBlock)
    if rest:
        final = protection.finalbody.with_changes(body=protection.finalbody.body.with_changes(body=rest))
        return [protection.with_changes(finalbody=final)]
    first, *others = protection.body.body
    return [_with_lines(first, protection.leading_lines), *others]


def _needed(manager: Manager, cleanup: Sequence[cst.CSTNode], binding: Sequence[cst.CSTNode]) -> str | None:
    """What the clean-up reads and only the statements in `binding` bind: a name, an attribute, an item."""
    read = {name for statement in cleanup for name in names_in(statement)}
    names = {name for statement in binding for name in bound_in(statement)} & read
    text = " ".join(manager.tree.code(statement) for statement in cleanup)
    stores = (s.event for statement in binding for s in sites_in(statement, manager.graph.sites))
    places = {e.target for e in stores if isinstance(e, Store) and not e.target.isidentifier() and e.target in text}
    return min(names | places, default=None)


def _place(manager: Manager, loss: SetupLoss) -> _Place:
    body = manager.tree.function.body
    acquiring = path_to(body, loss.acquire.statement)
    for block, index in acquiring[-1:]:
        for at in range(index + 1, len(block.body)):
            statement = block.body[at]
            if isinstance(statement, cst.Try) and _releases(manager, loss, statement):
                if statement.handlers or statement.orelse:
                    raise NoRewrite("the handlers of the `try` would also see what the setup raises")
                _check_suites(statement)
                return _Place(block, at, _behind_questions(manager, loss, block, index + 1, at), statement)
    raise NoRewrite("the `try` that releases it stands in another block than the acquisition, and can't begin there")


def _behind_questions(manager: Manager, loss: SetupLoss, block: cst.IndentedBlock, first: int, at: int) -> int:
    """The position behind those steps that only ask whether it was acquired, and raise when it was not."""
    attempt = Attempt.of(loss.obligation)
    while first < at:
        step = block.body[first]
        if not isinstance(step, cst.If) or step.orelse is not None:
            break
        sites = sites_in(step, manager.graph.sites)
        asks = any(attempt.failed(s.event, way) for s in sites for way in (Way.TRUE, Way.FALSE))
        if not asks or not any(isinstance(site.event, Raise) for site in sites):
            break
        first += 1
    return first


def _check_suites(protection: cst.Try) -> None:
    suites = [protection.body, *([protection.finalbody.body] if protection.finalbody else [])]
    if not all(isinstance(suite, cst.IndentedBlock) for suite in suites):
        raise NoRewrite("a part of the `try` shares the line of its keyword")


def _releases(manager: Manager, loss: SetupLoss, statement: cst.Try) -> bool:
    if statement.finalbody is None:
        return False
    inside = {site.index for site in sites_in(statement.finalbody, manager.graph.sites)}
    return any(site.index in inside for site in loss.obligation.releases)


def _own_release(manager: Manager, loss: SetupLoss, final: cst.Finally) -> list[_Statement]:
    """The statements at the end of the `finally` from the first one that releases; nothing when others follow."""
    wanted = releasing([loss.obligation])
    sites = manager.graph.sites
    holding = [any(site.index in wanted for site in sites_in(step, sites)) for step in final.body.body]
    first = holding.index(True) if True in holding else 0
    return list(final.body.body[first:]) if first and all(holding[first:]) else []


def _pulled(place: _Place) -> cst.Try:
    body = place.protection.body
    assert isinstance(body, cst.IndentedBlock)
    statements: list[_Statement] = [*place.between, *body.body]
    above, first = lines_above(statements[0])
    leading = place.protection.leading_lines
    rest = (_with_lines(s, leading) if s is body.body[0] else s for s in statements[1:])
    moved = body.with_changes(body=[first, *rest])
    return place.protection.with_changes(body=moved, leading_lines=above)


def _with_lines(statement: _Statement, lines: Sequence[cst.EmptyLine]) -> _Statement:
    """The lines that stood above the `try` stay where they were: above what now follows."""
    return statement.with_changes(leading_lines=[*lines, *getattr(statement, "leading_lines", ())])


def _around(place: _Place, own: list[_Statement], indent: str) -> cst.Try:
    final = place.protection.finalbody
    assert final is not None
    rest = final.body.body[: len(final.body.body) - len(own)]
    assert rest
    return try_finally([*place.between, *_with_rest(place.protection, rest)], own, indent)
