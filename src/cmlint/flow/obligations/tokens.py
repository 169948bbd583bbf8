"""Obligations from a token: what a call before the yield returned is handed back after it, or is itself the undo.

`token = variable.set(value)` ... `variable.reset(token)`; `undo = install()` ... `undo()`; `states =
_collect_states()` ... `_set_states(states)`. The call that takes the token back says by its name that it undoes: it
differs from the first call in one antonym, or it restores what the first call read (`snapshot.restore()`), or sets
what the first call changed (`was = disable_hook()` ... `set_hook(was)`). May miss undos with other names.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around, spoken_of
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form
from cmlint.flow.reading.naming import gives_back, is_called_old, tells, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_READING = frozenset(
    {"get", "collect", "save", "capture", "snapshot", "store", "dump", "export", "read", "current", "push", "swap"}
    | {"copy"}
    | {"exchange", "replace", "override"}
)
_CHANGING = frozenset({"push", "swap", "exchange", "replace", "override"})
_RESTORING = frozenset({"set", "restore", "load", "apply", "reset", "import", "pop", "revert", "put"})
_SWITCHING = frozenset({"disable", "enable", "suppress", "mute", "set", "change", "switch", "force", "freeze"})
_UNDOING = ("restore", "undo", "revert", "unpatch", "reinstate", "rewind", "put_back", "putback")
_REMAKING = frozenset({"recreate", "rebuild", "reinstall", "reinstate", "reattach", "reload", "reapply", "reassign"})
_AGAINST = ("un", "de")
_POSITION = frozenset({("tell", "seek")})
_SEEKING = frozenset({"seek"})
_GENERIC = frozenset({"set", "put", "import", "load", "apply", "clear", "off"})
_TAKING_BACK = _RESTORING | {"remove", "unregister", "deregister", "unsubscribe", "detach", "cancel", "release"} | {
    "revoke", "deactivate", "uninstall", "delete", "disconnect", "teardown", "unset", "off", "clear", "stop", "free",
    "unlock", "end", "expire", "retire", "surrender", "relinquish",
}  # fmt: skip
_FINDING = frozenset({"get", "find", "fetch", "lookup", "read", "receive", "list", "query", "current", "search"})
_ENDING = frozenset(
    {"expire", "revoke", "cancel", "unregister", "deregister", "unsubscribe", "detach", "deactivate", "uninstall"}
    | {"teardown", "free", "unlock", "disconnect", "stop", "release", "retire", "terminate"}
)
_EXCHANGING = frozenset({"replace", "swap", "rotate", "promote"})
_RETIRING = frozenset({"revoke", "delete", "retire", "expire", "stop", "remove", "drop", "terminate", "destroy"})
_VERBS = frozenset({"copy", "save", "snapshot", "capture", "get", "dump", "restore", "load", "set", "revert"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each token that is taken back after the yield."""
    spoken = spoken_of(around.after)
    for name, made in _tokens(around):
        if name not in spoken:
            continue
        releases = [
            site
            for site in around.sites
            if _takes_back(site.event, name, made.event, knowledge) or _makes_again(site.event, name, made.event)
        ]
        if not any(site in around.after and not _is_overruled(site, around) for site in releases):
            continue
        if _is_registered(name, releases, around) or _goes_with_its_object(made.event, releases, scope):
            continue  # what names it was only made here
        if name in around.yielded and not _all_give_back(made.event, releases, knowledge):
            continue  # it is published
        assert isinstance(made.event, Call)
        yield Obligation(
            kind="state",
            object=name,
            words=Words(f"`{made.event.text}`", "called", "is not undone"),
            # A container is not always a pool: what a failing body used may be left out of it on purpose.
            confidence=Confidence.LOW if _may_be_of_a_pool(made.event, around) else Confidence.HIGH,
            origin="token",
            acquires=(made,),
            releases=tuple(releases),
            by_body=_only_reads(made.event, releases),
        )


def _may_be_of_a_pool(made: Call, around: Around) -> bool:
    """Whether it is taken out of a container for the body, and not off a stack that others look at: `pop_mode()`."""
    verb, *nouns = words_of(made.method) or [""]
    off_a_stack = bool(nouns) and around.yielded.isdisjoint(made.results)
    return verb in ("pop", "popleft") and not off_a_stack


def _is_registered(name: str, releases: list[Site], around: Around) -> bool:
    """Whether another call takes the name and is what is undone: `register(addr)` ... `deregister(addr)`."""
    calls = [site.event for site in around.before if _takes(site.event, name)]
    undone = {f"{prefix}{event.method}" for event in calls for prefix in _AGAINST if isinstance(event, Call)}
    return all(isinstance(site.event, Call) and site.event.method in undone for site in releases)


