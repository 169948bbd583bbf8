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
from cmlint.flow.obligations.naming import measures
from cmlint.flow.obligations.transfers import transfers_of
from cmlint.flow.scope import Scope
from cmlint.knowledge.entries import Disposal, Knowledge

_COMPLETING = frozenset({"flush"})
_WITH_ARGUMENT = frozenset({"remove", "delete"})  # with an argument, these change a container
_CLOSED_BY_WITH = Disposal(kind="other", lost="is not closed")
_MOCK_ATTRIBUTES = ("mock_calls", "method_calls", "call_args", "call_count", "assert_called", "called")


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each object that is made before the yield and disposed of after it."""
    for held, acquires in _made(around).items():
        disposals = {
            site: disposal
            for site in around.graph.sites
            if (disposal := _disposal(site.event, held, knowledge)) is not None
        }
        last = next((site for site in disposals if site in around.after), None)
        if last is None or measures(held) or _is_mock(held, around.graph):
            continue
        first = acquires[0].event
        assert isinstance(first, Call)
        yield Obligation(
            kind=disposals[last].kind,
            object=held,
            words=Words(f"`{held}` ({_maker(first)})", "created", disposals[last].lost),
            confidence=Confidence.HIGH,
            origin="disposal",
            acquires=tuple(acquires),
            releases=tuple(disposals),
            companions=tuple(site for site in around.after if belongs(site.event, held, _COMPLETING)),
            transfers=tuple(site for site in transfers_of(held, around.graph) if site not in disposals),
        )
    yield from _built_paths(around, knowledge)


def _made(around: Around) -> dict[str, list[Site]]:
    """The objects that calls before the yield returned, and these calls."""
    made: dict[str, list[Site]] = {}
    for site in around.before:
        if isinstance(site.event, Call) and not site.event.managed and len(site.event.results) == 1:
            made.setdefault(site.event.results[0], []).append(site)
    return made


def _is_mock(held: str, graph: Graph) -> bool:
    """Whether the function looks at how the object was called: it is a mock, and nothing is lost with it."""
    return any(
        any(read.startswith(tuple(f"{held}.{name}" for name in _MOCK_ATTRIBUTES)) for read in value.reads)
        for site in graph.sites
        if isinstance(site.event, Call)
        for value in site.event.args
    )


def _built_paths(around: Around, knowledge: Knowledge) -> Iterator[Obligation]:
    """A path that is put together here and removed after the yield: the file or folder is temporary."""
    built = {
        site.event.target: site
        for site in around.before
        if isinstance(site.event, Store) and site.event.value.form is Form.OTHER and site.event.target.isidentifier()
    }
    for path, site in built.items():
        removals = [found for found in around.graph.sites if _removes(found.event, path, knowledge)]
        if any(found in around.after for found in removals):
            yield Obligation(
                kind="temp",
                object=path,
                words=Words(f"`{path}`", "named", "stays behind"),
                confidence=Confidence.MEDIUM,
                origin="disposal",
                acquires=(site,),
                releases=tuple(removals),
            )


def _removes(event: Event, path: str, knowledge: Knowledge) -> bool:
    if not isinstance(event, Call) or not event.discarded or not event.args or event.args[0].text != path:
        return False
    disposal = knowledge.disposal(event.dotted or "")
    return disposal is not None and disposal.kind == "temp"


def _maker(event: Call) -> str:
    return event.dotted.lstrip(".") if event.dotted else event.method


def _disposal(event: Event, held: str, knowledge: Knowledge) -> Disposal | None:
    if isinstance(event, Enter) and event.manager.text == held:
        return _CLOSED_BY_WITH
    if not isinstance(event, Call) or not event.discarded:
        return None
    if event.receiver == held:
        return None if event.args and event.method in _WITH_ARGUMENT else knowledge.disposal(event.method)
    if event.args and held in event.args[0].reads:
        return knowledge.disposal(event.dotted or "")
    return None
