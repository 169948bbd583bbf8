"""The one error of the proof: something the experiment needs is missing or did not work."""

from __future__ import annotations

import re

_RAISED = re.compile(r"^(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt)\b")


def last_words(output: str) -> str:
    """The line of `output` that tells most about why a program failed: its last exception, or else its last line."""
    lines = [line for line in output.splitlines() if line.strip()]
    raised = [line for line in lines if _RAISED.match(line)]
    return (raised or lines or ["it said nothing"])[-1].strip()


class ProofError(Exception):
    """The experiment could not be made; the message says in one line what is missing and what to do."""
