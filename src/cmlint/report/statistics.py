"""The `--statistics` table: how many findings each rule has, and what was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from cmlint.findings import Applicability, Finding


def render(findings: Iterable[Finding], counts: Mapping[str, int]) -> str:
    """A line for each rule, most frequent first, then a line for each count."""
    found = list(findings)
    fixable = Counter(f.code for f in found if f.fix and f.fix.applicability is Applicability.SAFE)
    names = {finding.code: finding.name for finding in found}
    lines = [
        f"{number:>6}  {code}  {names[code]}  ({fixable[code]} with a safe fix)"
        for code, number in sorted(Counter(f.code for f in found).items(), key=lambda item: (-item[1], item[0]))
    ]
    lines += [f"{number:>6}  {what}" for what, number in counts.items()]
    return "".join(f"{line}\n" for line in lines)