def _takes(event: Event, name: str) -> bool:
    return isinstance(event, Call) and any(value.text == name for value in event.args)


def _only_reads(made: Call, releases: list[Site]) -> bool:
    """Whether the call changes nothing, so that the body does; what is given back was taken."""
    back = any(isinstance(site.event, Call) and gives_back(made.method, site.event.method) for site in releases)
    return not back and words_of(made.method)[:1] in ([word] for word in (_READING - _CHANGING) | {"tell"})


def _tokens(around: Around) -> Iterator[tuple[str, Site]]:
    """The names that are bound to what a call returned, and that call; of several names only what undoes counts."""
    for site in reversed(around.before):
        if isinstance(site.event, Call) and not site.event.managed:
            names = site.event.results
            yield from ((name, site) for name in names if len(names) == 1 or _restores(name) or is_called_old(name))
            if len(names) > 1:
                yield names[0], site


def _is_overruled(undo: Site, around: Around) -> bool:
    """Whether another position is sought behind the old one: `f.seek(start)`, a header is written, `f.seek(end)`."""
    last = undo.event
    if not isinstance(last, Call) or last.method not in _SEEKING:
        return False
    return any(
        isinstance(site.event, Call) and site.event.callee == last.callee and site.event.text != last.text
        for site in around.behind(undo)
    )


def _goes_with_its_object(made: Event, releases: list[Site], scope: Scope) -> bool:
    """Whether something that is made here is only put back to what it was, and goes when the manager is left."""
    held = made.receiver if isinstance(made, Call) else None
    events = [site.event for site in releases]
    restores = all(isinstance(event, Call) and event.receiver == held and _restores(event.method) for event in events)
    return held is not None and restores and not scope.outlives(held)


def _all_give_back(made: Event, releases: list[Site], knowledge: Knowledge) -> bool:
    events = [site.event for site in releases]
    return isinstance(made, Call) and all(isinstance(e, Call) and _gives_back(made, e, knowledge) for e in events)


def _gives_back(made: Call, undo: Call, knowledge: Knowledge) -> bool:
    """Whether the undo says by its name alone that it publishes nothing."""
    if (
        _finishes(made, undo)
        or gives_back(made.method, undo.method)
        or _restores(undo.method)
        or (made.method, undo.method) in _POSITION
    ):
        return True
    verbs = words_of(made.method)[:1] + words_of(undo.method)[:1]
    ends = verbs[-1:] and verbs[-1] in _ENDING and knowledge.antonym(verbs[0], verbs[-1]) is None
    if ends and set(words_of(made.method)) & set(words_of(undo.method)):
        return True  # `create_silence()` and `expire_silence(it)`
    return len(verbs) == len(("make", "undo")) and verbs[1] == f"un{verbs[0]}"


def _restores(name: str) -> bool:
    """Whether a name says that what it stands for puts something back: `restore_all`, `undo`, `restorestreams`."""
    return name.lower().lstrip("_").startswith(_UNDOING)


def _takes_back(event: Event, token: str, made: Event, knowledge: Knowledge) -> bool:
    if not isinstance(event, Call) or not event.discarded or not isinstance(made, Call):
        return False
    if _takes_it_whole(event, token, made):
        return True
    if event.callee == token and not event.args:
        return len(made.results) == 1 or _restores(token)
    if event.receiver == token:
        return _restores(event.method) and not _READING.isdisjoint(words_of(made.method))
    if len(made.results) != 1 or not any(value.text == token for value in event.args):
        return False
    if _restores(event.method) and (is_called_old(token) or "token" in words_of(token)):
        return True  # `restore_power(node, previous)`, whatever call `previous` is from
    before, after = _verb_first(words_of(made.method)), _verb_first(words_of(event.method))
    if not before or not after:
        return False
    of_variables = "token" in words_of(token) or (after == ["reset"] and "set" in before)
    of_the_same = made.receiver is not None and any(value.text == made.receiver for value in event.args)
    if after[0] == "reset" and (len(event.args) == 1 or of_the_same) and of_variables:
        return True  # the protocol of context variables, whoever sets them
    if before[0] in _SWITCHING and after[0] in ("set", "restore") and set(before) & set(after):
        return True
    if _is_removed_on_purpose(before[0], after[0]):
        return False
    undoes = after[0] in _TAKING_BACK - _GENERIC or (made.method, event.method) in _POSITION
    if undoes and event.receiver is not None and event.receiver == made.receiver:
        return True
    if event.receiver == made.receiver and gives_back(made.method, event.method):
        return not _stores_under_its_key(event, made, token)
    alike = _is_of_the_same(event.receiver, made) and _opposes(*_first_difference(before, after), knowledge)
    # `token = api.attach(context)` and the own `_detach(context, token)`
    if alike or (_is_given_as_much(event, made) and _opposes(before[0], after[0], knowledge)):
        return True
    if after[-1] in _TAKING_BACK - _GENERIC - _RESTORING and len(after) > 1 and not tells(event.method):
        after = [after[-1], *(word.removesuffix("s") for word in after[:-1])]  # `jobs_cancel(job)`
    nouns = set(before) & set(after)
    reads = before[0] in _READING and after[0] in _RESTORING
    return bool(nouns) and (reads or after[0] in _TAKING_BACK - _RESTORING)


