"""What there is to analyse in one file: its managers, each with the protocol by which its callers leave it.

A manager is a generator function under a decorator that the knowledge base knows, or one that is handed to such a
function (`manager = contextmanager(function)`, `Depends(function)`), or a class with `__enter__` and `__exit__`. May
miss a manager that is made in another way; never takes a function for one that nothing in the file says is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import ascii_letters

from cmlint.knowledge.entries import Knowledge, Making, Protocol
from cmlint.outline import Definition, Outline

_GIVEN = r"\(\s*(?:\w+\s*=\s*)?\[?\s*(?!(?:True|False|None)\b)(?P<given>[A-Za-z_][\w.]*)\s*[,)\]]"
_FIRST_LETTERS = f"{ascii_letters}_"
_NO_BASES = re.compile(r"\s*class\s+\w+\s*(\[.*\])?\s*(\(\s*(object)?\s*\))?\s*:")
_HEAD = re.compile(r"\s*class\s+\w+\s*(?:\[[^\]]*\]\s*)?\(([^()]*)")
_ARGUMENT = re.compile(r"\[[^\]]*\]|#.*")
_PAIRS = (("__enter__", "__exit__"), ("__aenter__", "__aexit__"))


@dataclass(frozen=True)
class Subject:
    """One manager before its analysis.

    definition: the generator function, or the `__enter__` of a class (its `__exit__` where that is all it has); exit:
    the `__exit__` that belongs to it; whole: the outline of its file, in which its helpers are found; codes: the rules
    that may find something in it, where that is known.
    """

    definition: Definition
    whole: Outline
    protocol: Protocol
    knowledge: Knowledge
    exit: Definition | None = None
    codes: frozenset[str] | None = None

    @cached_property
    def visible(self) -> Mapping[str, str]:
        """What the names around the definition mean."""
        return self.whole.visible(self.definition)

    @property
    def owner(self) -> str | None:
        """The name of the class whose method it is."""
        return self.definition.owner

    @property
    def bases(self) -> frozenset[str]:
        """The last names of the base classes of the class whose method it is, as far as one line tells them."""
        owner = self.definition.parent
        head = _HEAD.match(self.whole.lines[owner.line - 1]) if owner is not None and owner.is_class else None
        named = _ARGUMENT.sub("", head[1]).split(",") if head is not None else []
        return frozenset(name.strip().rpartition(".")[2] for name in named if "=" not in name)

    @property
    def missing(self) -> str | None:
        """The method that a class with the other one lacks, when no base class can bring it."""
        if self.exit is not None or self.protocol.making is not Making.METHOD or self.definition.parent is None:
            return None
        owner = self.definition.parent
        if not _NO_BASES.match(self.whole.lines[owner.line - 1]):
            return None
        pair = next(pair for pair in _PAIRS if self.definition.name in pair)
        other = pair[1] if self.definition.name == pair[0] else pair[0]
        assigned = re.compile(rf"\s+{other}\s*[:=]")
        return None if any(map(assigned.match, self.whole.lines[owner.line : owner.end_line])) else other

    @property
    def qualname(self) -> str:
        """The dotted name of the function, or of the class."""
        owner = self.definition.parent
        return owner.qualname if self.exit is not None and owner is not None else self.definition.qualname

    def is_called(self, qualname: str) -> bool:
        """Whether that is its name, or the one of its `__enter__` or `__exit__`: findings name the method."""
        methods = () if self.exit is None else (self.definition.qualname, self.exit.qualname)
        return qualname in (self.qualname, *methods)


def subjects_of(
    whole: Outline,
    knowledge: Knowledge,
    elsewhere: Mapping[str, Protocol] | None = None,
    words: frozenset[str] | None = None,
) -> Iterator[Subject]:
    """The managers of a file in source order.

    elsewhere: what other files hand over, by qualified name; words: those of protocols in the file, if they are known.
    """
    handed = {**(elsewhere or {}), **_local(handed_over(whole, knowledge, words))}
    for definition in whole.definitions:
        if definition.is_class:
            yield from _pairs(definition, whole, knowledge)
            continue
        protocol = _by_decorator(definition, whole, knowledge) or handed.get(definition.qualname)
        if protocol is not None:
            yield Subject(definition, whole, protocol, knowledge)


def _by_decorator(definition: Definition, whole: Outline, knowledge: Knowledge) -> Protocol | None:
    if not definition.decorators:
        return None
    names = whole.visible(definition)
    for decorator in definition.decorators:
        root, dot, rest = decorator.partition(".")
        for protocol in knowledge.protocols_of(names.get(root, root) + dot + rest):
            makes = protocol.making is Making.DECORATOR and _has_argument(definition, whole, protocol)
            if makes and not whole.is_given(root, definition):
                return protocol
    return None


def _has_argument(definition: Definition, whole: Outline, protocol: Protocol) -> bool:
    """Whether the decorators say what the protocol needs (`wrapper=True`)."""
    if protocol.argument is None:
        return True
    lines = whole.lines[definition.first_line - 1 : definition.line - 1]
    return re.search(rf"(?<!\w){re.escape(protocol.argument)}(?!\w)", re.sub(r"\s", "", "".join(lines))) is not None


def _pairs(owner: Definition, whole: Outline, knowledge: Knowledge) -> Iterator[Subject]:
    """The pairs of methods that make a class a manager."""
    methods = {method.name: method for method in whole.definitions if method.parent is owner and not method.is_class}
    for enter, leave in _PAIRS:
        if enter in methods or leave in methods:
            first = methods.get(enter) or methods[leave]
            for protocol in knowledge.protocols_of(leave):
                yield Subject(first, whole, protocol, knowledge, methods.get(leave) if enter in methods else None)


def handed_elsewhere(whole: Outline, knowledge: Knowledge, words: frozenset[str] | None = None) -> dict[str, Protocol]:
    """The functions of other files that a file hands to what makes managers of them, by dotted name."""
    return {
        name: protocol
        for name, protocol in handed_over(whole, knowledge, words).items()
        if protocol.making is Making.CALL and (not name.startswith(".") or "." in name[1:])
    }


def handed_over(whole: Outline, knowledge: Knowledge, words: frozenset[str] | None = None) -> dict[str, Protocol]:
    """The functions that the file hands to something that makes managers of them: dotted name -> protocol.

    A name with a dot in front is one of the file itself; any other is one of the module that it is imported from.
    """
    there = knowledge.words_in(whole.text) if words is None else words
    takers = {taker for taker, needed in knowledge.takers if needed <= there}
    if not takers:
        return {}
    names = whole.module_names
    takers.update(name for name, target in names.items() if knowledge.protocols_of(target))
    found: dict[str, Protocol] = {}
    # Searched for from the last word on: a search for any dotted name in front of a bracket stops at every call.
    for match in re.finditer(rf"(?:{'|'.join(map(re.escape, sorted(takers)))})(?P<call>{_GIVEN})", whole.text):
        taker = _ending_at(whole.text, match.start("call"))
        given, last, name = match["given"].partition(".")
        if not taker or given not in names or whole.is_in_string(match.start("call") - len(taker)):
            continue
        root, dot, rest = taker.partition(".")
        for protocol in knowledge.protocols_of(names.get(root, root) + dot + rest):
            found.setdefault(names[given] + last + name, protocol)
    return found


def _ending_at(text: str, end: int) -> str:
    """The dotted name that ends at `end`; empty for a method of what is no name."""
    start = end
    while start and (text[start - 1].isalnum() or text[start - 1] in "_."):
        start -= 1
    return text[start:end] if text[start] in _FIRST_LETTERS else ""


def _local(handed: Mapping[str, Protocol]) -> dict[str, Protocol]:
    return {name[1:]: protocol for name, protocol in handed.items() if name.startswith(".") and "." not in name[1:]}


def handed_to(path: str, whole: Outline, marks: Mapping[str, Protocol]) -> dict[str, Protocol]:
    """Which functions of the file at `path` other files hand over, by qualified name; `marks` as from `handed_over`.

    The end of the path must agree with the module of the import: `app/db.py` with `app.db` and with `.db`.
    """
    module = re.sub(r"\.pyi?$|/__init__\.pyi?$", "", path.replace("\\", "/")).replace("/", ".")
    found: dict[str, Protocol] = {}
    for mark, protocol in marks.items():
        owner, _, name = mark.lstrip(".").rpartition(".")
        if owner and f".{module}".endswith(f".{owner}") and whole.qualified(name):
            found[name] = protocol
    return found
