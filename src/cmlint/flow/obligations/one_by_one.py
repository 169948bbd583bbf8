"""Old values of many things: got before the yield and kept in a container, set again one by one after it.

`levels = {log: log.level for log in logs}` ... `for log, level in levels.items(): log.setLevel(level)`. May miss what
passes through an object or a function.
"""

from __future__ import annotations

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.saved import Saved, root_of
from cmlint.flow.obligations.setters import CALLED, READING, SETTING, asks, asks_status, gets
from cmlint.flow.reading.events import Call, Event, Form, Store, Value, Yield
from cmlint.flow.reading.naming import tells, words_of
from cmlint.flow.reading.scope import Scope


def saved_in_a_container(setter: Call, around: Around, scope: Scope) -> tuple[list[Site], list[Site]]:
    """The calls before the yield that `setter` undoes with what was kept in a container, and what opens the duty."""
    saved = Saved(around, scope)
    calls = [site for site in around.before if isinstance(site.event, Call) and site.event.method == setter.method]
    for value in setter.given:
        kept = [
            site
            for site in saved.fills(value)
            if not _is_for_the_body(site.event, around)
            if _is_kept_for(saved.values(site), setter, before=any(_same_callee(call, setter) for call in calls))
        ]
        if kept:
            keeping = {root_of(site.event.target) for site in kept if isinstance(site.event, Store)}
            changes = [site for site in calls if not _keeps(site, keeping)] or [
                site for site in calls if _same_callee(site, setter)
            ]
            return changes, changes or kept
    got = _got_together(setter, around, scope)
    return [], got


def _is_for_the_body(event: Event, around: Around) -> bool:
    """Whether it makes the container that the body gets to fill: what is in it afterwards is what the body found."""
    given = around.site.event
    made = isinstance(event, Store) and event.target.isidentifier() and event.value.text[:1] in ("{", "[")
    return made and isinstance(event, Store) and isinstance(given, Yield) and event.target == given.value.text


def put_back_one_by_one(undo: Site, around: Around) -> list[Site]:
    """The same call before the yield, where both stand in loops and only the loop of `undo` runs over old values.

    `for name, on in new.items(): override(name, on)` ... `for name, on in olds.items(): override(name, on)`.
    """
    if not isinstance(undo.event, Call):
        return []
    if tells(undo.event.method):
        return []
    olds = {over for over in _loops_of(undo.event, around.after) if _holds_old_values(over, undo.event, around)}
    olds -= _loops_of(undo.event, around.before)
    same = (site for site in around.before if isinstance(site.event, Call) and site.event.text == undo.event.text)
    return list(same) if olds else []


def _loops_of(call: Call, sites: tuple[Site, ...]) -> set[str]:
    """The names of the containers from which loops take what the call is given."""
    given = {value.text for value in call.args if value.form is Form.NAME}
    stores = (site.event for site in sites if isinstance(site.event, Store))
    return {root_of(store.value.text) for store in stores if store.target in given and store.value.form is Form.ITEM}


def _holds_old_values(container: str, setter: Call, around: Around) -> bool:
    """Whether what was asked for is kept in a local: `{k: get_option(k) for k in options}`, `olds[k] = get(k)`."""
    stores = (site.event for site in around.before if isinstance(site.event, Store))
    kept = [store.value.text for store in stores if root_of(store.target) == container]
    getters = (callee.rpartition(".") for text in kept for callee in CALLED.findall(text))
    owner, nouns = setter.text.partition("(")[0].rpartition(".")[0], set(words_of(setter.method)[1:])
    return any(
        (asks(getter) or not READING.isdisjoint(words_of(getter)[:1]))
        and (of == owner or not nouns.isdisjoint(words_of(getter)))
        for of, _, getter in getters
    )


def _got_together(setter: Call, around: Around, scope: Scope) -> list[Site]:
    """Where a getter gave all that a loop hands back to parts of the same object.

    `rules = parser.get_active_rules()` ... `for chain, names in rules.items(): parser[chain].enable_only(names)`.
    """
    if setter.receiver is None or SETTING.isdisjoint(words_of(setter.method)[:1]):
        return []
    given = (value.text for value in setter.args if value.form is Form.NAME)
    kept = {root_of(scope.code(over)) for name in given for over in scope.looped.get(name, ())}
    kept -= around.yielded
    return [
        site
        for site in around.before
        if isinstance(site.event, Call)
        and not kept.isdisjoint(site.event.results)
        and not READING.isdisjoint(words_of(site.event.method)[:1])
        and root_of(site.event.receiver or "") == root_of(setter.receiver)
    ]


def _same_callee(site: Site, setter: Call) -> bool:
    return isinstance(site.event, Call) and site.event.callee == setter.callee


def _keeps(site: Site, containers: set[str]) -> bool:
    return isinstance(site.event, Call) and not containers.isdisjoint(map(root_of, site.event.results))


def _is_kept_for(values: tuple[Value, ...], setter: Call, *, before: bool) -> bool:
    """Whether one of the values was read from where `setter` writes: by its getter, from its attribute, by itself."""
    owner = setter.callee.rpartition(".")[0]
    attribute = setter.method.lower().removeprefix("set").strip("_")
    for value in values:
        if asks_status(value, setter):
            return True
        if words_of(setter.method)[:1] == ["set"] and any(
            f"{read.rpartition('.')[2].lower().strip('_')}_".startswith(f"{attribute}_") and "." in read
            for read in value.reads
        ):
            return True  # `set_format` sets `_format`, and `_format_type` beside others
        named = (setter.method.rstrip("_"), f"{setter.method}ing")
        if any(read.rpartition(".")[2] in named and "." in read for read in value.reads):
            return True  # `requires_grad_` sets `requires_grad`, `train` sets `training`
        for callee in CALLED.findall(value.text):
            getter = callee.rpartition(".")[2]
            if getter == setter.method and before:
                return True
            if "get" in getter.lower() and gets(getter, setter.method):
                return True
            reads = not READING.isdisjoint(words_of(getter)[:1])
            if before and reads and owner and callee.rpartition(".")[0] == owner.rpartition(".")[2]:
                return True
    return False
