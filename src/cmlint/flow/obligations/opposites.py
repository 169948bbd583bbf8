"""Whether one argument is the opposite of another, told from how both are written."""

from __future__ import annotations

import re

from cmlint.flow.obligations.outcome import is_accomplished, tells_outcome
from cmlint.flow.reading.naming import words_of
from cmlint.knowledge.entries import Knowledge

_STRING = re.compile(r"""(?<![\w"'])["']([\w-]+)["']""")
_WORD = re.compile(r"[a-z]+|[0-9]+", re.IGNORECASE)
_METHOD = re.compile(r"([\w{][\w.{}]*)\.(\w+)\(")
_SWITCH = re.compile(r"[\"'](\w+)[\"']: True\b")
_QUOTES = frozenset({'"', "'"})
_NOTHING = frozenset({"none", "off", "default", "normal", "auto", "no", "disabled", "notset"})
_STOPPING = frozenset({"shutdown", "stop", "close", "disconnect", "unsubscribe", "unlock", "release", "teardown"})
_WRAPPING = re.compile(r"""^[\w.]*\b(?:text|SQL)\((?=[bfru]*["'])""")
_SETTING = re.compile(
    r"""[bfru]*["']+\s*((?:PRAGMA|SET|ALTER\s+SESSION\s+SET)\s+[\w.]+(?:\s+[\w.]+)?(?=\s*(?:=|\sTO\s))"""
    r"""|(?:USE|SET)\s+(?:ROLE|WAREHOUSE|DATABASE|SCHEMA|CATALOG)(?=\s))""",
    re.IGNORECASE,
)


def says_nothing(word: str) -> bool:
    """Whether a word stands for the normal state: `default`, `off`."""
    return word.lower() in _NOTHING


def set_the_same(old: str, new: str) -> bool:
    """Whether two statements of a query language set the same: `SET role = admin`, `USE ROLE nobody`.

    Also where a call wraps them: `text(f"SET ROLE {role}")`.
    """
    one, other = (_SETTING.match(_WRAPPING.sub("", text)) for text in (old, new))
    return one is not None and other is not None and one[1].lower() == other[1].lower()


def turn_a_switch(old: str, new: str) -> bool:
    """`{"spec": {"cordoned": True}}` and `{"spec": {"cordoned": None}}`: two displays differ in one switch."""
    if old[:1] not in ("{", "[") or new[:1] != old[:1]:
        return False
    switch = _SWITCH.search(old)
    if switch is None or tells_outcome(switch[1]) or is_accomplished(switch[1]):
        return False
    return new in {old.replace("True", off, 1) for off in ("False", "None")}


def unlocks(old: str, new: str) -> bool:
    """`LOCK_EX | LOCK_NB` and `LOCK_UN`: the flags of one lock; `SELECT try_lock(%s)` and `SELECT unlock(%s)`.

    And `SIG_BLOCK` and `SIG_UNBLOCK`, which mask signals.
    """
    if old.endswith("SIG_BLOCK") and new == old.replace("SIG_BLOCK", "SIG_UNBLOCK"):
        return True
    before, after = set(words_of(old)), set(words_of(new))
    if old[-1:] in _QUOTES and "lock" in before and after - {"unlock", "release"} <= before | {"lock"}:
        return "unlock" in after or {"release", "lock"} <= after
    return words_of(new)[-2:] == ["lock", "un"] and "lock" in words_of(old) and "un" not in words_of(old)


def negates(old: str, new: str) -> bool:
    """`add(1)` and `add(-1)`."""
    return new == f"-{old}" or old == f"-{new}"


def commands_are_opposite(old: str, new: str, knowledge: Knowledge) -> bool:
    """Whether two lists differ in one word, and one of the two undoes the other (`setenv`, `unsetenv`) or is "none"."""
    only_old, only_new = (
        set(_STRING.findall(one)) - set(_STRING.findall(two)) for one, two in ((old, new), (new, old))
    )
    if len(only_old) != 1 or len(only_new) != 1:
        return False
    before, after = only_old.pop(), only_new.pop()
    opposite = knowledge.are_opposite(before, after) or knowledge.antonym(before, after) is not None
    return opposite or after == f"un{before}" or says_nothing(after)


def messages_are_opposite(old: str, new: str, knowledge: Knowledge) -> bool:
    """Whether two messages differ in one word that tells to begin, and to end for good: `{"type": "app.startup"}`."""
    words = _WORD.findall(old.lower()), _WORD.findall(new.lower())
    if len(words[0]) != len(words[1]):
        return False
    different = [(a, b) for a, b in zip(*words, strict=True) if a != b]
    return len(different) == 1 and different[0][1] in _STOPPING and knowledge.antonym(*different[0]) is not None


def are_opposite(old: str, new: str, knowledge: Knowledge) -> bool:
    """Whether two constants differ in exactly one word, and these words are opposites."""
    words = _WORD.findall(old.lower()), _WORD.findall(new.lower())
    if len(words[0]) != len(words[1]):
        return False
    different = [(a, b) for a, b in zip(*words, strict=True) if a != b]
    return len(different) == 1 and knowledge.are_opposite(*different[0])


def code_undoes(old: str, new: str, knowledge: Knowledge) -> bool:
    """Whether two pieces of code call opposite methods of one object: `"p = Patch(); p.start()"` and `"p.stop()"`."""
    before = dict(_METHOD.findall(old))
    return any(knowledge.antonym(before.get(owner, ""), verb) is not None for owner, verb in _METHOD.findall(new))
