"""Temporaries that only a success puts in their place: `NamedTemporaryFile(delete=False)`, the yield, `os.replace`.

The file has a name of its own, so whatever stays behind when the body raises stays for good, and nothing here removes
it. The move itself is for success only. A name may also be made up here (`f"{target}.{uuid4()}"`), or be that of a
temporary that is gone. A folder that must not exist when it is made is one, too. May miss a file that is named in other
ways, or that a call of another file moves; a path that somebody else chose (`target + ".new"`) is none, because the
next run writes over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around, entered_as
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.inside import passing
from cmlint.flow.obligations.written import NAMED_TEMPORARY, stays_when_closed
from cmlint.flow.paths.leaks import Leak, leak_at
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Exit, Store, Test
from cmlint.flow.reading.naming import MOVING, action_of

_MAKING = frozenset({"tempfile.mkstemp", "tempfile.mkdtemp"})
_MAKING_FOLDERS = frozenset({"os.mkdir", "os.makedirs"})
_PLACING = MOVING | {"link"}
_OPENING = frozenset({"open", "os.open", "io.open"})
_MAKING_UP = re.compile(r"uuid[14]?\b|token_(?:hex|urlsafe)|\bmktemp\b|urandom|getrandbits|time_ns")
_NAME = re.compile(r"[^\W\d]\w*")
_FOLLOWED = 2  # from one local to the next
_REMOVING = frozenset({"remove", "unlink", "rmtree", "rmdir", "delete", "removedirs", "cleanup", "clean"})


def unplaced(manager: Manager) -> Iterator[Leak]:
    """One for each temporary that stays behind when the body raises; what is skipped is its move."""
    if not manager.subject.protocol.throws or manager.exit_tree is not None:
        return
    for here, _ in manager.obligations:
        gone = passing(here)
        for site in here.before:
            folder = _of_folder(site, here)
            names = folder or _of_file(site, here)
            if not names or not names.isdisjoint(gone):
                continue
            placing = tuple(each for each in here.after if _does(each.event, names, _PLACING))
            if folder:  # and not something in it
                placing = tuple(each for each in placing if _is_done_to(each.event, folder))
            if not placing:
                continue
            removing = tuple(each for each in here.sites if _does(each.event, names, _REMOVING))
            name = sorted(names)[-1]
            words = Words(f"`{name}`", "created", "stays behind")
            made = Obligation("temp", name, words, Confidence.MEDIUM, "moved", (site,), (*placing, *removing))
            leak = leak_at(manager.graph, made, here.number)
            if leak is not None and set(leak.skipped) <= set(placing):
                yield leak


def _of_file(site: Site, around: Around) -> frozenset[str]:
    """What the path of a file with a name of its own is called; empty when nothing makes one here, or removes it."""
    if not isinstance(site.event, Call):
        return frozenset()
    return _of_temporary(site.event, around) or _of_opened(site, around)


def _of_temporary(making: Call, around: Around) -> frozenset[str]:
    if stays_when_closed(making):
        files = [*making.results, *entered_as(making, around.sites)]
        names = {f"{file}.name" for file in files[:1]}
    else:
        names = {making.results[-1]} if making.dotted in _MAKING and making.results else set()
        wrapped = f"Path({making.text})" if making.dotted in _MAKING else ""
        stores = [site.event for site in around.before if wrapped and isinstance(site.event, Store)]
        names |= {store.target for store in stores if store.value.text.endswith(wrapped)}
    if not names:
        return frozenset()
    for site in around.sites:
        event = site.event
        if isinstance(event, Store) and event.target.isidentifier() and (event.value.text in names):
            names.add(event.target)
    return frozenset(names)


def _of_opened(site: Site, around: Around) -> frozenset[str]:
    """The same where the file is opened under a name that is made up here."""
    event = site.event
    assert isinstance(event, Call)
    of_path = event.method in _OPENING and event.receiver is not None
    path = event.receiver if of_path else event.args[0].text if event.dotted in _OPENING and event.args else None
    if path is None or not _is_unique(path, site, around, _FOLLOWED):
        return frozenset()
    files = event.results or tuple(entered_as(event, around.sites))
    return frozenset({path, *(f"{file}.name" for file in files)})


def _of_folder(site: Site, around: Around) -> frozenset[str]:
    """The same of a folder that must not be there yet: while it stays behind, the next run fails."""
    path = _folder_made(site.event) if isinstance(site.event, Call) else None
    names = frozenset({path}) if path else frozenset()
    return frozenset() if names and _may_be_there(names, around) else names


def _folder_made(making: Call) -> str | None:
    """The path of a folder that the call makes, and that it fails to make when it is there."""
    if making.keyword("exist_ok") is not None:
        return None
    if making.dotted in _MAKING_FOLDERS and making.args:
        return making.args[0].text
    alone = making.method == "mkdir" and not making.args and making.discarded
    return making.receiver if alone and (making.receiver or "").isidentifier() else None


def _may_be_there(names: frozenset[str], around: Around) -> bool:
    """Whether the manager asks for it, catches that it is there, or removes it first."""
    asked = ("exists", "is_dir", "isdir", "FileExistsError")
    tests = (site.event.text for site in around.sites if isinstance(site.event, Test))
    removed = any(_does(site.event, names, _REMOVING) for site in around.before)
    return removed or any(word in text for text in tests for word in asked)


def _is_done_to(event: Event, names: frozenset[str]) -> bool:
    """Whether the call is a method of what has one of the names, or is given that first."""
    first = isinstance(event, Call) and bool(event.args) and event.args[0].text in names
    return first or (isinstance(event, Call) and event.receiver in names)


def _is_unique(path: str, site: Site, around: Around, further: int) -> bool:
    """Whether an expression, or what the locals in it were last bound to, makes up a name that nothing has."""
    if _MAKING_UP.search(path):
        return True
    stores = [each for each in around.before if isinstance(each.event, Store) and each.span < site.span]
    bound = {each.event.target: each for each in stores if isinstance(each.event, Store)}
    for name in frozenset(_NAME.findall(path)) & frozenset(bound):
        store = bound[name].event
        assert isinstance(store, Store)
        if _is_of_the_gone(store.value.text, around):
            return True
        if further and _is_unique(store.value.text, bound[name], around, further - 1):
            return True
    return False


def _is_of_the_gone(path: str, around: Around) -> bool:
    """Whether it is the name of a temporary that its `with` removed before the yield."""
    gone = {site.event.manager.text for site in around.before if isinstance(site.event, Exit)}
    made = [
        site.event for site in around.before if isinstance(site.event, Call) and site.event.dotted == NAMED_TEMPORARY
    ]
    return any(path == f"{file}.name" for call in made if call.text in gone for file in entered_as(call, around.sites))


def _does(event: Event, names: frozenset[str], verbs: frozenset[str]) -> bool:
    """Whether the event is a call by one of the verbs of what has one of the names."""
    if not isinstance(event, Call) or verbs.isdisjoint(action_of(event.method)[:1]):
        return False
    return event.receiver in names or any(not names.isdisjoint(value.reads | {value.text}) for value in event.args[:1])
