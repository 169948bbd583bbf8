"""The knowledge base covers the standard library: what is named like a release has an entry, or a reason for none.

`left_out.toml` holds the reasons.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cmlint import Config, Source, check_source
from cmlint.knowledge.loader import shipped

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
KNOWLEDGE = shipped()
NO_STATE = {
    "builtins": "the state belongs to an object",
    "email.contentmanager": "the state belongs to an object",
    "operator": "the state belongs to an object",
    "multiprocessing.context": "for the package itself",
}


@cache
def public_api() -> Any:
    """What public_api.py prints about this Python, in a process of its own."""
    walk = subprocess.run([sys.executable, str(HERE / "public_api.py")], capture_output=True, text=True, check=True)
    return json.loads(walk.stdout)


@cache
def left_out() -> tuple[str, ...]:
    tables = tomllib.loads((HERE / "left_out.toml").read_text("utf-8"))["left_out"]
    assert all(table["reason"] for table in tables)
    return tuple(name for table in tables for name in table["names"])


@cache
def releases() -> dict[str, set[str]]:
    """The releases that some entry knows, by the class or module that has them.

    An entry speaks of the class that its acquire names or returns: the acquire, its aliases, `type` and the anchor of
    `source` say which.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for entry in KNOWLEDGE.resources.values():
        owner, _, released = entry.source.partition("#")[2].rpartition(".")
        found[owner].add(released)
        for name in (entry.acquire, *_aliases(entry.acquire), entry.type):
            plain = name.replace("()", "")
            for each in (plain, plain.rpartition(".")[0], owner):
                found[each] |= entry.release_methods | entry.also | {plain.rpartition(".")[2]}
        for name in entry.release_functions:
            owner, _, function = name.replace("()", "").rpartition(".")
            for each in (owner, *_aliases(owner)):
                found[each].add(function)
    for name, target in KNOWLEDGE.aliases.items():
        found[name.replace("()", "")] |= found.get(KNOWLEDGE.canonical(target).replace("()", ""), set())
    return found


def _aliases(acquire: str) -> Iterator[str]:
    return (name for name in KNOWLEDGE.aliases if KNOWLEDGE.canonical(name) == acquire)


def _is_told(names: list[str], method: str) -> bool:
    """Whether an entry speaks of the method under one of its names, or a reason under its first."""
    known = any(method in releases().get(name.removeprefix("builtins."), ()) for name in names)
    return known or any(fnmatchcase(f"{names[0]}.{method}", pattern) for pattern in left_out())


def test_every_release_of_a_public_class_has_an_entry_or_a_reason() -> None:
    untold = [f"{names[0]}.{method}" for names, method in public_api()["methods"] if not _is_told(names, method)]
    assert not untold, f"{len(untold)} of {len(public_api()['methods'])}: {untold}"
    assert len(public_api()["methods"]) > 1000


def test_every_release_of_a_public_module_has_an_entry_or_a_reason() -> None:
    untold = []
    for (names,) in public_api()["functions"]:
        modules = [name.rpartition(".")[0] for name in names]
        if not _is_told(modules, names[0].rpartition(".")[2]):
            untold.append(names[0])
    assert not untold, untold
    assert len(public_api()["functions"]) > 50


def test_what_is_set_after_it_was_got_needs_no_entry() -> None:
    """The rule for one function called twice finds every getter and setter of a module, without an entry."""
    missed = []
    for getter, setter in public_api()["pairs"]:
        module = getter.rpartition(".")[0]
        if module in NO_STATE:
            continue
        body = f"    old = {getter}()\n    {setter}(new)\n    yield\n    {setter}(old)\n"
        text = f"import {module}\nfrom contextlib import contextmanager\n@contextmanager\ndef manager(new):\n{body}"
        if not check_source(Source("manager.py", text), Config()).findings:
            missed.append(setter)
    assert not missed, missed
    assert len(public_api()["pairs"]) > 50


@pytest.mark.parametrize("pattern", left_out())
def test_a_reason_does_not_hide_an_entry(pattern: str) -> None:
    """What is left out by its full name is not known."""
    owner, _, method = pattern.rpartition(".")
    if not any(sign in pattern for sign in "*?["):
        assert method not in releases().get(owner, ()), pattern
