"""Each entry of the knowledge base finds the leak it is there for: its acquire, a bare yield, its release."""

from __future__ import annotations

import pytest

from cmlint.flow.manager import analyse
from cmlint.flow.paths.obligation import Obligation
from cmlint.knowledge.entries import Resource
from cmlint.knowledge.loader import shipped
from cmlint.outlining import outline
from cmlint.subjects import Subject

KNOWLEDGE = shipped()
NAMES = sorted(
    name for name in {*KNOWLEDGE.resources, *KNOWLEDGE.aliases} if KNOWLEDGE.canonical(name) in KNOWLEDGE.resources
)


def manager(name: str, entry: Resource) -> str:
    """A manager that calls `name`, yields, and releases; what it can't import it takes from the module's name."""
    maker, dot, method = name.rpartition("().")
    before = [f"made = {maker}()"] if dot else []
    call = f"made.{method}" if dot else name
    asked = f"{entry.only_with}=True" if entry.only_with else ""
    if entry.held == "receiver":
        held, acquire = call.rpartition(".")[0], f"{call}()"
    elif entry.held == "argument":
        held, acquire = "given", f"{call}(given)"
    else:
        held, acquire = "thing", f"{'thing, other' if entry.held == 'first' else 'thing'} = {call}({asked})"
    return "\n".join(
        [
            "from contextlib import contextmanager",
            f"import {_module(name)}",
            *sorted({f"import {_module(function)}" for function in entry.release_functions}),
            "@contextmanager",
            "def manager(given):",
            *(f"    {line}" for line in (*before, acquire, "yield", _release(entry, held, maker))),
            "",
        ]
    )


def _release(entry: Resource, held: str, maker: str) -> str:
    if entry.release_methods:
        return f"{held}.{min(entry.release_methods)}()"
    function = min(entry.release_functions)
    _, dot, method = function.rpartition("().")
    return f"made.{method}({held})" if dot and KNOWLEDGE.canonical(f"{maker}()") else f"{function}({held})"


def _module(name: str) -> str:
    parts = name.replace("()", "").split(".")
    return ".".join(parts[:-1]) if len(parts) > 1 else "builtins"


def known_obligations(text: str) -> list[Obligation]:
    """What the knowledge base itself says that the manager in `text` must release."""
    whole = outline(text)
    (definition,) = [each for each in whole.definitions if each.name == "manager"]
    (protocol,) = KNOWLEDGE.protocols_of("contextlib.contextmanager")
    leaks = analyse(Subject(definition, whole, protocol, KNOWLEDGE)).leaks
    return [leak.obligation for leak in leaks if leak.obligation.origin == "knowledge base"]


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_finds_what_it_is_there_for(name: str) -> None:
    entry = KNOWLEDGE.resource(name)
    assert entry is not None
    text = manager(name, entry)
    assert known_obligations(text), text
