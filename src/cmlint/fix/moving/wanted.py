"""What a body that failed still needs: it does not go with the release that it stands beside.

A backup that is removed, a guard whose way back is given up, work that waits (`del self.todo[job]`), a count of
failures (`self.failures = 0`), a folder that was handed over. Told by names, and by where what is removed comes from.
May leave for success only what is clean-up; may miss what goes by another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.making import is_called_temporary
from cmlint.flow.obligations.moved import is_moved_to
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.reading.events import Call, Event, Store, Value
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Origin, Scope
from cmlint.flow.reading.writes import Manner, write_of

_WORD = re.compile(r"[A-Za-z_]\w*")
_REMOVING_WORDS = "delete drop erase purge remove removedirs rm rmdir rmtree unlink wipe"
_REMOVING = frozenset(_REMOVING_WORDS.split())
_WAY_BACK_WORDS = "backup backups bak checkpoint finalize finalizer guard journal orig rollback savepoint snapshot undo"
_WAY_BACK = frozenset(_WAY_BACK_WORDS.split())
_STILL_TO_DO = frozenset({"backlog", "inbox", "outbox", "todo", "undelivered", "unprocessed", "unsaved", "unsent"})
_WORK_WORDS = "batch buffer changes draft jobs messages orders pending queue queued requests retries retry tasks work"
_WORK = frozenset(_WORK_WORDS.split())
_COUNTED_WORDS = (
    "attempt attempts backoff breaker changed dirty error errors failed failures misses modified outdated "
    "retries retry strikes tries"
)
_COUNTED = frozenset(_COUNTED_WORDS.split())
_OLD = frozenset({"old", "obsolete", "previous", "stale"})
_BRINGING_BACK = frozenset({"put", "recover", "reset", "restore", "revert", "set", "use"})
_GOING_BACK_BY = frozenset({"checkpoint", "journal", "rollback", "savepoint", "undo"})
_TAKING_OUT = frozenset({"clear", "discard", "pop", "popleft", "remove"})
_FORGETTING = frozenset({"clear", "close", "discard", "forget", "purge", "remove", "reset", "unmark", "unset"})
_ABOUT = frozenset({"callback", "handler", "handlers", "hook", "hooks", "level", "log", "mode", "policy", "stream"})
_PIECES = frozenset({"batch", "bulk", "tx", "upload"})
_MARKING = frozenset({"need", "needs", "require", "requires"})


def is_wanted(event: Event, before: Sequence[Site], scope: Scope) -> bool:
    """Whether the event takes away, behind the yield, what is needed after a failure; `before`: the setup's sites."""
    write = write_of(event, scope)
    if write is not None and write.manner is Manner.SET and _marks(write.target, write.value):
        return True
    if write is not None and write.manner in (Manner.SET, Manner.DELETE) and _holds_work(write.target):
        return True
    if not isinstance(event, Call):
        return False
    if event.method in _TAKING_OUT and _holds_work(event.receiver or ""):
        return True
    if _forgets(event) or _is_way_back(event.receiver or "", before):
        return True
    return removes(event) and not _is_own(event, before, scope)


def ends_piece_of_work(event: Event) -> bool:
    """Whether it ends what is kept or thrown away as a whole, and keeps it for all one knows: `batch.end()`."""
    if not isinstance(event, Call):
        return False
    held = words_of((event.receiver or "").rpartition(".")[2])[-1:]
    return ends_work(event.text) or words_of(event.method)[:1] == ["finish"] or not _PIECES.isdisjoint(held)


def is_wanted_by_name(call: Call) -> bool:
    """Whether a call forgets what went wrong, or removes a way back: `clear_error()`, `delete_backup()`."""
    words = words_of(call.method)
    forgets = not _FORGETTING.isdisjoint(words[:1]) and _counts(words)
    return forgets or (removes(call) and not _WAY_BACK.isdisjoint(words))


