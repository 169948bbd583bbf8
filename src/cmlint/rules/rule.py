"""What a rule is: a value with a code, a name, a summary and a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cmlint.findings import Confidence, Finding
from cmlint.flow.manager import Manager


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` gives the findings of one manager, without a path and without a fix; `page` is the documentation.

    highest: the most confidence that its findings have, so that it need not be asked for more.
    """

    code: str
    name: str
    summary: str
    page: str
    check: Callable[[Manager], Iterable[Finding]]
    highest: Confidence = Confidence.HIGH
