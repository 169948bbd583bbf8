"""The pages of the site that are made from the program, so that they can't say anything else than it does."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from itertools import groupby

from cmlint.command_line.options import check_parser
from cmlint.command_line.subcommands import SUBCOMMANDS
from cmlint.fix.propose import REPAIRED
from cmlint.knowledge.entries import Resource
from cmlint.knowledge.loader import shipped
from cmlint.rules import RULES

_GROUPS = {
    "1": "What is lost when the body raises, the setup fails or the clean-up is not whole",
    "2": "Managers that do not do what a `with` needs",
    "3": "The same for classes",
}

_HEADINGS = {"positional arguments": "Paths", "options": "About cmlint itself"}  # argparse's own groups


def made() -> dict[str, str]:
    """Each page by its place on the site."""
    rules = {f"rules/{rule.code}.md": rule.page.strip() + "\n" for rule in RULES}
    return {"rules/index.md": _rules(), **rules, "options.md": _options(), "knowledge.md": _knowledge()}


def _rules() -> str:
    parts = ["# Rules\n", "`cmlint rule CODE` shows the same pages in the terminal.\n"]
    for family, rules in groupby(RULES, lambda rule: rule.code[3]):
        rows = [
            f"| [{rule.code}]({rule.code}.md) | [{rule.name}]({rule.code}.md) | {rule.summary} | "
            f"{'yes' if rule.code in REPAIRED else 'no'} |"
            for rule in rules
        ]
        parts += [f"## {_GROUPS[family]}\n", "| code | name | found when | repaired |", "|---|---|---|---|", *rows, ""]
    return "\n".join(parts) + "\n"


def _options() -> str:
    parser = check_parser()
    parts = ["# Options\n", "```console\ncmlint [OPTIONS] PATH...\n```\n", f"{parser.description}\n"]
    for group in parser._action_groups:
        actions = [action for action in group._group_actions if action.help is not argparse.SUPPRESS]
        if actions:
            parts += [
                f"## {_HEADINGS.get(group.title or '') or (group.title or '').capitalize()}\n",
                "| option | what it does |",
                "|---|---|",
            ]
            parts += [f"| {_spelled(action)} | {_cell(_meaning(action))} |" for action in actions]
            parts.append("")
    parts.append("Exit codes: 0 clean, 1 findings, 2 something could not be done.\n")
    parts += [f"## `cmlint {word}`\n\n```text\n{told}```\n" for word in SUBCOMMANDS if (told := _help(word))]
    return "\n".join(parts)


def _spelled(action: argparse.Action) -> str:
    names = [f"`{name}`" for name in action.option_strings] or [f"`{action.metavar}`"]
    value = ""
    if action.option_strings and action.nargs != 0:
        value = f" `{action.metavar or _alternatives(action.choices or ())}`"
    return ", ".join(names) + value.replace("|", "\\|")


def _alternatives(choices: Iterable[object]) -> str:
    return "|".join(str(choice) for choice in choices)


def _meaning(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _help(word: str) -> str:
    """What `cmlint WORD --help` says, or nothing where a word takes no options."""
    run = subprocess.run([sys.executable, "-m", "cmlint", word, "--help"], capture_output=True, text=True, check=False)
    return run.stdout if run.returncode == 0 else ""


def _knowledge() -> str:
    known = sorted(shipped().resources.values(), key=lambda each: (each.kind, each.acquire.lower()))
    parts = [
        "# What is known to be acquired\n",
        f"{len(known)} acquires with their releases. Much else is found without an entry: what is called twice, "
        "saved and put back, added and removed. A project adds its own in its [settings](overview.md#use).\n",
    ]
    for kind, resources in groupby(known, lambda each: each.kind):
        parts += [f"## {kind.capitalize()}\n", "| acquired by | released by | documented |", "|---|---|---|"]
        parts += [_acquire(resource) for resource in resources] + [""]
    return "\n".join(parts) + "\n"


def _acquire(resource: Resource) -> str:
    methods = sorted(f".{name}" for name in resource.release_methods)
    functions = sorted(f"{name}(_)" for name in resource.release_functions)
    functions += sorted(f"{name}()" for name in resource.release_latest)
    releases = ", ".join(f"`{_cell(name)}`" for name in (*methods, *functions))
    source = f"[source]({resource.source})" if resource.source.startswith("http") else _cell(resource.source)
    return f"| `{_cell(resource.acquire)}` | {releases} | {source} |"
