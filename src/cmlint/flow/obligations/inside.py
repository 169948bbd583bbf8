"""What lies in a folder that goes anyway, and so does not stay behind: in a temporary one of a `with` around the yield.

`with TemporaryDirectory() as folder:` and `path = Path(folder) / name`. May miss a path that is put together in another
way; a folder whose `with` is left before the yield is gone, and nothing lies in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from cmlint.flow.lowering.around import Around
from cmlint.flow.obligations.making import is_called_temporary
from cmlint.flow.reading.events import Call, Enter, Exit, Store
from cmlint.flow.reading.naming import ENTERING, words_of

_INSIDE = re.compile(r"/|\b(?:join|joinpath|Path|str)\(")
_TRANSACTIONS = frozenset({"transaction", "atomic", "savepoint"})
_ROOT = re.compile(r"[.\[(]")


def passing(here: Around) -> frozenset[str]:
    """The names of the paths in temporary folders that go when the manager is left."""
    return inside(frozenset(_folders(here)), here)


def entered(here: Around) -> list[Enter]:
    """The items of the `with` statements that are entered before the yield and not left before it."""
    left = {site.event.manager.text for site in here.before if isinstance(site.event, Exit)}
    managers = (site.event for site in here.before if isinstance(site.event, Enter))
    return [enter for enter in managers if enter.manager.text not in left]


def rolled_back(here: Around) -> frozenset[str]:
    """The names of what a transaction made that a `with` around the yield rolls back when the body raises."""
    made = {name for enter in entered(here) if _is_transaction(enter.manager.text) for name in enter.results}
    for event in (site.event for site in here.before) if made else ():
        if isinstance(event, Call) and _ROOT.split(event.receiver or "", maxsplit=1)[0] in made:
            made.update(event.results)
    return frozenset(made)


def _is_transaction(made: str) -> bool:
    name = made.partition("(")[0].rpartition(".")[2]
    return not _TRANSACTIONS.isdisjoint(words_of(name))


def inside(folders: Collection[str], here: Around) -> frozenset[str]:
    """The names of the paths that are put together before the yield from one of the folders."""
    below: set[str] = set()
    for event in (site.event for site in here.before):
        named = event.results if isinstance(event, Call) else (event.target,) if isinstance(event, Store) else ()
        given = event.args if isinstance(event, Call) else (event.value,) if isinstance(event, Store) else ()
        joined = isinstance(event, Call | Store) and _INSIDE.search(event.text)  # not a suffix: `f"{folder}.new"`
        if joined and any(not value.reads.isdisjoint(below.union(folders)) for value in given):
            below.update(named)
    return frozenset(below)


def _folders(here: Around) -> Iterator[str]:
    for enter in entered(here):
        if _is_temporary_folder(enter.manager.text):
            yield from enter.results
    for event in (site.event for site in here.before):
        given = event.args[:1] if isinstance(event, Call) and event.method in ENTERING else ()
        if isinstance(event, Call) and any(_is_temporary_folder(manager.text) for manager in given):
            yield from event.results


def _is_temporary_folder(made: str) -> bool:
    """Whether the call makes a temporary folder: `TemporaryDirectory()`, `tempdir()`; not `NamedTemporaryFile()`."""
    name = made.partition("(")[0].rpartition(".")[2]
    return is_called_temporary(name) and "file" not in words_of(name) and "delete=False" not in made
