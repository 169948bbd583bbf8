"""Names that tell how something went: what is written to them after the yield reports success, and restores nothing.

`self.success = True`, `job.set_status(DONE)`, `self.error = None`: after an exception of the body they must stay as
they are. So must the words that describe what was going on, for whoever reports the failure: `self.message = None`.
"""

from __future__ import annotations

import re

from cmlint.flow.reading.naming import words_of

_WENT_WELL = "success successful succeeded ok okay done complete completed finished committed passed valid verified"
_WENT_WRONG = "failed failure error errors crashed incomplete broken corrupt interrupted"
_OPEN = "status result outcome exitcode returncode dirty recovery pending stale unsaved modified"
_OUTCOMES = frozenset(f"{_WENT_WELL} {_WENT_WRONG} {_OPEN}".split())
_BEGUN = "booted loaded initialised initialized started created built prepared populated ready"
_CARRIED = "saved synced synchronised synchronized imported exported uploaded downloaded fetched sent delivered"
_WORKED = "written parsed compiled processed handled migrated upgraded updated generated rendered indexed trained"
_ACCOMPLISHED = frozenset(f"{_BEGUN} {_CARRIED} {_WORKED}".split())
_FAILING = "attempt attempts failure failures retry retries error errors strike strikes"
_FAILURES = frozenset(_FAILING.split())
_DESCRIBING = frozenset({"msg", "message", "description", "hint", "explanation"})
_POLICY = frozenset({"on", "if", "when", "ignore", "raise", "raises", "allow", "suppress", "skip"})
_SETTERS = frozenset({"status", "result", "outcome", "exitcode", "returncode", "progress", "phase", "success"})


def names_success(text: str) -> bool:
    """Whether a constant says that all went well."""
    return not {"success", "succeeded", "successful", "finished", "completed", "complete", "ok", "done"}.isdisjoint(
        words_of(text)
    )


def tells_success(keyword: str) -> bool:
    """Whether an argument of this name says, where it is true, that the work is kept: `close(commit=True)`.

    `missing_ok` and `exist_ok` say what is no error.
    """
    words = words_of(keyword)
    allows = len(words) > 1 and words[-1] == "ok"
    return (names_success(keyword) and not allows) or not {"commit", "committed", "save"}.isdisjoint(words)


def ends_work(name: str) -> bool:
    """Whether a name speaks of a piece of work that is kept or thrown away as a whole: a transaction, a batch.

    `batch_size` is a setting.
    """
    return not {"transaction", "txn", "batch", "savepoint"}.isdisjoint(words_of(name.replace("batch_size", "")))


def tells_outcome(place: str) -> bool:
    """Whether the last name of a place tells how something went."""
    words = words_of(_last_name(place))
    if not _POLICY.isdisjoint(words[:-1]):
        return False  # `raise_on_failure` says what to do then, not that it happened
    return bool(words) and (words[-1] in _OUTCOMES or words[-2:] == ["exit", "code"])


def is_accomplished(place: str) -> bool:
    """Whether a flag is named after something that was brought about, which it never was when the body failed.

    `booted`, `tables_created`; not `enabled`, `connected` or `visible`, which are states to be put back.
    """
    return not _ACCOMPLISHED.isdisjoint(words_of(_last_name(place))[-1:])


def counts_failures(place: str) -> bool:
    """Whether a place is the count of what went wrong so far: `self.failures`, `attempts[user]`."""
    return not _FAILURES.isdisjoint(words_of(re.sub(r"\[.*\]$", "", place).rpartition(".")[2]))


def _last_name(place: str) -> str:
    return place.rstrip("]'\"").replace("[", ".").rpartition(".")[2]


def describes_failure(place: str) -> bool:
    """Whether a place holds words that tell people what was going on, which a report of the failure reads later."""
    words = words_of(place.rpartition(".")[2])
    return not _DESCRIBING.isdisjoint(words[-1:])


def sets_outcome(method: str, value: str) -> bool:
    """Whether a call of `method` with `value` reports how something went."""
    words = words_of(method)
    reports = not _SETTERS.isdisjoint(words[-1:]) or words[-2:] == ["exit", "code"]
    return reports or not _OUTCOMES.isdisjoint(words_of(value.rpartition(".")[2]))
