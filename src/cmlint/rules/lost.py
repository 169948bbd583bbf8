"""The finding about what a manager loses when the body raises: its message, its witness, its lines.

One finding for each manager and rule: the leaks of the rule's kinds at the first yield that has any. A weak one neither
hides a strong one nor is named beside it, though its lines are clean-up as well. Where nothing is lost after every
exception, but something after those that a handler is too narrow for, that is the finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from cmlint.findings import Confidence, Finding, Role, Step, listed
from cmlint.fix.places.levels import Split, lines_of
from cmlint.flow.losses.narrow import NarrowCleanup
from cmlint.flow.losses.unplaced import unplaced
from cmlint.flow.losses.unread import unread
from cmlint.flow.losses.unwaited import unwaited
from cmlint.flow.manager import Manager
from cmlint.flow.paths.leaks import Leak
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.renaming import as_written
from cmlint.rules.finding import definition_span, least, of_one_yield, told_once, where

_OF_IT = re.compile(r"\bit\b")  # in what waits for one thing


def lost_when_body_raises(manager: Manager, code: str, name: str, kinds: frozenset[str]) -> Iterator[Finding]:
    """The finding for the leaks whose kind is in `kinds`, if there is any."""
    if manager.exit_tree is not None:
        return  # a class that releases for some exceptions only is CML106's
    always = [leak for leak in manager.leaks if leak.obligation.kind in kinds]
    if any(leak.obligation.confidence is not Confidence.LOW for leak in always):
        yield _lost_after_all(manager, (code, name), always)
        return
    sometimes = of_one_yield(narrow for narrow in manager.narrow_cleanups if narrow.obligation.kind in kinds)
    if sometimes and not (always and sometimes[0].confidence is Confidence.LOW):
        yield _lost_after_some(manager, (code, name), sometimes)
    elif always:
        yield _lost_after_all(manager, (code, name), always)


def _lost_after_all(manager: Manager, rule: tuple[str, str], mine: Sequence[Leak]) -> Finding:
    """What no handler around the yield releases."""
    site = mine[0].site
    mine = [leak for leak in mine if leak.site is site]
    others = [leak for leak in manager.leaks if leak.site is site]
    parts, all_parts = _split(manager, mine), _split(manager, others)
    mine = [leak for leak in mine if leak.obligation.confidence is not Confidence.LOW] or mine
    cleanup = parts.cleanup_lines or lines_of(site.span for leak in mine for site in leak.skipped)
    return _finding(manager, rule, mine, cleanup=cleanup, success=all_parts.success_only_lines)


def _lost_after_some(manager: Manager, rule: tuple[str, str], found: Sequence[NarrowCleanup]) -> Finding:
    """What the handlers around the yield release after some exceptions only: CML106 names the handler."""
    mine = [Leak(each.obligation, each.acquire, each.site, each.skipped, swallowed=False) for each in found]
    parts = _split(manager, mine)
    cleanup = parts.cleanup_lines or lines_of(site.span for leak in mine for site in leak.skipped)
    lost = _finding(manager, rule, mine, cleanup=cleanup, success=parts.success_only_lines, when=_when(found[0]))
    return replace(lost, confidence=least(each.confidence for each in found))


def _split(manager: Manager, leaks: Sequence[Leak]) -> Split:
    from cmlint.fix.moving.split import split  # needed only where something is lost, as what it needs is

    return split(manager, leaks)


def unplaced_when_body_raises(manager: Manager, code: str, name: str) -> Iterator[Finding]:
    """The finding for the temporaries that are only moved to their place when all goes well, if there is any."""
    mine, moves = _at_the_first_yield(unplaced(manager))
    if mine:
        yield _finding(manager, (code, name), mine, cleanup=(), success=moves)


def unread_when_body_raises(manager: Manager, code: str, name: str) -> Iterator[Finding]:
    """The finding for the processes, tasks and threads that are only waited for when all goes well, if there is any."""
    mine, waits = _at_the_first_yield(chain(unread(manager), unwaited(manager)))
    if mine:
        yield _finding(manager, (code, name), mine, cleanup=waits, success=())


def _at_the_first_yield(found: Iterator[Leak]) -> tuple[list[Leak], tuple[int, ...]]:
    """The leaks at the first yield that has any, and the lines that are skipped."""
    leaks = list(found)
    mine = [leak for leak in leaks if leak.site is leaks[0].site]
    return mine, lines_of(site.span for leak in mine for site in leak.skipped)


def _when(narrow: NarrowCleanup) -> str:
    if narrow.ending:
        *first, last = narrow.ending
        return f"when the body ends with {', '.join(first)} or {last}" if first else f"when the body ends with {last}"
    which = "an exception that the handler does not stop" if narrow.passed else "some exceptions"
    return f"when the body raises {which}"


def _finding(
    manager: Manager,
    rule: tuple[str, str],
    mine: Sequence[Leak],
    *,
    cleanup: tuple[int, ...],
    success: tuple[int, ...],
    when: str = "when the body raises",
) -> Finding:
    definition = manager.subject.definition
    return Finding(
        code=rule[0],
        name=rule[1],
        message=as_written(_message(mine, when)),
        kind=mine[0].obligation.kind,
        confidence=least(leak.obligation.confidence for leak in mine),
        path="",
        span=mine[0].site.span,
        qualname=manager.qualname,
        witness=tuple(_witness(manager, mine)),
        cleanup_lines=cleanup,
        success_only_lines=success,
        noqa_lines=tuple(range(definition.first_line, definition.line + 1)),
    )


def _message(leaks: Sequence[Leak], when: str) -> str:
    words = [leak.obligation.words for leak in leaks]
    hanging = {word.what for word in words if word.hangs}
    held = hanging or {word.what for word in words if word.waits}
    who = "at exit the interpreter" if hanging else "leaving the `with`"
    waiting = f"; {who} then waits for {'it' if len(held) == 1 else 'them'} for ever" if held else ""
    return f"{_losses(leaks)} {when}{waiting}"


def _losses(leaks: Sequence[Leak]) -> str:
    by_loss: dict[str, list[str]] = {}
    unset: list[str] = []
    for leak in told_once(leaks):
        words = leak.obligation.words
        (unset if _only_tells(leak) else by_loss.setdefault(words.lost, [])).append(words.what)
    lost = [f"{listed(what)} {_plural(lost, len(set(what)))}" for lost, what in by_loss.items()]
    if not unset:
        return listed(lost)
    several = len(set(unset)) > 1
    said = f"{listed(unset)} {'are' if several else 'is'} not set"
    waiting = f"what waits for {'them' if several else 'it'} keeps running"
    return f"{listed(lost)}, as {said}" if lost else f"{said}, so {waiting}"


def _only_tells(leak: Leak) -> bool:
    """Whether what is lost is an event, which does not run by itself: something else ends when it is set."""
    made = leak.acquire.event
    return isinstance(made, Call) and (made.dotted or "").rpartition(".")[2] == "Event"


def _plural(lost: str, count: int) -> str:
    if count == 1:
        return lost
    verb, _, rest = lost.partition(" ")
    plural = {"is": "are", "keeps": "keep", "stays": "stay"}.get(verb, verb)
    return f"{plural} {rest}".rstrip()


def _witness(manager: Manager, leaks: Sequence[Leak]) -> Iterator[Step]:
    for leak in sorted(told_once(leaks), key=lambda leak: leak.acquire.span):
        acquired = "made" if _only_tells(leak) else leak.obligation.words.acquired
        yield Step(leak.acquire.span, Role.ACQUIRED, f"{acquired} {where(leak.acquire)}")
    yield Step(leaks[0].site.span, Role.RAISES, "the body raises, and the exception arrives here")
    skipped = {site.index: site for leak in leaks for site in leak.skipped}
    for site in sorted(skipped.values(), key=lambda site: site.span):
        yield Step(site.span, Role.SKIPPED, "skipped")
    yield Step(definition_span(manager), Role.LOST, as_written(_loss(manager, leaks)))


def _loss(manager: Manager, leaks: Sequence[Leak]) -> str:
    words = [leak.obligation.words for leak in leaks]
    waits = next((who for w in words if (who := w.hangs or w.waits)), None)
    if waits and len({word.what for word in words if word.hangs or word.waits}) > 1:
        waits = _OF_IT.sub("them", waits)
    waiting = f"; {waits} and waits for ever, so the process never ends" if waits else ""
    swallowed = " although the exception is dropped" if all(leak.swallowed for leak in leaks) else ""
    return f"`{manager.tree.function.name.value}` is left{swallowed}, and {_losses(leaks)}{waiting}"
