"""Obligations from disposal: what some call made before the yield is closed, stopped or removed after it.

The object is the result of any call (a constructor, a factory), bound to a local name or to an attribute of
`self`, and not managed by a `with`. The disposal is a statement of its own with a verb or a function from the
knowledge base. May miss disposals with other verbs.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around, spoken_of
from cmlint.flow.lowering.graph import Graph, Site
from cmlint.flow.lowering.in_memory import held_in_memory
from cmlint.flow.obligations.disposing import by_function, by_method, frees
from cmlint.flow.obligations.grouped import groups
from cmlint.flow.obligations.inside import entered
from cmlint.flow.obligations.left import is_awaited
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.obligations.transfers import is_left_before, transfers_of
from cmlint.flow.paths.ending import belongs, communicates, is_left_by_hand
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Enter, Event
from cmlint.flow.reading.naming import ENTERING, measures, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Disposal, Knowledge

_TAKING = frozenset(
    {"acquire", "aacquire", "lock", "start", "enter", "open", "connect", "launch", "setup", "begin", "listen", "serve"}
)
_BEGUN = {"start": "started", "open": "opened", "connect": "connected", "launch": "started", "enter": "entered"}
_OPENING = frozenset({"create", "open", "start", "begin", "launch", "acquire", "allocate", "connect"})
_CLOSING = frozenset({"close", "aclose", "shutdown", "terminate", "disconnect", "dispose", "destroy", "cleanup"})
_COMPLETING = frozenset({"flush"})
_ENDED_BY_PIPE = Disposal(kind="process", lost="keeps running")
_CLOSED_BY_WITH = Disposal(kind="other", lost="is not closed")
_MOCK_ATTRIBUTES = ("mock_calls", "method_calls", "call_args", "call_count", "assert_called", "called")


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each object that is made before the yield and disposed of after it."""
    spoken = spoken_of(around.after)
    by_pipe = ".communicate" in spoken  # which ends a process of another name
    for held, made in _made(around).items():
        if held not in spoken and not by_pipe:
            continue
        disposals = _disposals(around, held, made, knowledge)
        last = next((site for site in disposals if site in around.after), None)
        if last is None or measures(held) or is_mock(held, around.graph):
            continue
        if held in held_in_memory(around.before, knowledge):
            continue
        if disposals[last].kind == "state" and not scope.outlives(held):
            continue  # what is put back goes with what is made here
        acquires = _acquired(held, made, around)
        first = acquires[0].event
        assert isinstance(first, Call)
        yield Obligation(
            kind=disposals[last].kind,
            object=held,
            words=Words(f"`{held}` ({_maker(first, held)})", _begun(first, held), disposals[last].lost),
            confidence=_confidence(first, disposals[last], around),
            origin="disposal",
            acquires=tuple(acquires),
            releases=tuple(disposals),
            companions=tuple(
                site for site in around.after if any(belongs(site.event, name, _COMPLETING) for name in _together(made))
            ),
            transfers=tuple(
                site
                for site in transfers_of(held, around.sites, scope)
                if site not in disposals and not is_left_before(site, disposals, around)
            ),
            by_body=all(disposal is _CLOSED_BY_WITH for disposal in disposals.values()),
        )


def _disposals(around: Around, held: str, made: list[Site], knowledge: Knowledge) -> dict[Site, Disposal]:
    """Where the object is disposed of, or else a part of it.

    A `with` for each of several that a call returned (`with tab_1:`, `with tab_2:`) uses them, and disposes of nothing.
    """
    calls = [site.event for site in made if isinstance(site.event, Call)]
    makers = frozenset(call.method for call in calls)
    whole = {
        site: disposal
        for site in around.sites
        if (disposal := _disposal(site.event, held, calls, around, knowledge) or _by_pipe(site.event, held, around))
        and (disposal is not _CLOSED_BY_WITH or not _is_one_of_many(held, around))
    }
    closing = {site: disposal for site, disposal in whole.items() if disposal is not _CLOSED_BY_WITH}
    if closing and any(word in ("connect", "connection") for maker in makers for word in words_of(maker)):
        whole = closing  # the `with` of a connection to a database is a transaction
    if not whole.keys().isdisjoint(around.after):  # what leaves it has the same effect, though its answer is asked
        whole |= {s: _CLOSED_BY_WITH for s in around.sites if s not in whole and is_left_by_hand(s.event, held)}
    return whole or {site: part for site in around.sites if (part := _of_a_part(site.event, held, knowledge))}


def _is_one_of_many(held: str, around: Around) -> bool:
    """Whether a call returned the object together with others, and a `with` of their own uses some of these."""
    calls = (site.event for site in around.before if isinstance(site.event, Call))
    others = {name for call in calls if held in call.results for name in call.results} - {held}
    return any(isinstance(site.event, Enter) and site.event.manager.text in others for site in around.sites)


