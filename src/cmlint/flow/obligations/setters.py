"""Getters and setters: whether a call after the yield sets what a call or an attribute gave before it.

`getLevel` and `setLevel`, `getcwd` and `chdir`, `state_dict` and `load_state_dict`; also through a container that is
filled before the yield and emptied in a loop after it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.events import Call, Event, Form, Store, Value
from cmlint.flow.reading.naming import is_called_old, saves, words_of

_DIRECTORY = frozenset({("getcwd", "chdir"), ("cwd", "chdir"), ("absolute", "chdir")})
_STORING = (["save"], ["dump"], ["store"], ["backup"])
READING = frozenset({"get", "read", "current", "query", "fetch", "lookup"})
SETTING = frozenset({"set", "enable", "activate", "select", "restore", "apply"})
_ASKED_STATUS = re.compile(r"(?:os\.l?stat\((?P<path>.+)\)|(?P<own>.+)\.l?stat\(\))\.(?P<what>st_\w+)")
_STATUS = {"chmod": ("st_mode",), "chown": ("st_uid", "st_gid"), "utime": ("st_atime", "st_mtime")}
_PUTTING = frozenset({"set", "chmod", "chown", "restore", "apply", "configure", "switch", "use", "select", "activate"})
_TURNING = frozenset({"switch", "change", "use", "swap", "put", "update", "patch", "write"})
_PART = re.compile(r"([\w.]+)\([^()]*\)(?:\[[^\[\]]+\]|\.\w+)")  # `get_options()["width"]`, `get_options().width`
_FORMER = frozenset({"old", "orig", "original", "prev", "previous", "prior", "former", "earlier"})
_ASKED = re.compile(r"(?:(?P<owner>[\w.]+)\.)?(?P<method>\w+)\(\)")
_COPYING = frozenset({"copy", "deepcopy", "clone"})
CALLED = re.compile(r"(?:(?=[\w.]+\()|(?<=\bmap\()(?=[\w.]+,))([A-Za-z_][\w.]*)")  # `get(x)`, `map(get, xs)`


def gets(getter: str, setter: str) -> bool:
    """`get_level` and `set_level`, `isEnabled` and `setEnabled`, `getcwd` and `chdir`."""
    if (getter, setter) in _DIRECTORY:
        return True
    if asks(getter) and words_of(setter)[:1] == ["set"]:
        return words_of(getter)[1:] == words_of(setter)[1:]
    if is_participle(getter, setter):
        return True
    return getter.lower().replace("get", "").strip("_") == setter.lower().replace("set", "").strip("_")


def is_participle(getter: str, setter: str) -> bool:
    """`signalsBlocked` and `blockSignals`: the verb of the setter in the past, with the same nouns."""
    verb, *nouns = words_of(setter) or [""]
    asked = [word for word in words_of(getter) if word not in ("is", "are", "get")]
    past = {f"{verb}ed", f"{verb}d", f"{verb}{verb[-1:]}ed", f"{verb.removesuffix('y')}ied"}
    return len(asked) == len(nouns) + 1 and {word for word in asked if word not in past} == set(nouns) and bool(verb)


def asks(getter: str) -> bool:
    """Whether the name asks for a state that is on or off: `isEnabled`, `has_focus`."""
    return words_of(getter)[:1] in (["is"], ["has"])


def sets_what_it_got(getter: Call, setter: Call) -> bool:
    """`state = random.getstate()` and `random.setstate(state)`, whatever changes the state between them."""
    saved = set(getter.results)
    given = bool(saved) and any(saved & value.reads for value in setter.args)
    if (getter.method, setter.method) in _DIRECTORY:
        return given
    same_owner = getter.callee.rpartition(".")[0] == setter.callee.rpartition(".")[0]
    reads = "get" in getter.method.lower() or asks(getter.method) or is_participle(getter.method, setter.method)
    return given and same_owner and reads and gets(getter.method, setter.method)


def uncopied(getter: Call) -> Call:
    """The getter of which a call keeps a copy: `get_state()` in `state = clone(get_state())`, else the call itself."""
    asked = _ASKED.fullmatch(getter.args[0].text) if len(getter.given) == 1 == len(getter.args) else None
    if asked is None or getter.method not in _COPYING or not all(name.isidentifier() for name in getter.results):
        return getter
    owner = asked["owner"] if asked["owner"] else None
    callee = (getter.args[0].dotted or getter.args[0].text).partition("(")[0]
    return replace(getter, callee=callee, method=asked["method"], receiver=owner, args=())


def sets_part_of_what_it_got(read: Store, setter: Call) -> bool:
    """`old = get_options()["width"]` and `set_options(width=old)`, whatever the value is called."""
    part = _PART.fullmatch(read.value.text)
    values = setter.given
    if part is None or not any(value.form is Form.NAME and value.text == read.target for value in values):
        return False
    owner, _, getter = part[1].rpartition(".")
    same_owner = owner == setter.text.partition("(")[0].rpartition(".")[0]  # as the source spells both
    return same_owner and "get" in words_of(getter) and gets(getter, setter.method)


def sets_what_it_read(read: Store, setter: Call) -> bool:
    """`old = logger.level` and `logger.setLevel(old)`: the setter has the name of the attribute."""
    if asks_status(read.value, setter) and any(read.target in value.reads for value in setter.args):
        return True
    owner = setter.callee.rpartition(".")[0]
    attribute = setter.method.lower().removeprefix("set").strip("_")
    given = any(value.form is Form.NAME and value.text == read.target for value in setter.args)
    if not given or not owner or read.value.form is not Form.OTHER:
        return False
    if read.value.text in (f"{setter.receiver}.{value.text[1:-1]}" for value in setter.args[:1]):
        return len(setter.args) == 2  # `config.update("jax_enable_x64", old)`
    if words_of(setter.method)[:1] != ["set"]:  # `mode = model.training` and `model.train(mode)`
        read_whole = read.value.text == f"{owner}.{attribute}ing"
        return read_whole and setter.receiver == owner
    return any(key.lower().replace("._", ".") == f"{owner}.{attribute}".lower() for key in read.value.reads)


def asks_status(value: Value, setter: Call) -> bool:
    """Whether the value is what the file has of that which `setter` sets: `os.stat(path).st_mode` and `os.chmod`."""
    asked = _ASKED_STATUS.fullmatch(value.text)
    files = {setter.receiver or "", *(given.text for given in setter.args[:1])}
    known = _STATUS.get(setter.method.removeprefix("l").removeprefix("f"), ())
    return asked is not None and asked["what"] in known and bool(files & {asked["path"], asked["own"]})


def loads(getter: Call, setter: Call) -> bool:
    """`model.state_dict()` and `model.load_state_dict(saved)`: the setter has the getter's name behind a verb.

    Or both name the place where the state is kept meanwhile: `settings.save(path)` and `settings.load(path)`.
    """
    same = getter.receiver is not None and getter.receiver == setter.receiver
    before, after = words_of(getter.method), words_of(setter.method)
    if same and _kept_under(getter, setter) and before[1:] == after[1:]:
        return before[:1] in _STORING and after[:1] in (["load"], ["restore"])
    return same and len(before) > 1 and after[:1] in (["load"], ["set"], ["restore"]) and after[1:] == before


def puts_back_to_it(getter: Call, setter: Call) -> bool:
    """`restore = make_writable(path)` and `path.chmod(restore)`: the object was given, and what there was is named."""
    saved = [name for name in getter.results if is_called_old(name)]
    given = [value.text for value in setter.args]
    of_it = setter.receiver is not None and any(value.text == setter.receiver for value in getter.args)
    puts = not _PUTTING.isdisjoint(words_of(setter.method)[:1])
    return of_it and len(given) == 1 and given[0] in saved and puts


def sets_the_old(read: Event, setter: Call) -> bool:
    """`old_hook = self._setup()` and `readline.set_hook(old_hook)`: nothing is set but what was there before."""
    bound = read.results if isinstance(read, Call) else (read.target,) if isinstance(read, Store) else ()
    given = [value.text for value in setter.given]
    if len(given) != 1 or given[0] not in bound or not _FORMER.isdisjoint(words_of(setter.method)):
        return False
    verb, *nouns = words_of(setter.method) or [""]
    old, *named = words_of(given[0]) or [""]
    return verb in ("set", "restore", "reset", "update") and old in _FORMER and not set(named).isdisjoint(nouns)


def _kept_under(getter: Call, setter: Call) -> bool:
    """Whether both calls are given the same."""
    given = [value.text for value in getter.args]
    return getter.discarded and bool(given) and given == [value.text for value in setter.args]


def reads_back(site: Site, name: str, call: Call) -> bool:
    """Whether the site binds `name` to the old value: what the call itself returned, or what its receiver held."""
    event = site.event
    if isinstance(event, Call) and name in event.results:
        if saves(event.method):
            return True
        same_owner = event.callee.rpartition(".")[0] == call.callee.rpartition(".")[0]
        return event.callee == call.callee or (same_owner and gets(event.method, call.method))
    if isinstance(event, Store) and event.target == name and call.receiver is not None:
        if event.value.text == f"{call.receiver}()":
            return True  # the object called is its value
        reads = any(read.startswith(f"{call.receiver}.") for read in event.value.reads)
        named = "get" in event.value.text or "get" in words_of(event.value.text)
        called = event.value.form is Form.CALL or (event.value.dotted or "").endswith("()")
        return reads and (not called or named)
    if not isinstance(event, Store) or event.target != name:
        return False
    return _is_attribute_of_argument(event.value, call) or _is_what_it_sets(event.value, call)


def got_before(site: Site, name: str, setter: Call) -> bool:
    """Whether the site binds `name` to what a getter gave that is called as the setter, or asked for the same thing."""
    event = site.event
    if isinstance(event, Call) and name in event.results:
        return _names_what_it_sets(event.method, setter.method) or _asks_for_the_same(event, setter)
    return isinstance(event, Store) and event.target == name and _is_part_of_what_was_got(event.value, setter)


def _is_part_of_what_was_got(value: Value, setter: Call) -> bool:
    """`current = client.get_settings()["index"]` and `put_settings(size=current["size"])`."""
    getters = (callee.rpartition(".")[2] for callee in CALLED.findall(value.text))
    return any(_names_what_it_sets(getter, setter.method) for getter in getters)


def _names_what_it_sets(getter: str, setter: str) -> bool:
    """`get_backend` and `switch_backend`, of whatever module: what is got is called as what is set."""
    asked, told = words_of(getter), words_of(setter)
    reads = not READING.isdisjoint(asked[:1]) and not (SETTING | _TURNING).isdisjoint(told[:1])
    return reads and asked[1:] == told[1:] != []


def _asks_for_the_same(getter: Call, setter: Call) -> bool:
    """`scale = apps.scale_of(name)` and `apps.patch_scale(name, scale)`: the same thing of the same object."""
    given = [value.text for value in getter.args]
    same = getter.receiver is not None and getter.receiver == setter.receiver
    if not same or not given or given != [value.text for value in setter.args[: len(given)]]:
        return False
    nouns = set(words_of(getter.method)) & set(words_of(setter.method)[1:])
    return bool(nouns) or not READING.isdisjoint(words_of(getter.method)[:1])


def pops_what_was_read(value: Value, pushed: Event, setter: Call) -> bool:
    """`clips.append(surface.get_clip())` and `surface.set_clip(clips.pop())`: the stack keeps the old value."""
    if not isinstance(pushed, Call) or pushed.method != "append" or len(pushed.args) != 1:
        return False
    owner, _, getter = pushed.args[0].text.partition("(")[0].rpartition(".")
    same = owner == setter.text.partition("(")[0].rpartition(".")[0]  # as the source spells both
    return value.text == f"{pushed.receiver}.pop()" and same and gets(getter, setter.method)


def _is_what_it_sets(value: Value, setter: Call) -> bool:
    """`old = _VALIDATION_ENABLED` and `enable_validation(old)`: the variable of the module that a function sets."""
    nouns = words_of(setter.method)[1:]
    named = value.form is Form.NAME and value.text.lstrip("_").isupper() and setter.receiver is None
    return named and bool(nouns) and set(nouns) <= set(words_of(value.text))


def _is_attribute_of_argument(value: Value, setter: Call) -> bool:
    """`old = context.mode` and `set_mode(context, old)`: a function that sets the attribute it is named after."""
    owner, _, attribute = value.text.rpartition(".")
    named = attribute and attribute in setter.method and words_of(setter.method)[:1] == ["set"]
    return bool(named) and any(given.text == owner for given in setter.args)
