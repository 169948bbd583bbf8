"""Loads and checks the shipped data; an entry that is wrong is named with its file, its number and its key."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from cmlint.config import nearest
from cmlint.knowledge.entries import KINDS, Disposal, Knowledge, Making, Protocol, Resource
from cmlint.knowledge.plain import plain_tables

_Made = TypeVar("_Made")
_PROTOCOLS = "protocols.toml"
_FILES = ("standard_library.toml", "libraries.toml", "words.toml", "antonyms.toml", _PROTOCOLS, "fallible.toml")
_KEYS: dict[str, dict[str, type]] = {
    "resource": {
        "acquire": str,
        "object": str,
        "release": list,
        "waits_by": list,
        "also": list,
        "kind": str,
        "type": str,
        "hangs": str,
        "waits": str,
        "unless": str,
        "only_with": str,
        "outlives_with": bool,
        "idle": bool,
        "source": str,
    },
    "protocol": {
        "name": str,
        "making": str,
        "argument": str,
        "throws": bool,
        "resumes": bool,
        "closes": bool,
        "source": str,
    },
    "alias": {"name": str, "is": str},
    "memory": {"functions": list, "source": str},
    "disposal": {"verb": str, "function": str, "kind": str, "lost": str},
    "opposite": {"words": list},
    "antonym": {"words": list, "kind": str, "protected": int},
    "fallible": {
        "functions": list,
        "except": list,
        "verbs": list,
        "writing": list,
        "cleanup": list,
        "remote": list,
        "services": list,
        "devices": list,
        "begun_in_turn": list,
        "ended_in_turn": list,
        "source": str,
    },
}
_NEEDED = {
    "resource": ("acquire", "release", "kind", "source"),
    "protocol": ("name", "source"),
    "alias": ("name", "is"),
    "memory": ("functions", "source"),
    "disposal": ("kind", "lost"),
    "opposite": ("words",),
    "antonym": ("words", "kind"),
    "fallible": (
        *("functions", "verbs", "writing", "cleanup", "remote", "services", "devices"),
        *("begun_in_turn", "ended_in_turn", "source"),
    ),
}
_DOTTED = r"[^\W\d]\w*(?:\(\))*(?:\.[^\W\d]\w*(?:\(\))*)*"
_WORD = r"[^\W\d]\w*"
_RELEASE = rf"\.{_WORD}|{_DOTTED}\(_\)|{_DOTTED}"  # which of them need `()` is asked for below
_SPELLED = {
    "acquire": (_DOTTED, "a dotted name such as `lab.Laser().fire`"),
    "name": (rf"\.*{_DOTTED}|\*\.{_WORD}\.{_WORD}|\.\*\.{_WORD}", "a dotted name, `*.a.b` or `.*.b`"),
    "release": (_RELEASE, "'.method', 'function(_)' or 'function()'"),
    "waits_by": (rf"\.?{_WORD}", "a method such as `.join`, or `await`"),
    "also": (rf"\.?{_WORD}", "a method such as `.join`"),
}  # the keys that name something in the settings, where a name that no code can have would find nothing
_HELD = ("receiver", "result", "first", "argument")


class KnowledgeError(Exception):
    """An entry of the knowledge base is wrong; the message names the file, the entry and the key."""


@cache
def shipped() -> Knowledge:
    """The knowledge that comes with cmlint."""
    return load({name: _text(name) for name in _FILES})


def _text(name: str) -> str:
    assert __spec__ is not None and __spec__.loader is not None
    data: bytes = __spec__.loader.get_data(os.path.join(os.path.dirname(__file__), name))  # type: ignore[attr-defined]
    return data.decode("utf-8")


@cache
def extended(own: str) -> Knowledge:
    """The shipped knowledge and own entries of a project, as JSON (`Config.own_knowledge`). Raises KnowledgeError."""
    if not own:
        return shipped()
    import json

    tables = json.loads(own)
    where = tables.pop("where")
    return load({name: _text(name) for name in _FILES}, {where: tables})


def load(texts: Mapping[str, str], own: Mapping[str, Mapping[str, Any]] | None = None) -> Knowledge:
    """The knowledge in some TOML texts (file name -> content) and tables (place -> entries). Raises KnowledgeError."""
    entries: dict[str, list[_Entry]] = {kind: [] for kind in _KEYS}
    for name, text in texts.items():
        tables = plain_tables(text) or _parsed(name, text)
        for kind in tables:
            if kind not in _KEYS:
                raise KnowledgeError(f"{name}: [[{kind}]] is not a kind of entry; there are {', '.join(_KEYS)}")
            entries[kind].extend(
                _checked(f"{name}: {kind} {number}", kind, entry) for number, entry in enumerate(tables[kind], 1)
            )
    for place, given in (own or {}).items():
        for kind in given:
            entries[kind].extend(
                _spelled(_checked(f"{place}: {kind} {number}", kind, {"source": "own", **entry}))
                for number, entry in enumerate(given[kind], 1)
            )
    return Knowledge(
        resources=_unique(entries["resource"], "acquire", _resource),
        protocols=_grouped(entries["protocol"]),
        aliases=_unique(entries["alias"], "name", lambda entry: str(entry.values["is"])),
        memory=_words(entries["memory"], "functions"),
        disposals=_unique(entries["disposal"], "verb", _disposal),
        opposites=frozenset(frozenset(map(str, entry.values["words"])) for entry in entries["opposite"]),
        antonyms={_pair(entry): str(entry.values["kind"]) for entry in entries["antonym"]},
        fallible=_words(entries["fallible"], "functions"),
        infallible=_words(entries["fallible"], "except"),
        fallible_verbs=_words(entries["fallible"], "verbs"),
        fallible_writing=_words(entries["fallible"], "writing"),
        fallible_cleanup=_words(entries["fallible"], "cleanup"),
        fallible_remote=_words(entries["fallible"], "remote"),
        fallible_services=_words(entries["fallible"], "services"),
        fallible_devices=_words(entries["fallible"], "devices"),
        begun_in_turn=_words(entries["fallible"], "begun_in_turn"),
        ended_in_turn=_words(entries["fallible"], "ended_in_turn"),
    )


def _parsed(name: str, text: str) -> Mapping[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"{name}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Entry:
    where: str
    values: Mapping[str, Any]


def _checked(where: str, kind: str, entry: Mapping[str, Any]) -> _Entry:
    keys = _KEYS[kind]
    for key, value in entry.items():
        if key not in keys:
            raise KnowledgeError(f"{where}: unknown key `{key}`; there are {', '.join(keys)}")
        if not isinstance(value, keys[key]):
            raise KnowledgeError(f"{where}: `{key}` must be a {keys[key].__name__}, not {value!r}")
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise KnowledgeError(f"{where}: `{key}` must be a list of strings, not {value!r}")
    for key in _NEEDED[kind]:
        if key not in entry:
            raise KnowledgeError(f"{where}: `{key}` is missing")
    if "kind" in entry and entry["kind"] not in KINDS:
        raise KnowledgeError(f"{where}: unknown kind `{entry['kind']}`{_known_kinds(entry['kind'])}")
    return _Entry(where, entry)


def _spelled(entry: _Entry) -> _Entry:
    """The entry, if each of its names is one that code can have. Raises KnowledgeError."""
    for key, (pattern, wanted) in _SPELLED.items():
        value = entry.values.get(key, [])
        for name in [value] if isinstance(value, str) else value:
            if not re.fullmatch(pattern, name):
                each = "" if isinstance(value, str) else "each of "
                raise KnowledgeError(f"{entry.where}: {each}`{key}` must be {wanted}, not {name!r}")
    return entry


def _known_kinds(given: str) -> str:
    """All kinds, since an unlike one may be meant, and the nearest where there is one: no rule reports another kind."""
    listed = f"there are {', '.join(KINDS)}"
    hint = nearest(given, KINDS)
    return hint if listed in hint else f"{hint} ({listed})"


def _unique(entries: list[_Entry], key: str, make: Callable[[_Entry], _Made]) -> dict[str, _Made]:
    """The entries by their name, each of which may be there once."""
    made: dict[str, _Made] = {}
    for entry in entries:
        name = entry.values.get(key) or entry.values.get("function")
        if name is None:
            raise KnowledgeError(f"{entry.where}: `{key}` is missing")
        if name in made:
            raise KnowledgeError(f"{entry.where}: `{name}` is there already")
        made[name] = make(entry)
    return made


def _words(entries: list[_Entry], key: str) -> frozenset[str]:
    return frozenset(str(word) for entry in entries for word in entry.values.get(key, ()))


def _grouped(entries: list[_Entry]) -> dict[str, tuple[Protocol, ...]]:
    """The protocols by name; of one name there may be several that need different arguments."""
    protocols: dict[str, tuple[Protocol, ...]] = {}
    for entry in entries:
        protocol = _protocol(entry)
        others = protocols.get(protocol.name, ())
        if any(other.argument == protocol.argument for other in others):
            raise KnowledgeError(f"{entry.where}: `{protocol.name}` is there already")
        protocols[protocol.name] = (*others, protocol)
    return protocols


def _resource(checked: _Entry) -> Resource:
    where, entry = checked.where, checked.values
    methods = frozenset(item[1:] for item in entry["release"] if item.startswith("."))
    functions = frozenset(item[:-3] for item in entry["release"] if item.endswith("(_)"))
    latest = frozenset(item[:-2] for item in entry["release"] if item.endswith("()") and not item.startswith("."))
    if len(methods) + len(functions) + len(latest) != len(entry["release"]) or not entry["release"]:
        raise KnowledgeError(f"{where}: each of `release` is either '.method', 'function(_)' or 'function()'")
    held = entry.get("object", "receiver" if "()." in entry["acquire"] else "result")
    if held not in _HELD:
        raise KnowledgeError(f"{where}: `object` is one of {', '.join(_HELD)}, not {held!r}")
    return Resource(
        acquire=entry["acquire"],
        held=held,
        release_methods=methods,
        release_functions=functions,
        release_latest=latest,
        waits_by=frozenset(item.removeprefix(".") for item in entry.get("waits_by", ())),
        also=frozenset(item.removeprefix(".") for item in entry.get("also", ())),
        kind=entry["kind"],
        type=entry.get("type", entry["acquire"]),
        hangs=entry.get("hangs"),
        waits=entry.get("waits"),
        unless=entry.get("unless"),
        only_with=entry.get("only_with"),
        outlives_with=entry.get("outlives_with", False),
        idle=entry.get("idle", False),
        source=entry["source"],
    )


def _pair(checked: _Entry) -> tuple[str, str]:
    words = checked.values["words"]
    if len(words) != 2:
        raise KnowledgeError(f"{checked.where}: `words` must be two words, not {words!r}")
    return str(words[0]), str(words[1])


def _disposal(checked: _Entry) -> Disposal:
    return Disposal(kind=checked.values["kind"], lost=checked.values["lost"])


def _protocol(checked: _Entry) -> Protocol:
    entry = checked.values
    making = entry.get("making", Making.DECORATOR.value)
    known = [each.value for each in Making]
    if making not in known:
        raise KnowledgeError(f"{checked.where}: `making` is one of {', '.join(known)}, not {making!r}")
    return Protocol(
        name=entry["name"],
        making=Making(making),
        argument=entry.get("argument"),
        throws=entry.get("throws", False),
        resumes=entry.get("resumes", False),
        closes=entry.get("closes", False),
        source=entry["source"],
    )
