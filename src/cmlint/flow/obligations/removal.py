"""Obligations from removal: what was made or named here is removed after the yield.

`path = base + "/tmp"` ... `os.remove(path)`; `create_dataset(name)` ... `delete_dataset(name)`; `folder = mkdtemp()`
... `rmtree(folder)`. To remove something that was only found, received or copied (`queue.receive()` ...
`message.delete()`) is the purpose of a body that succeeded, and no obligation. May miss makers with other verbs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.disposing import names_another, says_removing
from cmlint.flow.obligations.lines import removes
from cmlint.flow.obligations.making import (
    CONVERTING,
    CREATING,
    NAMING,
    TEMPORARY,
    creates,
    is_called_temporary,
    makes_by_name,
)
from cmlint.flow.obligations.moved import is_moved_to
from cmlint.flow.obligations.written import WRITING, entered, written
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Enter, Event, Form, Store, Value, Yield
from cmlint.flow.reading.naming import MOVING, words_of
from cmlint.flow.reading.opened import OPENING
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

REMOVAL = "removal"  # the origin of these obligations
_KEPT = frozenset(
    {
        "backup",
        "backups",
        "bak",
        "orig",
        "original",
        "saved",
        "old",
        "journal",
        "checkpoint",
        "marker",
        "snapshot",
        "undo",
        "mark",
        "dirty",
        "unclean",
        "pending",
        "progress",
    }
)
_FINDING = frozenset(
    {"get", "find", "search", "which", "lookup", "glob", "list", "listdir", "read", "receive", "recv", "next", "pop"}
    | {"select", "choose", "pick", "input", "basename", "dirname", "expanduser", "move"}
    | {"copy", "rename", "getattr", "to", "as"}
)
_PUTTING = frozenset({"copy", "upload", "push", "put", "send", "write"})
OF_FILES = frozenset({"os.remove", "os.unlink", "os.rmdir", "shutil.rmtree"})
_MAKING_UP = re.compile(r"\brandom\b|\buuid[14]?\b|\btoken_(?:hex|urlsafe)\b")  # a name that nothing has
_ITEM = re.compile(r"(\w+)\[[^\[\]]+\]")
_WRAPPED = re.compile(r"(?:pathlib\.)?Path\(([\w.]+)\)")
_EMPTY = frozenset({"[]", "{}", "()"})
_DETAILS = frozenset(
    {"position", "pos", "size", "version", "color", "colour", "width", "height", "shape", "status", "state", "count"}
    | {"time", "timestamp", "offset", "length", "type", "kind", "x", "y"}
)


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each thing that is removed after the yield."""
    for name, (acquires, by_body) in _all_made(around, scope).items():
        if not _is_name(name) or _is_kept(name, acquires, around):
            continue
        standing_for = _derived(name, around)
        removals = [
            site
            for site in around.sites
            if _removes(site.event, standing_for, knowledge) or removes(site.event, standing_for, scope)
            if not (by_body and (_picks(site.event) or _is_done_by_something_new(site.event, around)))
            if not (_is_left_to_the_body(name, acquires, around) and _is_work_on(name, site.event))
        ]
        if any(site in around.after for site in removals) and not _makes_room(standing_for, around):
            yield Obligation(
                kind="temp" if by_body or _is_temporary(acquires, removals) else "remote",
                object=name,
                words=Words(f"`{name}`", "named" if by_body else "created", "stays behind"),
                confidence=Confidence.MEDIUM,
                origin=REMOVAL,
                acquires=acquires,
                releases=tuple(removals),
                by_body=by_body,
            )


def _is_done_by_something_new(event: Event, around: Around) -> bool:
    """Whether what removes it is entered after the yield only, and so is the work: `commit.delete_files([folder])`."""
    new = {name for site in around.after if isinstance(site.event, Enter) for name in site.event.results}
    return isinstance(event, Call) and event.receiver in new


