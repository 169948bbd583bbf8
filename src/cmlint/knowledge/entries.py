"""The entries of the knowledge base: frozen values, and how a name or a release is matched against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

KINDS = (
    *("process", "thread", "task", "server", "executor"),
    *("file", "connection", "lock", "temp", "mount", "registration", "remote", "other"),
    *("state", "env", "cwd", "stdio", "stack"),
)  # of what is lost, as described at the top of standard_library.toml: each belongs to one rule, in this order


# What a class holds from its constructor on, by the kind of a known resource or by the verb of a call: of other things
# an object is not known to do anything before it is used. The screen and the analysis ask for the same.
DOING_SOMETHING = frozenset({"process", "thread", "task", "server", "temp", "executor", "mount", "lock"})
BEGINNING = frozenset({"connect", "launch", "spawn", "start"})


@dataclass(frozen=True, slots=True)
class Resource:
    """One acquire and its releases, as described at the top of standard_library.toml."""

    acquire: str
    held: str
    release_methods: frozenset[str]
    release_functions: frozenset[str]
    release_latest: frozenset[str]
    waits_by: frozenset[str]
    also: frozenset[str]
    kind: str
    type: str
    hangs: str | None
    waits: str | None
    unless: str | None
    only_with: str | None
    outlives_with: bool
    idle: bool
    source: str


class Making(Enum):
    """How a name makes a manager of a function or class."""

    DECORATOR = "decorator"  # above the function, or called with it
    CALL = "call"  # called with it
    METHOD = "method"  # the class has a method of this name


@dataclass(frozen=True, slots=True)
class Protocol:
    """How the callers of one kind of manager leave its yield, as described at the top of protocols.toml."""

    name: str
    making: Making
    argument: str | None
    throws: bool
    resumes: bool
    closes: bool
    source: str


@dataclass(frozen=True, slots=True)
class Disposal:
    """A verb or a function that disposes of an object, as described at the top of words.toml."""

    kind: str
    lost: str


@dataclass(frozen=True)
class Knowledge:
    """All entries, by canonical name; `disposals` by verb or canonical function; `memory` makes what holds no more."""

    resources: Mapping[str, Resource]
    protocols: Mapping[str, tuple[Protocol, ...]]
    aliases: Mapping[str, str]
    memory: frozenset[str]
    disposals: Mapping[str, Disposal]
    opposites: frozenset[frozenset[str]]
    antonyms: Mapping[tuple[str, str], str]
    fallible: frozenset[str]
    infallible: frozenset[str]
    fallible_verbs: frozenset[str]
    fallible_writing: frozenset[str]
    fallible_cleanup: frozenset[str]
    fallible_remote: frozenset[str]
    fallible_services: frozenset[str]
    fallible_devices: frozenset[str]
    begun_in_turn: frozenset[str]
    ended_in_turn: frozenset[str]

    def resource(self, dotted: str | None) -> Resource | None:
        """What a call of `dotted` acquires."""
        return self.resources.get(self.canonical(dotted)) if dotted else None

    def protocols_of(self, dotted: str) -> tuple[Protocol, ...]:
        """The protocols that `dotted` brings.

        An entry `*.a.b` stands for every name that ends in `.a.b`, an entry `.*.b` for every `b` of a relative import.
        """
        parts = dotted.split(".")
        names = [dotted]
        if len(parts) > 1:
            names.append("*." + ".".join(parts[-2:]))
        if dotted.startswith(".") and parts[-2]:  # a name of the file itself is no import
            names.append(f".*.{parts[-1]}")
        return next((self.protocols[name] for name in names if name in self.protocols), ())

    def disposal(self, name: str) -> Disposal | None:
        """What a method or canonical function called `name` disposes of."""
        return self.disposals.get(name)

    def antonym(self, one: str, other: str) -> str | None:
        """The kind of what is lost when `one` is called and `other`, which undoes it, is not.

        A pause is undone the other way round; what is taken from a container and added again is work on it.
        """
        kind = self.antonyms.get((other, one))
        return self.antonyms.get((one, other)) or (kind if kind != "stack" else None)

    def are_opposite(self, one: str, other: str) -> bool:
        """Whether two lower-case words undo each other."""
        return frozenset((one, other)) in self.opposites

    def fails(self, dotted: str | None, *verbs: str) -> bool:
        """Whether a call of `dotted`, or of a method with one of `verbs`, can fail in operation."""
        return not self.fallible_verbs.isdisjoint(verbs) or self._is_fallible(dotted)

    def fails_as_cleanup(self, dotted: str | None, *verbs: str) -> bool:
        """Whether it can fail as a step of a clean-up."""
        return not self.fallible_cleanup.isdisjoint(verbs) or dotted in self.fallible_cleanup

    def _is_fallible(self, dotted: str | None) -> bool:
        if dotted is None or dotted in self.infallible:
            return False
        return dotted in self.fallible or any(
            dotted[:at] in self.fallible for at, character in enumerate(dotted) if character == "."
        )

    def canonical(self, dotted: str) -> str:
        """`dotted` with the longest aliased beginning replaced: re-exports of one thing have one name."""
        cut = len(dotted)
        while cut > 0:
            known = self.aliases.get(dotted[:cut])
            if known is not None:
                return known + dotted[cut:]
            cut = max(dotted.rfind(".", 0, cut), dotted.rfind("(", 0, cut))
        return dotted

    @cached_property
    def endings(self) -> Mapping[str, tuple[tuple[str, str, str], ...]]:
        """For each word that a call of a known resource may end in the kind, the module it is in, and what is held."""
        found: dict[str, list[tuple[str, str, str]]] = {"signal": [("process", "signal", "result")]}
        aliases: dict[str, list[str]] = {}  # by what they stand for
        for alias, original in self.aliases.items():
            aliases.setdefault(original, []).append(alias)
        kinds: dict[str, set[tuple[str, str]]] = {}  # of the resources below what an alias stands for
        for name, resource in self.resources.items():
            beginnings = [name[:end] for end in range(1, len(name) + 1) if name[:end] in aliases]
            exported = [alias for beginning in beginnings for alias in aliases[beginning]]
            found.setdefault(_last(name), []).extend(
                (resource.kind, _root(each), resource.held) for each in (name, *exported)
            )
            for beginning in beginnings:
                kinds.setdefault(beginning, set()).add((resource.kind, resource.held))
        for alias, original in self.aliases.items():
            below = sorted(kinds.get(original, ()))
            found.setdefault(_last(alias), []).extend((kind, _root(alias), held) for kind, held in below)
        return {word: tuple(dict.fromkeys(each)) for word, each in found.items()}

    @cached_property
    def failing_words(self) -> frozenset[str]:
        """The words that a call which can fail may end in, or begin with."""
        named = frozenset(map(_last, (*self.fallible, *self.fallible_cleanup)))
        return self.fallible_verbs | self.fallible_writing | self.fallible_cleanup | named

    @cached_property
    def failing_cleanup_words(self) -> frozenset[str]:
        """The same for a step of a clean-up."""
        return self.fallible_cleanup | frozenset(map(_last, self.fallible_cleanup))

    @cached_property
    def fallible_roots(self) -> frozenset[str]:
        """The modules, and built-in functions, of which a call can fail."""
        return frozenset(map(_root, self.fallible))

    @cached_property
    def takers(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """How a text spells each name of protocols at least, with its words: the last one, the last two of `*.a.b`."""
        return tuple(
            (name[2:] if name.startswith("*.") else _last(name), _words(name))
            for name, protocols in self.protocols.items()
            if protocols[0].making is not Making.METHOD
        )

    @cached_property
    def protocol_words(self) -> tuple[tuple[str, frozenset[str], tuple[Protocol, ...]], ...]:
        """The protocols that are no methods by the last word of their name, with the words that a text needs for it."""
        return tuple(
            (_last(name), _words(name), protocols)
            for name, protocols in self.protocols.items()
            if protocols[0].making is not Making.METHOD
        )

    def words_in(self, text: str) -> frozenset[str]:
        """Which of the words of protocols a text holds."""
        return frozenset(word for word in {word for _, words in self.triggers for word in words} if word in text)

    @cached_property
    def triggers(self) -> tuple[tuple[Making, frozenset[str]], ...]:
        """For each protocol the words that a text must hold to use it; the last ones are the rarest."""
        found = {
            (protocol.making, _words(name)) for name, protocols in self.protocols.items() for protocol in protocols
        }
        return tuple(sorted(found, key=lambda each: (each[0].value, sorted(each[1]))))


def _words(name: str) -> frozenset[str]:
    """The words without which a text can't use `name`: the first part of it that is a name, and the last."""
    parts = name.removeprefix(".").removeprefix("*.").replace("()", "").split(".")
    return frozenset({parts[0], parts[-1]})


def _last(name: str) -> str:
    return name.replace("()", "").rpartition(".")[2]


def _root(name: str) -> str:
    return name.replace("()", "").partition(".")[0]
