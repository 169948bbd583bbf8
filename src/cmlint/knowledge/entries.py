"""The entries of the knowledge base: frozen values, and how a name or a release is matched against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """One acquire and its releases, as described at the top of resources.toml."""

    acquire: str
    held: str
    release_methods: frozenset[str]
    release_functions: frozenset[str]
    waits_by: frozenset[str]
    also: frozenset[str]
    kind: str
    type: str
    hangs: str | None
    waits: str | None
    unless: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """How the callers of one kind of manager leave its yield, as described at the top of protocols.toml."""

    name: str
    throws: bool
    resumes: bool
    closes: bool
    source: str


@dataclass(frozen=True, slots=True)
class Disposal:
    """A verb or a function that disposes of an object, as described at the top of words.toml."""

    kind: str
    lost: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All entries, by canonical name; `disposals` by verb or canonical function."""

    resources: Mapping[str, Resource]
    protocols: Mapping[str, Protocol]
    aliases: Mapping[str, str]
    disposals: Mapping[str, Disposal]
    opposites: frozenset[frozenset[str]]
    antonyms: Mapping[tuple[str, str], str]

    def resource(self, dotted: str | None) -> Resource | None:
        """What a call of `dotted` acquires."""
        return self.resources.get(self.canonical(dotted)) if dotted else None

    def protocol(self, dotted: str) -> Protocol | None:
        """The protocol that the decorator `dotted` brings."""
        return self.protocols.get(dotted)

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

    def canonical(self, dotted: str) -> str:
        """`dotted` with the longest aliased beginning replaced: re-exports of one thing have one name."""
        cut = len(dotted)
        while cut > 0:
            known = self.aliases.get(dotted[:cut])
            if known is not None:
                return known + dotted[cut:]
            cut = max(dotted.rfind(".", 0, cut), dotted.rfind("(", 0, cut))
        return dotted

    @property
    def triggers(self) -> frozenset[str]:
        """The words of which a file must hold one to be able to define a manager."""
        return frozenset(name.rpartition(".")[2] for name in self.protocols)
