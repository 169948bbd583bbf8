"""Obligations from one function called twice: with a new value before the yield, with the old one after it.

The old value is one that was read from the same receiver or module, or the opposite constant
(`PRAGMA foreign_keys=off` ... `=on`), or None. Both calls are statements. A getter before and its setter after
count as well (`getcwd` ... `chdir`). May miss an undo that takes more than one argument to describe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call, Event, Form, Store, Value, Yield
from cmlint.flow.graph import Site
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.naming import logs, words_of
from cmlint.flow.obligations.outcome import ends_work, sets_outcome
from cmlint.flow.obligations.trust import confidence_of
from cmlint.flow.scope import Scope
from cmlint.knowledge.entries import Knowledge

_DIRECTORY = frozenset({("getcwd", "chdir"), ("cwd", "chdir"), ("absolute", "chdir")})
_OLD = re.compile(r"_*(old|orig|original|prev|previous|saved|backup|before)(_|$|[A-Z0-9])")
_OFF = frozenset({"0", "False", "signal.SIG_DFL", "SIG_DFL", '""', "''"})
_WORD = re.compile(r"[a-z]+|[0-9]+", re.IGNORECASE)


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each call after the yield that undoes a call of the same function before it."""
    for undo in around.after:
        if not isinstance(undo.event, Call) or not undo.event.discarded or undo in around.before or logs(undo.event):
            continue
        changes = [site for site in around.before if _undoes(undo.event, site, around, knowledge)]
        acquires = changes or [site for site in around.before if _is_read_by(site.event, undo.event, around)]
        if not acquires or _dies_here(undo.event, scope):
            continue
        yield Obligation(
            kind=_kind(undo.event),
            object=undo.event.receiver or undo.event.callee,
            words=_words(undo.event, acquires[0], changed=bool(changes)),
            confidence=Confidence.LOW
            if ends_work(undo.event.text)
            else confidence_of(undo.event.receiver or "", scope),
            origin="same callee",
            acquires=tuple(acquires),
            releases=tuple(site for site in around.sites if _same(site, undo.event) and site not in acquires),
            by_body=not changes,
        )


def _words(undo: Call, first: Site, *, changed: bool) -> Words:
    assert isinstance(first.event, Call)
    if changed:
        return Words(f"`{first.event.text}`", "changed", "is not undone")
    return Words(f"what `{first.event.text}` read", "read", f"is not put back by `{undo.method}`")


def _is_read_by(getter: Event, setter: Call, around: Around) -> bool:
    """Whether the state is read before the yield and set back after it, whatever changes it between."""
    if not isinstance(getter, Call):
        return False
    event = around.site.event
    published = event.value.reads if isinstance(event, Yield) else frozenset()
    return not published & set(getter.results) and (_loads(getter, setter) or _sets_what_it_got(getter, setter))


def _dies_here(event: Call, scope: Scope) -> bool:
    return event.receiver is not None and not scope.outlives(event.receiver)


def _same(site: Site, undo: Call) -> bool:
    return isinstance(site.event, Call) and site.event.text == undo.text


def _undoes(undo: Call, site: Site, around: Around, knowledge: Knowledge) -> bool:
    event = site.event
    if not isinstance(event, Call) or event.callee != undo.callee:
        return False
    if event.text == undo.text:
        return event.discarded and "toggle" in words_of(undo.method)
    if _takes_back(event, undo):
        return True
    if event.results and any(set(event.results) & value.reads for value in undo.args):
        return bool(event.args or event.keywords)  # without any argument it only reads
    if len(undo.args) > len(event.args) or {name for name, _ in undo.keywords} != {name for name, _ in event.keywords}:
        return False
    news = [*undo.args, *(value for _, value in sorted(undo.keywords, key=_first))]
    olds = [*event.args[: len(undo.args)], *(value for _, value in sorted(event.keywords, key=_first))]
    changed = [(old, new) for new, old in zip(news, olds, strict=True) if new.text != old.text]
    if len(undo.args) < len(event.args):
        return bool(undo.args) and not changed
    return len(changed) == 1 and _puts_back(changed[0][1], changed[0][0], event, around, knowledge)


def _takes_back(event: Call, undo: Call) -> bool:
    """`observe(handler)` and `observe(handler, remove=True)`."""
    flag = undo.keyword("remove")
    further = tuple(keyword for keyword in undo.keywords if keyword[0] != "remove")
    return flag is not None and flag.text == "True" and further == event.keywords and undo.args == event.args


def _first(keyword: tuple[str, Value]) -> str:
    return keyword[0]


