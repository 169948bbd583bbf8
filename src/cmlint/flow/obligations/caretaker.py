"""Obligations of a caretaker: the manager only releases what its caller or the body acquires.

`yield connection` ... `connection.close()` with a connection that was passed in, `self._file.close()` in an `__exit__`.
The object is held from the start. Nothing shows that the caller wants it released after an exception as well, so such
findings have low confidence; except where a manager does nothing else than to yield and to release it, in the
shutdown of a lifespan, where the manager itself has let a thread run the object, and where it leaves a context by hand:
nobody does that after a success only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.disposing import NOT_GIVEN_BACK, REMOVING, names_another
from cmlint.flow.obligations.lifespans import is_lifespan
from cmlint.flow.paths.ending import LEAVING
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Raise, Test
from cmlint.flow.reading.naming import ENTERED_BY_HAND, measures
from cmlint.flow.reading.scope import Origin, Scope
from cmlint.knowledge.entries import Disposal, Knowledge

_OF_AN_EXIT = 3  # arguments: https://docs.python.org/3/reference/datamodel.html#object.__exit__
_RUNNING = frozenset({"Thread", "Process", "create_task", "ensure_future", "submit", "start_new_thread", "spawn"})
_ENDS = frozenset({"finish", "end", "exit", "close_all", "stop_all"})
_REMOVING = frozenset({"os.remove", "os.unlink", "os.rmdir", "shutil.rmtree"})
_PATH = re.compile(r"(?:pathlib\.)?Path\((self(?:\.\w+)+)\)")
_REMOVED = Disposal(kind="temp", lost="stays behind")


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each object that outlives the function and is released after the yield."""
    released: dict[str, list[Site]] = {}
    kinds: dict[str, Disposal] = {}
    for site in around.after:
        disposal = _disposal(site.event, scope, knowledge)
        if disposal is not None and isinstance(site.event, Call) and site.event.receiver:
            released.setdefault(site.event.receiver, []).append(site)
            kinds.setdefault(site.event.receiver, disposal)
        path = _removed(site.event)
        if path is not None:
            released.setdefault(path, []).append(site)
            kinds.setdefault(path, _REMOVED)
    alone = is_sole_purpose(around)
    for held, releases in released.items():
        consumed = scope.origin(held) is Origin.PARAMETER and all(map(_removes, releases))
        yield Obligation(
            kind=kinds[held].kind,
            object=held,
            words=Words(f"`{held}`", "handed over", kinds[held].lost),
            confidence=Confidence.MEDIUM
            if (alone and not consumed) or _is_sure(held, releases, around, scope)
            else Confidence.LOW,
            origin="caretaker",
            acquires=(),
            releases=tuple(releases),
            by_body=True,
        )


def _removes(release: Site) -> bool:
    """Whether it removes what was handed in: a message that was received is deleted when the body succeeded."""
    return isinstance(release.event, Call) and release.event.method in REMOVING


def _is_sure(held: str, releases: list[Site], around: Around, scope: Scope) -> bool:
    """Whether something beside the release says that it is wanted whatever happens."""
    calls = [site.event for site in releases if isinstance(site.event, Call)]
    left_by_hand = all(call.method in LEAVING and len(call.args) == _OF_AN_EXIT for call in calls)
    stops = not any(call.method in _ENDS for call in calls)  # to finish it may be to complete it
    return left_by_hand or is_lifespan(scope) or (stops and _runs_in_a_thread(held, around))


def _runs_in_a_thread(held: str, around: Around) -> bool:
    """Whether a thread, a process or a task was made before the yield that runs a method of the object."""
    makers = (site.event for site in around.before if isinstance(site.event, Call) and site.event.method in _RUNNING)
    values = (value for call in makers for value in call.given)
    return any(value.text.startswith(f"{held}.") for value in values)


def _removed(event: Event) -> str | None:
    """The path, kept in the manager's object, of the file or folder that the call removes."""
    if not isinstance(event, Call) or not event.discarded:
        return None
    if event.dotted in _REMOVING and event.args:
        return event.args[0].text if event.args[0].text.startswith("self.") else None
    path = _PATH.fullmatch(event.receiver or "") if event.method in ("unlink", "rmdir") else None
    return path[1] if path else None


def is_sole_purpose(around: Around) -> bool:
    """Whether the manager yields and then makes one call, and does nothing else but ask and yield before."""
    own = around.own()
    return len(own.after) == 1 and all(isinstance(site.event, (Test, Raise)) for site in own.before)


def _is_set_inside(name: str, scope: Scope) -> bool:
    """Whether a nested function gives the local what it stands for: `nonlocal connection`."""
    return any(re.search(rf"\bnonlocal\b.*\b{re.escape(name)}\b", scope.code(f)) for f in scope.functions.values())


def _is_one_of_its_own(name: str, scope: Scope) -> bool:
    """Whether a loop of an `__exit__` takes it from what the object holds: `for each in list(self._connections)`.

    The names of both methods of a class are those of the entering one.
    """
    if scope.name not in ENTERED_BY_HAND or not scope.is_loop_variable(name):
        return False
    taken = " ".join(map(scope.code, scope.looped.get(name, ())))
    kept = scope.sole_value(taken) if taken.isidentifier() and scope.is_local(taken) else None
    return "self." in (taken if kept is None else scope.code(kept))


def _disposal(event: Event, scope: Scope, knowledge: Knowledge) -> Disposal | None:
    if not isinstance(event, Call) or not event.discarded or not event.receiver or measures(event.receiver):
        return None
    if event.method in LEAVING or (event.method in _ENDS and not event.args):
        found: Disposal | None = NOT_GIVEN_BACK
    else:
        found = None if event.args or names_another(event) else knowledge.disposal(event.method)
    if found is None or event.receiver in ("self", "cls"):
        return None
    held_by_others = scope.origin(event.receiver) in (Origin.SELF, Origin.PARAMETER) or _is_one_of_its_own(
        event.receiver, scope
    )
    return found if held_by_others or _is_set_inside(event.receiver, scope) else None
