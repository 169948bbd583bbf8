"""What around a clean-up says that it may be meant for success only, or that what is lost may be no loss.

Words: a comment at it, or the docstring of the manager, tells what happens on success or after an exception. Structure:
a `finally` stands around the yield already, and whoever wrote it left this out. Owner: what is removed stands in a
folder of the function around, or is known to another class by its key alone, and either may do away with all at once.
Product: closing a document writes it, whatever the body has made of it. Each has a repair shown and not applied; may
stand in the way of one that is right.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import libcst as cst

from cmlint.fix.moving.split import split
from cmlint.fix.places.blocks import comments_in
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.paths.leaks import Leak
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Event, Store
from cmlint.flow.reading.naming import counts, words_of
from cmlint.flow.reading.scope import Origin
from cmlint.flow.reading.syntax import own_nodes

_TRY = re.compile(r"\btry\s*[/-]\s*finally|`finally`|\bfinally\s+(?:block|clause)", re.IGNORECASE)
_ON_SUCCESS = re.compile(
    r"\b(?:on|upon)\s+success\b|\bsuccess[ -]only\b|\bif\s+successfully\b"
    r"|\b(?:completes?|ends?|exits?|finish(?:es)?|leaves|left|terminate[sd]?)\s+(?:success\w*|normally)\b"
    r"|\b(?:exits?|left|leaves|ends|terminates)\s+(?:\w+\s+){0,2}with\s+(?:an?\s+)?(?:exception|error)\b"
    r"|\bunless\s+(?:\w+\s+){0,4}(?:raise[sd]?|fail\w*|errors?|exceptions?)\b|\bafter\s+an?\s+successful\b"
    r"|\bonly\s+(?:\w+\s+){0,3}(?:if|when|after|on|once)\s+(?:\w+\s+){0,4}(?:pass(?:es|ed)?|succe\w+)\b"
    r"|\b(?:if|when)\s+no\s+(?:exceptions?|errors?)\b|\bnot\s+(?:reached|run|called|executed)\s+(?:when|if|after)\b",
    re.IGNORECASE,
)
_KEEPING = re.compile(
    r"\b(?:(?:keep(?:s|ing)?|kept)(?!\s+(?:\w+\s+)?(?:track|mind|going|running|alive|count|record|up)\b)"
    r"|(?:leav(?:e|es|ing)|(?<!not )(?<!never )left)(?!\s+(?:\w+\s+)?(?:context|block|body|with|scope)\b)"
    r"|preserv(?:e|es|ed|ing)|retain(?:s|ed|ing)?|surviv(?:e|es|ed)"
    r"|remains?|stays?|(?:not|never|n't|without|skip(?:s|ped)?)\s+(?:\w+\s+){0,2}(?:clean|remov|delet|clos|releas|destroy"
    r"|restor|reset|unlink|stopp|torn|tear)\w*)\b",
    re.IGNORECASE,
)
_FOR_LATER = re.compile(
    r"\b(?:fail(?:s|ed|ure|ures|ing)?|errors?(?!\s+(?:messages?|output|logs?|logging|visible|codes?))|exceptions?"
    r"|raise[sd]?|crash(?:es|ed)?|debug(?:ging|ged)?(?!\s+(?:logs?|level|mode))"
    r"|inspect(?:ion|ed|ing)?|post[ -]?mortem|autopsy|troubleshoot\w*|diagnos(?!tics?\b)\w+"
    r"|wrong(?!\s+to)|look\s+(?:at|into)"
    r"|not\s+(?:pass|succeed)|for\s+(?:\w+\s+)?analysis|examin\w+)\b",
    re.IGNORECASE,
)
_ANYWAY = re.compile(
    r"\b(?:runs?|called|closed|released|removed|restored|detached|reset)\s+even\s+(?:if|when)\b"
    r"|\bnever\s+(?:bypass|skip|miss)\w*\s+(?:the\s+)?clean",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:(?:(?:must|may|shall|should|does|do|did|will|can)\s+not|never|cannot|\w+n't)\s+$"
    r"|no\s+(?:[\w-]+\s+){1,4}(?:is|are|gets?)\s+$)",
    re.IGNORECASE,
)
_ON_ITS_OWN = re.compile(r"(?:not|never|n't|without|skip)", re.IGNORECASE)  # says itself that a release is left out
_FIELD = re.compile(r":raises?\s+[^:]*:")  # of a docstring for Sphinx: what the setup raises
_SENTENCE = re.compile(r"[.!?;](?:\s|$)|\n\s*\n")
_NEAR = 12  # words
_JOINING = re.compile(r"(?:os\.path\.join\(\s*)?(?P<folder>[A-Za-z_]\w*)(?:\s*/|\s*,|\.joinpath\()")
_DOCUMENTS = frozenset({"workbook", "document", "spreadsheet", "canvas", "presentation"})
_SURE = frozenset({"knowledge base", "token", "restored state"})
_ATTEMPT = (cst.Try, cst.TryStar)


def speaks_against(manager: Manager, leaks: Sequence[Leak]) -> Iterator[str]:
    """What speaks against releasing what `leaks` lose after an exception as well, in words."""
    if _ON_SUCCESS.search(_docstring(manager)):
        yield "the docstring says what happens on success or after an exception, so somebody has thought of it"
    said = (_docstring(manager), *_comments(manager, leaks))
    if any(map(_is_kept_by_intent, said)):
        yield "the words there say that it is kept after a failure, so that may be meant"
    yield from _said_in_comments(manager, leaks)
    for leak in leaks:
        if _is_left_out(manager, leak):
            names = _texts(leak.skipped)
            yield f"a `finally` stands around the `yield` already, and `{names}` was left out of it"
        yield from _of_the_owner(manager, leak.obligation)


def _said_in_comments(manager: Manager, leaks: Sequence[Leak]) -> Iterator[str]:
    """What comments at the clean-up say of exceptions, as one does that says why there is no `finally`."""
    whole = manager.tree.slice.text
    if not _TRY.search(whole) and not _ON_SUCCESS.search(whole):
        return
    for yielding in dict.fromkeys(leak.site.index for leak in leaks):
        parts = split(manager, [leak for leak in leaks if leak.site.index == yielding])
        comments = " ".join(c.lstrip("# ") for each in parts.cleanup_statements for c in comments_in(each))
        if _TRY.search(comments):
            yield "a comment there speaks of a `finally`, so somebody has thought of it"
        if _ON_SUCCESS.search(comments):
            yield "a comment there says what happens on success or after an exception, so somebody has thought of it"


def _comments(manager: Manager, leaks: Sequence[Leak]) -> Iterator[str]:
    """The comments at the acquisitions, and at the yield or behind it; those in consecutive lines are one."""
    lines = [line.strip() for line in manager.tree.slice.text.splitlines()]
    first = manager.tree.slice.first_line
    acquired = {leak.acquire.span.line - first for leak in leaks}
    yielding = min((leak.site.span.line - first for leak in leaks), default=len(lines))
    near = {*_with_comments_above(acquired | {yielding}, lines), *range(max(yielding, 0), len(lines))}
    said = [line if number in near else "" for number, line in enumerate(lines)]
    for is_comment, group in groupby(said, key=lambda line: line.startswith("#")):
        if is_comment:
            yield " ".join(line.lstrip("#: ") for line in group)
        else:
            yield from (line.partition("  #")[2] for line in group if "  #" in line)


def _with_comments_above(numbers: Iterable[int], lines: Sequence[str]) -> Iterator[int]:
    """The lines (0-based) with those of the comments that stand right above them."""
    for number in numbers:
        above = number
        while 0 < above <= len(lines) and lines[above - 1].startswith("#"):
            above -= 1
        yield from range(above, number + 1)


def _is_kept_by_intent(words: str) -> bool:
    """Whether one sentence speaks of keeping something and, near that, of a failure, or of looking at it later.

    What happens even if something fails happens always.
    """
    return any(map(_speaks_of_both, _SENTENCE.split(_FIELD.sub(". ", words))))


def _speaks_of_both(sentence: str) -> bool:
    if _ANYWAY.search(sentence):
        return False
    later = list(_FOR_LATER.finditer(sentence))
    keeping = [kept for kept in _KEEPING.finditer(sentence) if not _is_denied(sentence, kept)]
    return any(_are_near(sentence, kept, other) for kept in keeping for other in later)


def _is_denied(sentence: str, kept: re.Match[str]) -> bool:
    """Whether it is said not to be kept: "must not leave it behind", "no connection is retained"."""
    return not _ON_ITS_OWN.match(kept[0]) and _DENIED.search(sentence[: kept.start()]) is not None


def _are_near(sentence: str, one: re.Match[str], other: re.Match[str]) -> bool:
    between = sentence[min(one.end(), other.end()) : max(one.start(), other.start())]
    return len(between.split()) <= _NEAR


def _docstring(manager: Manager) -> str:
    body = manager.tree.function.body.body
    first = body[0] if body else None
    if not isinstance(first, cst.SimpleStatementLine) or not isinstance(first.body[0], cst.Expr):
        return ""
    value = first.body[0].value
    return manager.tree.code(value) if isinstance(value, (cst.SimpleString, cst.ConcatenatedString)) else ""


def _is_left_out(manager: Manager, leak: Leak) -> bool:
    """Whether the release stands with the yield in a `try` that has a `finally`, and names alone say it is one."""
    if leak.obligation.origin in _SURE or not all(_is_only_named(site.event) for site in leak.skipped):
        return False
    for node in own_nodes(manager.tree.function):
        if isinstance(node, _ATTEMPT) and node.finalbody is not None:
            inside = {id(each) for each in own_nodes(node.body)}
            if id(leak.site.statement) in inside and all(id(site.statement) in inside for site in leak.skipped):
                return True
    return False


def _is_only_named(event: Event) -> bool:
    """Whether a call is clean-up by its name alone: what the standard library does it does to the process, and what
    is counted up has to be counted down.
    """
    if not isinstance(event, Call) or counts(event.method):
        return False
    module, dot, _ = (event.dotted or "").partition(".")
    return not dot or module not in sys.stdlib_module_names


def _of_the_owner(manager: Manager, obligation: Obligation) -> Iterator[str]:
    made = [site.event for site in obligation.acquires]
    if obligation.origin == "removal":
        folders = [name for event in made for name in _folders(event) if _is_of_the_function_around(name, manager)]
        yield from (
            f"`{obligation.object}` is in `{one}` of the function around, which may go as a whole" for one in folders
        )
        removals = [site.event for site in obligation.releases]
        by_key = next((event for event in removals if _is_bare_verb_of_self(event, manager)), None)
        if by_key is not None and all(_is_of_self(event, manager) for event in made):
            yield f"`{by_key.text}` is told a key only, and what else removes it is not in the code"
    if obligation.origin == "disposal":
        documents = [event for event in made if isinstance(event, Call) and _makes_document(event)]
        yield from (f"closing `{each.text}` writes it, and the body may have made half of it" for each in documents)


def _folders(event: Event) -> Iterator[str]:
    """The folder that a path is joined to by its name: `folder / "name"`, `os.path.join(folder, "name")`."""
    text = event.value.text if isinstance(event, Store) else ""
    found = _JOINING.match(text)
    if found is not None:
        yield found["folder"]


def _is_of_the_function_around(name: str, manager: Manager) -> bool:
    parent = manager.subject.definition.parent
    nested = parent is not None and not parent.is_class and name not in manager.scope.visible
    return nested and manager.scope.origin(name) is Origin.OUTSIDE


def _is_of_self(event: Event, manager: Manager) -> bool:
    receiver = event.receiver if isinstance(event, Call) else None
    return receiver is not None and "." not in receiver and manager.scope.origin(receiver) is Origin.SELF


def _is_bare_verb_of_self(event: Event, manager: Manager) -> bool:
    """Whether a method of the same object is called that does not say in its name what it removes."""
    return isinstance(event, Call) and _is_of_self(event, manager) and len(words_of(event.method)) == 1


def _makes_document(event: Call) -> bool:
    return event.method[:1].isupper() and not _DOCUMENTS.isdisjoint(words_of(event.method)[-1:])


def _texts(skipped: Sequence[Site]) -> str:
    return "`, `".join(dict.fromkeys(site.event.text for site in skipped))