def _confidence(made: Call, disposal: Disposal, around: Around) -> Confidence:
    """A group that a `with` manages ends its tasks itself when the body raises."""
    managed = {name for site in around.before if isinstance(site.event, Enter) for name in site.event.results}
    in_group = (disposal.kind == "task" and made.receiver in managed) or made.receiver in groups(around)
    in_group = in_group or _is_part_of_what_is_left(made, around)
    return Confidence.LOW if in_group or ends_work(made.text) else Confidence.HIGH


def _is_part_of_what_is_left(made: Call, around: Around) -> bool:
    """Whether a `with` around the yield manages what handed the object out: `with pipeline:` ends its channels."""
    return made.receiver in {enter.manager.text for enter in entered(around)}


def _together(made: list[Site]) -> frozenset[str]:
    """All names that the calls returned: a thread is waited for behind the event that tells it to end."""
    return frozenset(name for site in made if isinstance(site.event, Call) for name in site.event.results)


def _acquired(held: str, made: list[Site], around: Around) -> list[Site]:
    """What is locked, started, opened or filled (a C variable) after it was made holds nothing before."""
    calls = [site for site in around.before if isinstance(site.event, Call) and site.event.receiver == held]
    taking = [
        site
        for site in calls
        if isinstance(site.event, Call) and not _TAKING.isdisjoint(words_of(site.event.method)[:1])
    ]
    return taking or [site for site in around.before if _fills(site.event, held)] or made


def _fills(event: Event, held: str) -> bool:
    """Whether a C function is given the address of the variable, to put there what it acquires."""
    return isinstance(event, Call) and any(value.text.endswith(f"byref({held})") for value in event.args)


def _made(around: Around) -> dict[str, list[Site]]:
    """The objects that calls before the yield returned, and these calls."""
    made: dict[str, list[Site]] = {}
    for site in around.before:
        if isinstance(site.event, Call) and not site.event.managed and site.event.method not in ENTERING:
            for name in site.event.results:  # several where it unpacks: both ends of a channel
                made.setdefault(name, []).append(site)
    return made


def is_mock(held: str, graph: Graph) -> bool:
    """Whether the function looks at how the object was called: it is a mock, and nothing is lost with it."""
    return any(
        any(read.startswith(tuple(f"{held}.{name}" for name in _MOCK_ATTRIBUTES)) for read in value.reads)
        for site in graph.sites
        if isinstance(site.event, Call)
        for value in site.event.args
    )


def _maker(event: Call, held: str) -> str:
    """What made the object: the call itself, or what it was made with before the call was made on it."""
    made = event.dotted.lstrip(".") if event.dotted else event.method
    return made.removesuffix(f"().{event.method}") if event.receiver == held else made


def _begun(event: Call, held: str) -> str:
    """What the call does with the object: it was made before where it is called on it."""
    return _BEGUN.get(words_of(event.method)[0], "acquired") if event.receiver == held else "created"


def _by_pipe(event: Event, held: str, around: Around) -> Disposal | None:
    """A process ends when the pipe that it was given to read from is closed, whoever started it."""
    return _ENDED_BY_PIPE if communicates(event, held, around) else None


def _of_a_part(event: Event, held: str, knowledge: Knowledge) -> Disposal | None:
    """What is made here is closed by the part of it that holds the resource: `app.connection.close()`."""
    if (
        not isinstance(event, Call)
        or not event.discarded
        or not (event.receiver or "").startswith((f"{held}.", f"{held}["))
    ):
        return None
    return knowledge.disposal(event.method) if event.method in _CLOSING and not event.args else None


def _opens(made: Call, undo: Call) -> bool:
    """`create_session` and `close_session`: one of the verbs that make something, and the same nouns."""
    verb, *nouns = words_of(made.method) or [""]
    return verb in _OPENING and bool(nouns) and nouns == words_of(undo.method)[1:]


def _is_handed_in_part(held: str, around: Around) -> bool:
    """Whether the body gets a part of it to edit, so that what takes it afterwards may take what the body did."""
    return any(read.startswith(f"{held}.") for read in around.yielded)


def _disposal(event: Event, held: str, making: list[Call], around: Around, knowledge: Knowledge) -> Disposal | None:
    if isinstance(event, Enter) and event.manager.text == held:
        return _CLOSED_BY_WITH
    if not isinstance(event, Call):
        return None
    if event.receiver == held:
        makers = frozenset(call.method for call in making)
        return by_method(event, held, makers, knowledge) if event.discarded or is_awaited(event, around) else None
    if not any(held in value.reads for value in event.given):
        return None
    opened = [call for call in making if _opens(call, event) and not _is_handed_in_part(held, around)]
    shared = frozenset(value.text for call in opened for value in call.args)
    return None if event.results and not frees(event) else by_function(event, held, knowledge, shared)