def _stores_under_its_key(event: Call, made: Call, token: str) -> bool:
    """Whether what was got under a key is put under it again: `index = get_index(path)`, `put_index(path, index)`."""
    given = [value.text for value in event.args]
    keys = [value.text for value in made.args]
    puts = words_of(event.method)[:1] == ["put"]
    return puts and bool(keys) and given[: len(keys)] == keys and token in given[len(keys) :]


def _is_removed_on_purpose(made: str, undone: str) -> bool:
    """Whether what was only found is removed, or what was exchanged for something new that has proved itself."""
    found = made in _FINDING and undone in ("delete", "remove")
    return found or (made in _EXCHANGING and undone in _RETIRING)


def _takes_it_whole(event: Call, token: str, made: Call) -> bool:
    """Whether all that the first call returned is handed to a call on the same object that says it puts it back."""
    given = [value.text for value in event.args]
    if event.callee == token or event.receiver != made.receiver:
        return False
    if given == [f"({', '.join(made.results)})"] and gives_back(made.method, event.method):
        return True
    known = _restores(event.method) or _finishes(made, event)
    return given == list(made.results) and known


def _makes_again(event: Event, token: str, made: Event) -> bool:
    """`saved = reduce(model)` and `recreate(model, saved)`: both are given the same variable, or are methods of one."""
    if not isinstance(event, Call) or not event.discarded or not isinstance(made, Call) or not is_called_old(token):
        return False
    names = {value.text for value in event.args if value.form is Form.NAME}
    if token not in names or _REMAKING.isdisjoint(words_of(event.method)[:1]):
        return False
    same = made.receiver is not None and made.receiver == event.receiver
    return same or any(value.text in names for value in made.args)


def _verb_first(words: list[str]) -> list[str]:
    """The words with the verb in front: `devices_copy` and `devices_restore` copy and restore devices."""
    turned = words[-1:] + words[:-1]
    return turned if len(words) > 1 and words[-1] in _VERBS and words[0] not in _READING | _TAKING_BACK else words


def _is_of_the_same(receiver: str | None, made: Call) -> bool:
    """Whether the object that undoes is the one that made, or the one that it was told to use (`daemon=daemon`)."""
    return receiver == made.receiver or any(value.text == receiver for _, value in made.keywords)


def _is_given_as_much(event: Call, made: Call) -> bool:
    """Whether a function that is called by its name is given what the first call was given, and the token."""
    given = [value.text for value in event.args]
    return event.receiver is None and bool(made.args) and all(value.text in given for value in made.args)


def _finishes(begun: Call, finished: Call) -> bool:
    """`epoch, task = _begin_operation()` and `_finish_operation(epoch, task)`; one thing may be a product."""
    before, after = words_of(begun.method), words_of(finished.method)
    verbs = before[:1] in (["begin"], ["start"]) and after[:1] in (["finish"], ["end"])
    return len(begun.results) > 1 and verbs and before[1:] == after[1:] != []


def _first_difference(before: list[str], after: list[str]) -> tuple[str, str]:
    """The first words in which two names differ: `acquire` and `release` of `lock_acquire_shared`, `lock_release`."""
    pairs = zip(before, after, strict=False)
    return next(((one, other) for one, other in pairs if one != other), (before[0], after[0]))


def _opposes(made: str, undone: str, knowledge: Knowledge) -> bool:
    """`link_layers()` returned what `unlink_keys(links)` takes: the verb of the one undoes that of the other."""
    return undone == f"un{made}" or (undone in _TAKING_BACK and knowledge.antonym(made, undone) is not None)
