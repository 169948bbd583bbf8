"""Whether one call of a function puts back what another call of it changed: by the arguments in which they differ.

The old value was read before, or is the opposite constant, or says "nothing", or is a default: of the function, of the
object, of the module. May miss an undo that takes more than one argument to describe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.arguments import (
    are_filled_in_alike,
    asks,
    carried,
    is_a_manner,
    is_global,
    is_made_alike,
    is_named_like,
    is_normal,
    names_the_same,
    sets_a_level,
)
from cmlint.flow.obligations.moved import moves_back, swaps
from cmlint.flow.obligations.opposites import (
    are_opposite,
    code_undoes,
    commands_are_opposite,
    messages_are_opposite,
    negates,
    says_nothing,
    set_the_same,
    turn_a_switch,
    unlocks,
)
from cmlint.flow.obligations.outcome import sets_outcome
from cmlint.flow.obligations.regained import is_base, is_looked_up, is_read, was_current
from cmlint.flow.reading.events import Call, Enter, Form, Store, Value
from cmlint.flow.reading.naming import is_called_old, tells, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_OFF = frozenset({"0", "False", "signal.SIG_DFL", "SIG_DFL", "signal.default_int_handler", '""', "''"})
_CHANGING = frozenset({"patch", "update", "set", "configure", "modify", "apply", "put"})
_QUOTES = frozenset({'"', "'"})
_SWITCHED = frozenset({"True", "False"})
_ACQUIRING = frozenset({"lock", "acquire"})  # again, in another way: not undone
_BLANK = frozenset({'""', "''"})
_TAKING_CHARGE = frozenset(
    {"use", "activate", "bind", "make", "select", "switch", "set", "apply", "install", "enable", "attach", "focus"}
    | {"resume", "enter", "start", "begin", "push", "take"}
)
_HOOKS = frozenset({"on", "before", "after", "pre", "post"})
_NAMED = re.compile(r"[A-Za-z_]\w*(\.\w+)+|[A-Z_]+")
_UNDOING = frozenset(
    {"remove", "undo", "unregister", "disconnect", "delete", "unset", "restore", "revert", "cleanup", "clear", "reset"}
)
_DELETING = frozenset({"delete", "drop", "terminate", "revoke", "purge", "destroy", "retire", "expire"})
_GOING = re.compile(r"[\"'](?:checkout|switch|use|select|config|cd)[\"']")
_SETS = frozenset({"set", "use", "select", "activate", "switch", "configure", "reconfigure", "seed"})
_TAKING_ON = frozenset({"enter", "push", "add", "append", "insert", "defer"})  # a second call takes on another thing
_NO_COLOUR = re.compile(
    r"\b(?:Fore|Back|Style|[Cc]olou?rs?|style|ansi|term)\.(?:RESET|RESET_ALL|reset|normal|NORMAL|ENDC)\b"
    r"|\\(?:033|x1b|e)\[0?m"
)
_NULL_OBJECT = re.compile(r"(?:\w+\.)*_*(?:Null|Noop|NoOp|Dummy|Empty)[A-Z]\w*\(\)")
_KEEPING = frozenset({"get", "dup", "copy", "current", "read", "save", "query"})


@dataclass(frozen=True)
class Pairing:
    """A call after the yield, `undo`, and whether it undoes calls of the same function before it."""

    undo: Call
    around: Around
    scope: Scope
    knowledge: Knowledge

    def undoes(self, site: Site) -> bool:
        """Whether `undo` undoes the call at `site`."""
        event, undo = site.event, self.undo
        if (
            not isinstance(event, Call)
            or event.text == undo.text
            or not _DELETING.isdisjoint(words_of(undo.method)[:1])
        ):
            return False  # what deletes one thing does not undo that another was deleted
        if swaps(event, undo) and not self._is_published(undo.args[0]):
            return True
        if moves_back(event, undo) or self._hands_back(event):
            return True
        if event.callee != undo.callee or words_of(undo.method)[:1] in ([word] for word in _ACQUIRING):
            return False
        if event.results and any(set(event.results) & value.reads for value in undo.args):
            return _TAKING_ON.isdisjoint(words_of(undo.method)[:1]) and not _runs_another(event, undo)
        if _undoes_by_keyword(event, undo) or _resets(event, undo) or self._is_told_the_old_ones():
            return True
        named = {name for name, _ in undo.keywords}
        if len(undo.args) > len(event.args) or not named <= {name for name, _ in event.keywords}:
            return False  # an option of the change that is left out (`checkout(branch, new=True)`) says nothing
        options = [(name, value) for name, value in event.keywords if name in named]
        news = [*undo.args, *(value for _, value in sorted(undo.keywords, key=_first))]
        olds = [*event.args[: len(undo.args)], *(value for _, value in sorted(options, key=_first))]
        changed = [(old, new) for new, old in zip(news, olds, strict=True) if new.text != old.text]
        if changed and all(self._is_old(after, before, event) for before, after in changed):
            return True  # all that was changed, however many there are
        changed = [pair for pair in changed if not is_a_manner(*pair)] or changed
        if changed and all(is_base(after, before, undo, self.around) for before, after in changed):
            return not tells(undo.method)
        if len(undo.args) < len(event.args):
            return bool(undo.args) and not changed and len(options) == len(event.keywords)
        if len(changed) > 1 and all(negates(before.text, after.text) for after, before in changed):
            return True
        if len(options) < len(event.keywords):
            return len(changed) == 1 and self._is_old(changed[0][1], changed[0][0], event)
        return len(changed) == 1 and self._puts_back(changed[0][1], changed[0][0], event)

    def _is_told_the_old_ones(self) -> bool:
        """Whether all that the undo is told by place is called the old one: `configure(old_prefix, old_output)`."""
        olds = [value.form is Form.NAME and is_called_old(value.text) for value in self.undo.args]
        read = all(self._is_bound(value.text) for value in self.undo.args)
        return bool(olds) and all(olds) and read and not tells(self.undo.method)

    def _hands_back(self, event: Call) -> bool:
        """Whether what was in charge before is again: `old = window.camera`, `self.use()` and `old.use()`."""
        undo = self.undo
        if _TAKING_CHARGE.isdisjoint(words_of(undo.method)[:1]):
            return False
        former = undo.text.removesuffix(f".{undo.method}()")
        taken = event.method == undo.method and event.receiver not in (None, undo.receiver)
        known = is_called_old(former) and self._is_bound(former)
        return taken and former.isidentifier() and (known or was_current(former, self.around))

    def _is_published(self, value: Value) -> bool:
        """Whether the body got it to work on: then it is put in its place only when the body succeeded."""
        return not self.around.yielded.isdisjoint(value.reads)

    def _is_old(self, new: Value, old: Value, call: Call) -> bool:
        """Whether the new value was read before the yield from where the call writes, or is called the old one."""
        return is_read(new, call, self.around) or self._is_called_old(new, old)

    def _is_called_old(self, new: Value, old: Value) -> bool:
        owner, _, named = new.text.rpartition(".")
        if owner == "self" and is_called_old(named) and not tells(self.undo.method):
            return True  # `__init__` has kept it
        return any(is_called_old(name) and self._is_bound(name) for name in carried(new, old))

    def _puts_back(self, new: Value, old: Value, call: Call) -> bool:
        if is_read(new, call, self.around) or self._is_copy(new):
            return True
        if is_base(new, old, self.undo, self.around) and not tells(self.undo.method):
            return True
        if negates(old.text, new.text):
            return True
        if sets_outcome(call.method, new.text):
            return False
        return self._switches_back(new, old, call) or self._is_written_as_opposite(new, old, call)

    def _switches_back(self, new: Value, old: Value, call: Call) -> bool:
        """Whether a switch, a lock, a colour or a setting gets what it had, or the other of two."""
        if not _CHANGING.isdisjoint(words_of(call.method)[:1]) and turn_a_switch(old.text, new.text):
            return True
        if set_the_same(old.text, new.text) or _ends_a_colour(self.undo):
            return True
        if self._is_called_old(new, old) or unlocks(old.text, new.text):
            return True
        if old.form is Form.CONSTANT and old.text in _SWITCHED and asks(new):
            return True  # switched off, then on or off as it has to be: `setEnabled(stack.canUndo())`
        named = _NAMED.fullmatch(new.text) and _NAMED.fullmatch(old.text) and not tells(self.undo.method)
        hooks = not _HOOKS.isdisjoint(words_of(new.text.rpartition(".")[2])[:1])
        # `execute(self.keys_off)` and `execute(self.keys_on)`
        return bool(named) and not hooks and are_opposite(old.text, new.text, self.knowledge)

    def _is_written_as_opposite(self, new: Value, old: Value, call: Call) -> bool:
        """Whether what is passed says the opposite as it is written, or says nothing, or what is normal."""
        if new.form is Form.CONSTANT and old.form is Form.CONSTANT:
            normal = new.text in _BLANK or is_normal(new.text, call.method) or sets_a_level(call)
            return normal or are_opposite(old.text, new.text, self.knowledge)
        if are_filled_in_alike(old, new) and not tells(call.method):
            return are_opposite(old.text, new.text, self.knowledge)
        if new.text.lstrip("f")[:1] in _QUOTES and code_undoes(old.text, new.text, self.knowledge):
            return True
        if new.text.startswith("[") and old.text.startswith("["):
            return self._goes_back_to(new, old) or commands_are_opposite(old.text, new.text, self.knowledge)
        if new.text.startswith("{") and old.text.startswith("{"):
            return messages_are_opposite(old.text, new.text, self.knowledge)
        nothing = not _SETS.isdisjoint(words_of(call.method)[:1]) and _NULL_OBJECT.fullmatch(new.text)
        if new.form is Form.NONE or new.text in _OFF or nothing:
            return old.form is not Form.NONE
        return self._is_default(new, old, call)

    def _goes_back_to(self, new: Value, old: Value) -> bool:
        """Whether two commands differ in a name only, which stands for what was current: `["checkout", branch]`."""
        names = new.reads - old.reads if _GOING.search(new.text) else frozenset()
        return is_made_alike(new, old) and any(was_current(name, self.around) for name in names)

    def _is_default(self, new: Value, old: Value, call: Call) -> bool:
        """Whether the new value is one that stands for the normal state."""
        named = new.text.rpartition(".")[2] if new.form is not Form.CONSTANT else ""
        if call.dotted == "os.chdir":
            return True  # there is one working directory, and the manager leaves it as the last step
        if old.form is Form.NAME and named.isupper():
            return True  # a named constant is put back for what the caller asked for
        asked_for = any(read in self.scope.parameters for read in old.reads) and not tells(call.method)
        if named.isupper() and (says_nothing(named) or asked_for):
            return True
        own = (
            new.text.startswith(f"{call.receiver}.") and old.form is Form.NAME and words_of(call.method)[:1] == ["set"]
        )
        if (own or old.form is Form.CONSTANT) and is_named_like(new, call.method):
            return True  # the object keeps in an attribute what its setter is normally given
        if not call.method.lower().lstrip("_").startswith("set"):
            return False
        if names_the_same(call.method, old.text) and names_the_same(call.method, new.text):
            return True  # `set_adapter(self.reference_adapter)` and `set_adapter(self.adapter_name or "default")`
        # A setter is called with one thing of the module, then with another; or with one that the caller gave.
        fixed = is_global(new) or new.form is Form.CONSTANT
        if is_global(new) and (is_global(old) or is_looked_up(old, self.around)):
            return True
        return self._is_given(old) and (self._is_given(new) or fixed)

    def _is_given(self, value: Value) -> bool:
        return value.form is Form.NAME and value.text in self.scope.parameters

    def _is_bound(self, name: str) -> bool:
        if self.scope.is_loop_variable(name):
            return True
        return any(isinstance(site.event, Store) and site.event.target == name for site in self.around.before)

    def _is_copy(self, new: Value) -> bool:
        """Whether the new value copies what another argument names: `copy = dup(fd)` ... `dup2(copy, fd)`."""
        others = {value.text for value in self.undo.args if value is not new and value.form is Form.NAME}
        for site in self.around.before:
            event = site.event
            if isinstance(event, Store) and event.target in new.reads:
                made = event.value
            elif isinstance(event, Enter) and not new.reads.isdisjoint(event.results):
                made = event.manager
            else:
                continue
            if made.form is Form.CALL and others & made.reads and not _KEEPING.isdisjoint(words_of(made.text)):
                return True
        return False


def _ends_a_colour(undo: Call) -> bool:
    """Whether the call writes what ends a colour, by a name or as the sequence: `write(Style.RESET_ALL)`."""
    return any(_NO_COLOUR.search(value.text) for value in undo.args)


def _first(keyword: tuple[str, Value]) -> str:
    return keyword[0]


def _runs_another(event: Call, undo: Call) -> bool:
    """Whether the two only run what they are given: `run(open_one())` and `run(commit(one))` are two other steps."""
    if not event.args or not undo.args:
        return False
    one, other = event.args[0], undo.args[0]
    return one.form is other.form is Form.CALL and one.text.partition("(")[0] != other.text.partition("(")[0]


def _undoes_by_keyword(event: Call, undo: Call) -> bool:
    """`observe(handler, name)` and `observe(handler, name, remove=True)`."""
    more = [pair for pair in undo.keywords if pair not in event.keywords]
    same = [value.text for value in undo.args] == [value.text for value in event.args]
    if [value.text for value in undo.args] == [*(value.text for value in event.args), "False"] and event.args:
        return not undo.keywords  # `silence(name)` and `silence(name, False)`
    return same and len(more) == 1 and more[0][0] in _UNDOING and more[0][1].text == "True"


def _resets(event: Call, undo: Call) -> bool:
    """`set_options(width=9)` and `set_options()`, `use_backend("svg")` and `use_backend()`."""
    given = event.args or event.keywords
    sets = not _SETS.isdisjoint(words_of(undo.method)[:1])
    return bool(given) and not undo.args and not undo.keywords and sets