def _makes_room(names: frozenset[str], around: Around) -> bool:
    """Whether something else is moved to its place after the yield: `target.unlink()` and `rename(new, target)`."""
    moves = (site.event for site in around.after if isinstance(site.event, Call))
    return any(event.method in MOVING and bool(event.args) and event.args[-1].text in names for event in moves)


def _is_name(name: str) -> bool:
    """Whether it names one thing: a variable, an attribute, or the path itself as a constant or as a sum."""
    joined = any(sign in name for sign in (" + ", " / ", "join("))
    return re.sub(r"\[\d+\]$|\.", "_", name).isidentifier() or name[:1] in ('"', "'") or joined


def _all_made(around: Around, scope: Scope) -> dict[str, tuple[tuple[Site, ...], bool]]:
    """For each name, where it is made; where it is only named when it is made nowhere, because the body makes it."""
    made: dict[str, list[Site]] = {}
    named: dict[str, list[Site]] = {}
    for name, sites, by_body in (*_made(around, scope), *written(around), *entered(around)):
        (named if by_body else made).setdefault(name, []).extend(sites)
    return {name: (tuple(dict.fromkeys(made.get(name) or named[name])), name not in made) for name in {**named, **made}}


def _made(around: Around, scope: Scope) -> Iterator[tuple[str, tuple[Site, ...], bool]]:
    """What is made here: the name that stands for it, where it is made, and whether it is the body that makes it."""
    thrown_away = _thrown_away(around)
    makers = [site for site in around.before if makes_by_name(site.event)]
    for site in around.before:
        event = site.event
        if isinstance(event, Call) and not event.managed:
            new = frozenset(event.results) if creates(event) else frozenset() if _finds(event) else thrown_away
            made_up = event.method in NAMING | CONVERTING and _MAKING_UP.search(event.text) is not None
            yield from ((name, filled, False) for name in event.results if (filled := _filled(name, site, around)))
            kept = [name for name in event.results if name in new or is_called_temporary(name) or made_up]
            yield from ((name, (site,), event.method in NAMING or made_up) for name in kept)
        if isinstance(event, Store) and event.target.isidentifier() and event.value.form in (Form.OTHER, Form.CALL):
            creating = tuple(maker for maker in makers if _is_given(maker.event, event.target))
            if creating:
                yield event.target, creating, False
            elif (
                event.value.form is Form.OTHER
                and scope.is_local(event.target)
                and not _is_found(event.value.text, around)
            ):
                yield event.target, (site,), True


def _filled(name: str, named: Site, around: Around) -> tuple[Site, ...]:
    """Where something is put at the place that a call named: `copy_to_remote(path, there)`, of the last argument."""
    later = (site for site in around.before if site.span > named.span and isinstance(site.event, Call))
    return tuple(site for site in later if _puts_there(site.event, name))


def _puts_there(event: Event, name: str) -> bool:
    puts = isinstance(event, Call) and not _PUTTING.isdisjoint(words_of(event.method)[:1])
    return puts and isinstance(event, Call) and len(event.args) > 1 and event.args[-1].text == name


def _thrown_away(around: Around) -> frozenset[str]:
    """The names that the system is told to remove after the yield: whatever call gave them, they are no find."""
    calls = [site.event for site in around.after if isinstance(site.event, Call)]
    removed = {e.args[0].text for e in calls if e.dotted in OF_FILES and len(e.args) == 1}
    unlinked = [e.text.partition(".unlink(")[0] for e in calls if e.method == "unlink" and e.discarded]
    return frozenset(removed | {_WRAPPED.sub(r"\1", path) for path in unlinked})


def _finds(event: Call) -> bool:
    """Whether the call names what is there already, or somebody else's."""
    return event.method in _FINDING | NAMING | CONVERTING or not _FINDING.isdisjoint(words_of(event.method)[:1])


def _is_found(value: str, around: Around) -> bool:
    """Whether the value is an item of what a call gave that finds: `messages = response.get(...)` and `messages[0]`."""
    item = _ITEM.fullmatch(value)
    calls = (site.event for site in around.before if isinstance(site.event, Call))
    return item is not None and any(item[1] in call.results and _finds(call) for call in calls)


