"""The rules that found something, each by the opening of its page, so that the report explains itself."""

from __future__ import annotations

import re
from collections.abc import Collection

from cmlint.report.page.escaping import prose, visible
from cmlint.rules import RULES
from cmlint.rules.rule import Rule

_WHY = re.compile(r"^## Why\n(.*?)^## ", re.MULTILINE | re.DOTALL)


def rules_html(codes: Collection[str]) -> str:
    """A section with what the rules of these codes are about, and why."""
    told = "".join(_rule(rule) for rule in RULES if rule.code in codes)
    return f'<section class="rules"><h2>The rules</h2>{told}</section>' if told else ""


def _rule(rule: Rule) -> str:
    about = rule.page.split("\n\n")[1]
    why = _WHY.search(rule.page)
    paragraphs = [about, *(_prose_paragraphs(why[1]) if why else [])]
    told = "".join(f"<p>{prose(' '.join(paragraph.split()))}</p>" for paragraph in paragraphs)
    return (
        f'<section id="rule-{rule.code}"><h3><span class="code">{rule.code}</span> {visible(rule.name)}</h3>'
        f"{told}<p><code>cmlint rule {rule.code}</code> shows its whole page.</p></section>"
    )


def _prose_paragraphs(section: str) -> list[str]:
    """Its paragraphs without code blocks and lists, up to the first of them."""
    out: list[str] = []
    for paragraph in section.strip().split("\n\n"):
        if paragraph.startswith(("```", "- ", "|", "    ")):
            break
        out.append(paragraph)
    return out
