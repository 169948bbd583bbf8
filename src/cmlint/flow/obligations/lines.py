"""What a call runs, as words: a command line (a list, a string, separate words) or a statement of a query language.

`run(["docker", "compose", "up", "-d"])`, `run_vcs("undelete", path)`, `system(f"docker start {name}")`,
`cursor.execute("CREATE TABLE jobs (id)")`. Options take no part. What a word means is not asked here. A line that is
built by code is not read.
"""

from __future__ import annotations

import re

import libcst as cst

from cmlint.flow.reading.events import Call, Event, Form, Value
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope

_STRING = re.compile(r"""(?<![\w"'])["']([\w.,=-]+)["']""")
PLAIN = re.compile(r"""["'][a-z][a-z-]*["']""")
_WHOLE = re.compile(r"""[rRbBfF]{0,2}(\"{3}|'{3}|"|')(?P<text>[^"']*)\1""")
_QUOTED = re.compile(r"""^(?:[\w.]*\()?[rRbBfF]{0,2}(?:\"{3}|'{3}|"|')\s*([A-Z]{3,}\s.*?)["']+""", re.DOTALL)
_FILLERS = frozenset(
    {"if", "not", "exists", "or", "replace", "temp", "temporary", "unlogged", "unique", "to", "global", "session"}
)
_WORDS = re.compile(r"(?:\{[^{}]*\}|[^\s({])+")  # what is filled in is one word
_NAME = re.compile(r"(?<![\w.\"'])[A-Za-z_]\w*")
REMOVING = frozenset({"rm", "rmdir", "rmi", "delete", "remove", "destroy", "drop", "del", "purge", "unlink"})
_SPELLED = 2  # so many plain words in a row are a command: `git("stash", "push")`
_VERB_AMONG = 4  # the words of a command: `az storage blob delete-batch`
# Of these the answer counts.
_READING = frozenset({"show", "list", "ls", "get", "status", "info", "inspect", "describe"})
_RUNNING = frozenset(
    {"run", "exec", "execute", "call", "cmd", "command", "invoke", "system", "popen", "shell", "query", "sudo", "ssh"}
    | {"check", "subprocess", "ctl"}
)


def command(event: Event, scope: Scope) -> list[str]:
    """The words of the command line that the call runs, without options."""
    if not isinstance(event, Call) or not event.args:
        return []
    unpacked = _unpacked(event, scope)
    listed = "" if unpacked else _listed(event.args[0], scope)
    if listed:
        return [word for word in _STRING.findall(listed) if not word.startswith("-")]
    spelled = all(PLAIN.fullmatch(value.text) for value in event.args[:_SPELLED]) and len(event.args) >= _SPELLED
    spelled = spelled or bool(unpacked)
    runs = not _RUNNING.isdisjoint(words_of(event.method))
    believed = (spelled or runs) if event.discarded else (spelled and runs)  # what answers is often no command
    if not believed:
        return []
    words = unpacked or [part for value in event.args for part in _spoken(value)]
    if not event.discarded and not _READING.isdisjoint(words):
        return []
    return [event.callee, *(word for word in words if not word.startswith("-"))]


def _unpacked(call: Call, scope: Scope) -> list[str]:
    """The words of a local list that is unpacked into the arguments: `execute(*command)`."""
    name = call.args[0].text
    made = scope.sole_value(name) if f"(*{name}" in call.text else None
    words = [scope.code(element.value) for element in made.elements] if isinstance(made, (cst.List, cst.Tuple)) else []
    return [part for word in words for part in _WHOLE.sub(r"\g<text>", word).split()]


def _listed(value: Value, scope: Scope) -> str:
    """The text of a list or tuple of words that is passed, or that the local that is passed stands for."""
    text = value.text
    if value.form is Form.NAME:
        made = scope.sole_value(value.text)
        text = scope.code(made) if isinstance(made, (cst.List, cst.Tuple)) else ""
    return text if text[:1] == "[" or (text[:1] == "(" and value.form is not Form.CALL) else ""


def _spoken(value: Value) -> list[str]:
    """The words of a string; anything else is one word."""
    whole = _WHOLE.fullmatch(value.text)
    return whole["text"].split() if whole else [value.text]


def removes(event: Event, names: frozenset[str], scope: Scope) -> bool:
    """Whether the call runs a command line or a statement that removes what goes by one of the names.

    `run(["docker", "rm", "-f", name])`, `system(f"rm -rf {path}")`, `cursor.execute(f"DROP TABLE {name}")`.
    """
    if not isinstance(event, Call) or not event.discarded or not event.args:
        return False
    said = event.args[0].reads | frozenset(_NAME.findall(_listed(event.args[0], scope)))
    if names.isdisjoint(said):
        return False
    words = command(event, scope)[:_VERB_AMONG]
    removing = any(word.islower() and not REMOVING.isdisjoint(words_of(word)[:1]) for word in words)
    return removing or statement(event, scope)[:1] == ["drop"]


def statement(event: Event, scope: Scope) -> list[str]:
    """The words of the statement that the call executes: its verb, what kind of thing, and which."""
    if not isinstance(event, Call) or not event.discarded or not event.args:
        return []
    value = event.args[0]
    made = scope.sole_value(value.text) if value.form is Form.NAME else None
    quoted = _QUOTED.search(value.text if made is None else scope.code(made))
    found = [word.strip("`;'\"").lower() for word in _WORDS.findall(quoted[1])] if quoted else []
    return [word for word in found if word and word not in _FILLERS]
