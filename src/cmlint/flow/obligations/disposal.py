"""Obligations from disposal: what some call made before the yield is closed, stopped or removed after it.

The object is the result of any call (a constructor, a factory), bound to a local name or to an attribute of
`self`, and not managed by a `with`. The disposal is a statement of its own with a verb or a function from the
knowledge base. May miss disposals with other verbs.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call, Enter, Event, Form, Store
from cmlint.flow.graph import Graph, Site
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.ending import belongs
from cmlint.flow.obligations.naming import measures, words_of
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.obligations.transfers import transfers_of
from cmlint.flow.scope import Scope
from cmlint.knowledge.entries import Disposal, Knowledge

_TAKING = frozenset(
    {"acquire", "aacquire", "lock", "start", "enter", "open", "connect", "launch", "setup", "begin", "listen", "serve"}
)
_ENTERING = frozenset({"enter_context", "enter_async_context"})  # the stack owns the result
_COMPLETING = frozenset({"flush"})
_REMOVING = frozenset({"remove", "delete", "unlink"})  # see `removal`
_CLOSED_BY_WITH = Disposal(kind="other", lost="is not closed")
_MOCK_ATTRIBUTES = ("mock_calls", "method_calls", "call_args", "call_count", "assert_called", "called")


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each object that is made before the yield and disposed of after it."""
    for held, made in _made(around).items():
        disposals = {
            site: disposal for site in around.sites if (disposal := _disposal(site.event, held, knowledge)) is not None
        }
        last = next((site for site in disposals if site in around.after), None)
        if last is None or measures(held) or _is_mock(held, around.graph):
            continue
        acquires = _acquired(held, made, around)
        first = acquires[0].event
        assert isinstance(first, Call)
        yield Obligation(
            kind=disposals[last].kind,
            object=held,
            words=Words(f"`{held}` ({_maker(first)})", "created", disposals[last].lost),
            confidence=Confidence.LOW
            if ends_work(first.text) or _ends_with_group(first, last, around)
            else Confidence.HIGH,
            origin="disposal",
            acquires=tuple(acquires),
            releases=tuple(disposals),
            companions=tuple(site for site in around.after if belongs(site.event, held, _COMPLETING)),
            transfers=tuple(site for site in transfers_of(held, around.sites, scope) if site not in disposals),
            by_body=all(disposal is _CLOSED_BY_WITH for disposal in disposals.values()),
        )
    yield from _looped(around, scope, knowledge)


def _ends_with_group(made: Call, disposal: Site, around: Around) -> bool:
    """Whether it is a task that is cancelled, and the `with` on the group that started it ends it anyway."""
    entered = (site.event.results for site in around.before if isinstance(site.event, Enter))
    cancelled = isinstance(disposal.event, Call) and disposal.event.method == "cancel"
    return cancelled and any(made.receiver in results for results in entered)


def _looped(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """What was made in a loop or a comprehension, and is disposed of in a loop over the container."""
    for site in around.after:
        item = site.event.receiver if isinstance(site.event, Call) else None
        disposal = _disposal(site.event, item, knowledge) if item else None
        if item is None or disposal is None or item not in scope.looped:
            continue
        for over in scope.looped[item]:
            container = scope.key(over)
            acquires = _filled(container, around, scope) if container else ()
            if container and acquires:
                yield Obligation(
                    kind=disposal.kind,
                    object=container,
                    words=Words(f"what `{container}` holds", "created", disposal.lost),
                    confidence=Confidence.HIGH,
                    origin="disposal",
                    acquires=acquires,
                    releases=(site,),
                )


def _filled(container: str, around: Around, scope: Scope) -> tuple[Site, ...]:
    """Where the items of a local container are made: by a comprehension of calls, or appended one by one."""
    if not container.isidentifier() or not scope.is_local(container):
        return ()
    made = {name for site in around.before if isinstance(site.event, Call) for name in site.event.results}
    filled: list[Site] = []
    for site in around.before:
        event = site.event
        if isinstance(event, Call) and event.receiver == container and event.method == "append" and event.args:
            value = event.args[0]
            if value.form is Form.CALL or (value.form is Form.NAME and value.text in made):
                filled.append(site)
        if isinstance(event, Store) and event.target == container and event.value.items_made:
            filled.append(site)
    return tuple(filled)


def _acquired(held: str, made: list[Site], around: Around) -> list[Site]:
    """What is locked, started or opened after it was made holds nothing before."""
    calls = [site for site in around.before if isinstance(site.event, Call) and site.event.receiver == held]
    taking = [
        site
        for site in calls
        if isinstance(site.event, Call) and not _TAKING.isdisjoint(words_of(site.event.method)[:1])
    ]
    return taking or made


def _made(around: Around) -> dict[str, list[Site]]:
    """The objects that calls before the yield returned, and these calls."""
    made: dict[str, list[Site]] = {}
    for site in around.before:
        if isinstance(site.event, Call) and not site.event.managed and site.event.method not in _ENTERING:
            for name in site.event.results:  # several where it unpacks: both ends of a channel
                made.setdefault(name, []).append(site)
    return made


def _is_mock(held: str, graph: Graph) -> bool:
    """Whether the function looks at how the object was called: it is a mock, and nothing is lost with it."""
    return any(
        any(read.startswith(tuple(f"{held}.{name}" for name in _MOCK_ATTRIBUTES)) for read in value.reads)
        for site in graph.sites
        if isinstance(site.event, Call)
        for value in site.event.args
    )


def _maker(event: Call) -> str:
    return event.dotted.lstrip(".") if event.dotted else event.method


def _disposal(event: Event, held: str, knowledge: Knowledge) -> Disposal | None:
    if isinstance(event, Enter) and event.manager.text == held:
        return _CLOSED_BY_WITH
    if not isinstance(event, Call) or not event.discarded:
        return None
    if event.receiver == held:
        return None if event.method in _REMOVING else knowledge.disposal(event.method)
    if event.args and held in event.args[0].reads:
        function = knowledge.disposal(event.dotted or "")
        return None if function is None or function.kind == "temp" else function
    return None