def _puts_back(new: Value, old: Value, call: Call, around: Around, knowledge: Knowledge) -> bool:
    kept = new.reads if new.form in (Form.NAME, Form.OTHER) else ()
    if any(_reads_back(site, name, call) for name in kept for site in around.before):
        return True
    if sets_outcome(call.method, new.text):
        return False
    if new.form is Form.NAME and _OLD.match(new.text) and _is_bound(new.text, around):
        return True
    if any(_OLD.match(name) and _is_bound(name, around) for name in new.reads) and new.form is Form.CALL:
        return True  # in the form that the call takes: `str(old_owner)`
    if _unlocks(old.text, new.text) or _negates(old, new):
        return True
    if new.form is Form.CONSTANT and old.form is Form.CONSTANT:
        return _opposite(old.text, new.text, knowledge)
    if new.form is Form.NONE or new.text in _OFF:
        return old.form is not Form.NONE
    if old.form is Form.NAME and new.text.rpartition(".")[2].isupper():
        return True  # a named constant is put back for what the caller asked for
    # A setter is called with one thing of the module, then with another.
    return words_of(call.method)[:1] == ["set"] and _is_global(old) and _is_global(new)


def _is_global(value: Value) -> bool:
    """Whether the value is a dotted name of an imported module."""
    return value.form in (Form.NAME, Form.OTHER) and value.dotted is not None and "." in value.dotted.strip(".")


def _reads_back(site: Site, name: str, call: Call) -> bool:
    """Whether the site binds `name` to the old value: what the call itself returned, or what its receiver held."""
    event = site.event
    if isinstance(event, Call) and name in event.results:
        same_owner = event.callee.rpartition(".")[0] == call.callee.rpartition(".")[0]
        return event.callee == call.callee or (same_owner and _gets(event.method, call.method))
    if isinstance(event, Store) and event.target == name and call.receiver is not None:
        reads = any(read.startswith(f"{call.receiver}.") for read in event.value.reads)
        return reads and (event.value.form is not Form.CALL or "get" in event.value.text)
    return False


def _gets(getter: str, setter: str) -> bool:
    """`get_level` and `set_level`, `getLevel` and `setLevel`, `getcwd` and `chdir`."""
    if (getter, setter) in _DIRECTORY:
        return True
    return getter.lower().replace("get", "").strip("_") == setter.lower().replace("set", "").strip("_")


def _sets_what_it_got(getter: Call, setter: Call) -> bool:
    """`state = random.getstate()` and `random.setstate(state)`, whatever changes the state between them."""
    saved = set(getter.results)
    given = bool(saved) and any(saved & value.reads for value in setter.args)
    if (getter.method, setter.method) in _DIRECTORY:
        return given
    if getter.callee == setter.callee:
        return given and not getter.args and not getter.keywords
    same_owner = getter.callee.rpartition(".")[0] == setter.callee.rpartition(".")[0]
    return given and same_owner and "get" in getter.method.lower() and _gets(getter.method, setter.method)


def _loads(getter: Call, setter: Call) -> bool:
    """`model.state_dict()` and `model.load_state_dict(saved)`: the setter has the getter's name behind a verb."""
    same = getter.receiver is not None and getter.receiver == setter.receiver
    before, after = words_of(getter.method), words_of(setter.method)
    return same and len(before) > 1 and after[:1] in (["load"], ["set"], ["restore"]) and after[1:] == before


def _negates(old: Value, new: Value) -> bool:
    """`count(1)` and `count(-1)`."""
    return new.form is old.form is Form.CONSTANT and f"-{old.text}" == new.text


def _is_bound(name: str, around: Around) -> bool:
    return any(isinstance(site.event, Store) and site.event.target == name for site in around.before)


def _unlocks(old: str, new: str) -> bool:
    """`LOCK_EX | LOCK_NB` and `LOCK_UN`: the flags of one lock."""
    return words_of(new)[-2:] == ["lock", "un"] and "lock" in words_of(old) and "un" not in words_of(old)


def _opposite(old: str, new: str, knowledge: Knowledge) -> bool:
    """Whether two constants differ in exactly one word, and these words are opposites."""
    words = _WORD.findall(old.lower()), _WORD.findall(new.lower())
    if len(words[0]) != len(words[1]):
        return False
    different = [(a, b) for a, b in zip(*words, strict=True) if a != b]
    return len(different) == 1 and knowledge.are_opposite(*different[0])


def _kind(undo: Call) -> str:
    return {"os.chdir": "cwd", "signal.signal": "registration"}.get(undo.dotted or "", "state")
