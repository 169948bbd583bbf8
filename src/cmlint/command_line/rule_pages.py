"""`cmlint rule`: the page of a rule, laid out for a terminal and as it is in a pipe; or all rules, a line each."""

from __future__ import annotations

import shutil
import sys

from cmlint.command_line.options import UsageError
from cmlint.config import nearest
from cmlint.rules import RULES
from cmlint.rules.rule import Rule
from cmlint.standard_streams import takes_colour

_WIDEST = 100  # columns of a page: longer lines are hard to read


def show(name: str | None) -> None:
    """Print the page of the rule with this code or name, or the list of all rules. Raises UsageError."""
    if name is None:
        print(_list(), end="")
    elif sys.stdout.isatty() or takes_colour():
        _lay_out(_called(name).page)
    else:
        print(_called(name).page.strip())


def _called(name: str) -> Rule:
    for rule in RULES:
        if name.upper() == rule.code or name.lower() == rule.name:
            return rule
    known = [word for rule in RULES for word in (rule.code, rule.name)]
    close = nearest(name.upper() if name[:3].upper() == "CML" else name, known)
    raise UsageError(f"unknown rule `{name}`{close if 'did you mean' in close else '; `cmlint rule` lists them'}")


def _list() -> str:
    """A line for each rule: its code, its name, what it is about."""
    width = max(len(rule.name) for rule in RULES)
    return "".join(f"{rule.code}  {rule.name:<{width}}  {rule.summary}\n" for rule in RULES)


def _lay_out(page: str) -> None:
    """Print a page for a terminal, as wide as that is up to a limit; in its own colours, if it takes any."""
    from rich.console import Console  # slow to import, and only needed here

    from cmlint.report.terminal_page import STYLES, TerminalPage

    width = min(shutil.get_terminal_size().columns, _WIDEST)
    colours = Console(file=sys.stdout, width=width, force_terminal=True, theme=STYLES)
    plain = Console(file=sys.stdout, width=width, color_system=None)
    (colours if takes_colour() else plain).print(TerminalPage(page))
