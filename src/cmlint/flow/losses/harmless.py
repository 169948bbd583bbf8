"""What may be lost by a fault of the manager itself without harm to anybody.

A fault in the setup or in the clean-up is rare, so only a real loss is worth a warning: not a reference that is
forgotten, not a local file object, which dies with the frame, nor what has a finalizer, nor what the body would have
made.
"""

from __future__ import annotations

import re

from cmlint.flow.doubts.owned import behind_head
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Delete, Form, Store
from cmlint.flow.reading.naming import gives_back, words_of
from cmlint.flow.reading.scope import Origin, Scope

_FINALIZED = frozenset(
    {
        "threading.Event",
        "asyncio.Event",
        "multiprocessing.Event",
        "tempfile.TemporaryDirectory",
        "contextlib.ExitStack",
        "contextlib.AsyncExitStack",
        "anyio.create_memory_object_stream",
        "trio.open_memory_channel",
    }
)
_CONVERTING = frozenset({"str", "int"})
_EMPTY = frozenset({'""', "''", "[]", "{}", "()", "dict()", "list()", "set()"})
_COLLECTED = frozenset(
    {"open", "io.open", "io.FileIO", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "os.fdopen"}
    | {"zipfile.ZipFile", "tarfile.open", "tempfile.TemporaryFile", "tempfile.NamedTemporaryFile"}
    | {"socket.socket", "sqlite3.connect"}
)
_MADE_IN_MEMORY = (
    r"(?:io\.|trio\.|anyio\.)?(?:BytesIO|StringIO|open_memory_channel|create_memory_object_stream)(?:\[[^\]]*\])?"
    r"|openpyxl\.Workbook"
)
_MODE = re.compile(r"""["'][rwaxbt+]{1,3}["']""")  # `path.open("w")`
_CREATING = frozenset({"create", "provision", "launch", "allocate"})
_TEMPORARY = re.compile(r"\b(mkdtemp|mkstemp)\(")
_SHOWN = frozenset({"progress", "bar", "pbar", "spinner", "tqdm", "logger", "log"})


def is_collected(obligation: Obligation, manager: Manager) -> bool:
    """Whether the object closes when its last reference goes, and only the manager holds one: so soon after.

    A local of the manager, or an attribute of a class whose object is the manager itself.
    """
    made = [site.event for site in obligation.acquires]
    closes = all(isinstance(e, Call) and closes_itself(e) for e in made)
    mine = manager.exit_tree is not None and manager.scope.origin(obligation.object) is Origin.SELF
    own = mine or manager.scope.is_local(obligation.object)
    return bool(made) and closes and own and obligation.kind in ("file", "connection")


def closes_itself(event: Call) -> bool:
    """Whether what the call makes closes when its last reference goes."""
    first = event.args[0].text if event.args else ""
    opens = event.method == "open" and event.receiver is not None and _MODE.fullmatch(first) is not None
    return event.dotted in _COLLECTED or event.method == "cursor" or opens


def is_in_memory(obligation: Obligation, manager: Manager) -> bool:
    """Whether it is in memory: a stream, a channel or a workbook that its class makes so, or what is read as a whole.

    https://openpyxl.readthedocs.io/en/stable/api/openpyxl.workbook.workbook.html#openpyxl.workbook.workbook.Workbook.close
    """
    owner = manager.subject.definition.parent
    if owner is not None and obligation.object.startswith("self."):
        code = behind_head(owner, manager.subject.whole)
        imported = "|Workbook" if manager.subject.visible.get("Workbook", "").startswith("openpyxl") else ""
        if re.search(rf"{re.escape(obligation.object)}\b[^=\n]*=[ \t]*(?:{_MADE_IN_MEMORY}{imported})\(", code):
            return True
    return any(
        isinstance(site.event, Call) and site.event.method == "getvalue" and site.event.receiver == obligation.object
        for site in manager.graph.sites
    )


def is_display(obligation: Obligation) -> bool:
    """Whether closing it only ends what is shown to people: a progress bar, a log."""
    return not _SHOWN.isdisjoint(words_of(obligation.object.rpartition(".")[2]))


def is_harmless(obligation: Obligation, scope: Scope) -> bool:
    """Whether nobody misses what the obligation is about."""
    if (
        obligation.by_body
        or (obligation.origin == "removal" and not _is_new(obligation))
        or _is_kept_folder(obligation)
        or _forgets(obligation)
        or is_flag_of_its_own(obligation, scope)
    ):
        return True
    made = [site.event for site in obligation.acquires if isinstance(site.event, Call)]
    if made and all(event.dotted in _CONVERTING for event in made):
        return True  # a name, and what it stands for was there before
    if any(event.dotted in _FINALIZED for event in made) or any(_borrows(event, obligation) for event in made):
        return True
    local = obligation.object.isidentifier() and scope.is_local(obligation.object)
    return local and obligation.kind == "file" and all(event.dotted == "open" for event in made)


def _is_kept_folder(obligation: Obligation) -> bool:
    """Whether it is a folder that may be there already, at a place that somebody named: it is no temporary."""
    made = [site.event for site in obligation.acquires if isinstance(site.event, Call)]
    return bool(made) and all(event.method in ("mkdir", "makedirs") and _may_be_there(event) for event in made)


def _may_be_there(event: Call) -> bool:
    allowed = event.keyword("exist_ok")
    return allowed is not None and allowed.text == "True"


def _is_new(obligation: Obligation) -> bool:
    """Whether what is removed is a new thing at a new place: what always stands at one place is written again."""
    made = [site.event for site in obligation.acquires if isinstance(site.event, Call)]
    return any(not _CREATING.isdisjoint(words_of(e.method)) or _TEMPORARY.search(e.text) for e in made)


def _borrows(event: Call, obligation: Obligation) -> bool:
    """Whether the call hands out what somebody else owns (`asyncio.get_running_loop()`), for which nobody waits.

    A pool does wait for what is given back to it.
    """
    releases = (site.event for site in obligation.releases)
    if any(isinstance(release, Call) and gives_back(event.method, release.method) for release in releases):
        return False
    words = words_of(event.method)
    gets = words[:1] in (["get"], ["getattr"], ["current"]) and _CREATING.isdisjoint(words)  # `get_or_create`
    return gets and bool(event.results) and not event.awaited


def is_flag_of_its_own(obligation: Obligation, scope: Scope) -> bool:
    """Whether it is a counter or a flag of the manager's own object."""
    stores = [site.event for site in obligation.acquires if isinstance(site.event, Store)]
    small = all(store.operator or store.value.form in (Form.CONSTANT, Form.NONE) for store in stores)
    own = scope.origin(obligation.object) is Origin.SELF
    return bool(stores) and len(stores) == len(obligation.acquires) and small and own


def only_forgets(obligation: Obligation) -> bool:
    """Whether all that the releases do is to forget a reference."""
    return all(
        isinstance(event := site.event, Delete)
        or (isinstance(event, Store) and (event.value.form is Form.NONE or event.value.text in _EMPTY))
        or (isinstance(event, Call) and event.dotted == "setattr" and [v.form for v in event.args[2:]] == [Form.NONE])
        for site in obligation.releases
    )


def _forgets(obligation: Obligation) -> bool:
    """Whether an attribute is set to something new before and forgotten after."""
    fresh = all(isinstance(site.event, Store) and site.event.value.form is Form.CALL for site in obligation.acquires)
    return only_forgets(obligation) and fresh