def _is_kept(name: str, acquires: tuple[Site, ...], around: Around) -> bool:
    """Whether it is a copy or a mark that a failing body needs: a backup, a journal, what was moved out of the way."""
    if (
        words_of(name)[:1] in (["previous"], ["prev"])
        or not _KEPT.isdisjoint(words_of(name))
        or any(not _KEPT.isdisjoint(words_of(site.event.text)) for site in acquires)
    ):
        return True
    handed_out = around.site.event
    given = isinstance(handed_out, Yield) and handed_out.value.text == name  # what is put there is no backup then
    put = given and all(_puts_there(site.event, name) for site in acquires)
    return not put and is_moved_to(name, around.before)


def _is_given(event: Event, name: str) -> bool:
    if not isinstance(event, Call) or name in event.results:
        return False
    return any(name in value.reads for value in event.given)


def _derived(name: str, around: Around) -> frozenset[str]:
    """The name, what it is converted to, and the locals that are made of it after the yield."""
    derived = {name}
    for site in around.before:
        event = site.event
        converts = isinstance(event, Call) and event.method in CONVERTING
        if isinstance(event, Call) and converts and event.args and event.args[0].text == name:
            derived.update(event.results)
    for site in around.after:
        event = site.event
        if isinstance(event, Store) and event.target.isidentifier() and derived & event.value.reads:
            derived.add(event.target)
    return frozenset(derived)


def _removes(event: Event, names: frozenset[str], knowledge: Knowledge) -> bool:
    if not isinstance(event, Call) or not event.discarded:
        return False
    disposal = knowledge.disposal(event.dotted or "")
    removing = (disposal is not None and disposal.kind == "temp") or says_removing(event.method)
    if not removing:
        return False
    given = event.given
    owner = _WRAPPED.sub(r"\1", event.receiver or "")
    itself = owner in names and not event.args and not names_another(event)
    return itself or any(names & (value.reads | {value.text}) and not _is_a_detail(value) for value in given)


def _is_a_detail(value: Value) -> bool:
    """Whether it is a part that does not say which thing it is: `ghost.position`, and not `note.id`, `file.path`."""
    owner, dot, part = value.text.rpartition(".")
    return bool(dot) and owner.isidentifier() and not _DETAILS.isdisjoint(words_of(part)[-1:])


def _is_left_to_the_body(name: str, acquires: tuple[Site, ...], around: Around) -> bool:
    """Whether it is an empty list or dict, into which only the body puts anything."""
    empty = all(isinstance(site.event, Store) and site.event.value.text in _EMPTY for site in acquires)
    return empty and not any(
        isinstance(site.event, Call) and site.event.receiver == name and site.event.args for site in around.before
    )


def _is_work_on(name: str, event: Event) -> bool:
    """Whether what is taken from a list of this name may be anything, and was not made: `text.delete(*edit)`.

    Only a file is removed wherever it comes from, and what the list is called may say that it was made.
    """
    if not isinstance(event, Call) or event.dotted in OF_FILES or event.method == "unlink":
        return False
    made = {stem for word in words_of(name) for stem in (word, word.removesuffix("d"), word.removesuffix("ed"))}
    return made.isdisjoint(CREATING | {"made"})


def _picks(event: Event) -> bool:
    """Whether what it removes is picked from something one by one: `delete(*[row["id"] for row in rows])`."""
    values = event.given if isinstance(event, Call) else ()
    return any(value.text.lstrip("*")[:1] in ("[", "{") and " for " in value.text for value in values)


def _is_temporary(acquires: tuple[Site, ...], removals: list[Site]) -> bool:
    """Whether it is a file or folder: it is removed by a function of the system, or made as a temporary."""
    if any(isinstance(site.event, Call) and site.event.dotted in OF_FILES for site in removals):
        return True
    words = {word for s in acquires if isinstance(s.event, Call) for word in words_of(s.event.method)}
    return not (TEMPORARY | WRITING | OPENING).isdisjoint(words)
