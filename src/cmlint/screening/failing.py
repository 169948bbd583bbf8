"""Whether a step can fail whatever it is a step of, and the words that its name may be known by."""

from __future__ import annotations

import ast
import re

from cmlint.screening.bound import Bound, chain_of
from cmlint.screening.sketch import Doing

RUNNING = ("run", "to_thread", "call", "invoke", "execute", "apply")  # hands a function over, see flow.handed
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_BY_HAND = ("__enter__", "__exit__", "__aenter__", "__aexit__")


def may_fail_anyhow(doing: Doing, bound: Bound) -> bool:
    """Whether a step can fail whatever it is a step of: it waits, calls what is handed in, or can't be told."""
    node = doing.node
    if doing.awaited or isinstance(node, (ast.Await, ast.AsyncWith, ast.AsyncFor)):
        return True
    if not isinstance(node, ast.Call):
        return False
    names = chain_of(node.func)
    if not names or names[-1] in _BY_HAND or names[-1].strip("_").startswith(RUNNING):
        return True
    return not isinstance(node.func, ast.Attribute) and (names[0] in bound.names or names[0] in bound.handed)


def verbs_of(name: str) -> set[str]:
    """The name, without what makes it private, and its first word."""
    return {name, name.lstrip("_"), *words_of(name)[:1]}


def words_of(name: str) -> list[str]:
    """The words of a name in small letters: `camelCase` and `snake_case`."""
    return [word.lower() for word in _WORD.findall(name)]