def _forgets(event: Call) -> bool:
    """Whether a call forgets what went wrong, or what is pending or old: `reset_failures()`, `free_old()`."""
    words = words_of(event.method)
    holder = words_of((event.receiver or "").rpartition(".")[2])
    forgets = not _FORGETTING.isdisjoint(words[:1])
    counted = forgets and (_counts(words) or "pending" in words or (len(words) == 1 and _counts(holder[-1:])))
    return counted or (not _OLD.isdisjoint(words[1:]) and _BRINGING_BACK.isdisjoint(words))


def _counts(words: list[str]) -> bool:
    """Whether the words name a count or a mark of what went wrong or is left to do, and not what is done about it."""
    about = not _ABOUT.isdisjoint(words[-1:]) or words[:1] in (["on"], ["if"], ["ignore"], ["raise"])
    return not about and not _COUNTED.isdisjoint(words)


def removes(event: Event) -> bool:
    """Whether a call does away with something by its verb: `os.remove(path)`, `shutil.rmtree(folder)`."""
    return isinstance(event, Call) and not _REMOVING.isdisjoint(words_of(event.method)[:1])


def commits_by_switch(event: Event) -> bool:
    """Whether it switches autocommit on, by which many a database keeps the transaction that is open."""
    if isinstance(event, Store):
        return event.target.rpartition(".")[2] == "autocommit" and event.value.text == "True"
    given = [value.text for value in event.args[:1]] if isinstance(event, Call) else []
    return isinstance(event, Call) and event.method in ("autocommit", "set_autocommit") and given == ["True"]


def _is_own(event: Call, before: Sequence[Site], scope: Scope) -> bool:
    """Whether what a call removes was made here or is called temporary, and is nobody's way back."""
    given = [value.text for value in event.args[:1]] or [event.receiver or ""]
    names = {name for text in given for name in _WORD.findall(text)}
    if any(_is_way_back(name, before) for name in names):
        return False
    held = [name for name in names if scope.is_local(name) or name in ("self", "cls")]
    made = bool(held) and all(scope.origin(name) is Origin.LOCAL for name in held)
    return made or any(map(is_called_temporary, names))


def _is_way_back(name: str, before: Sequence[Site]) -> bool:
    """Whether it is called so, made by what is called so, or a copy: a body that failed goes back by it."""
    if not _WAY_BACK.isdisjoint(words_of(name)):
        return True
    made = (text for site in before for text in _makers(site.event, name))
    return any(not _WAY_BACK.isdisjoint(words_of(text)) for text in made) or is_moved_to(name, before)


def way_back_in(place: str, sites: Sequence[Site]) -> str | None:
    """What is called a way back and is at the place or in it: `self.backup = copytree(source, self.folder)`."""
    if not _WAY_BACK.isdisjoint(words_of(place)):
        return place
    stores = (site.event for site in sites if isinstance(site.event, Store))
    kept = (e.target for e in stores if not _WAY_BACK.isdisjoint(words_of(e.target)) and place in e.value.reads)
    return next(kept, None)


def _makers(event: Event, name: str) -> Iterator[str]:
    """The text by which a local was made."""
    if isinstance(event, Call) and name in event.results:
        yield event.text
    if isinstance(event, Store) and event.target == name and event.operator is None:
        yield event.value.text


def _holds_work(place: str) -> bool:
    """Whether a container holds what is still to be done: `self._outbox`, `jobs[key]`."""
    words = words_of(place.partition("[")[0].rpartition(".")[2])
    return not _STILL_TO_DO.isdisjoint(words) or not _WORK.isdisjoint(words[-1:])


def _marks(place: str, value: Value | None) -> bool:
    """Whether a count of failures begins anew, a mark goes that something is left to do, or a way back is forgotten."""
    words = words_of(place.replace("[", ".").rstrip("]'\"").rpartition(".")[2])
    counts = _counts(words) or not _GOING_BACK_BY.isdisjoint(words) or not _MARKING.isdisjoint(words[:1])
    return counts or (value is not None and value.text == "0")
