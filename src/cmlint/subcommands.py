"""The words of the command line beside the check itself: rule, dump, airflow, prove, replay.

Each takes the arguments behind its word and returns the exit code; each raises UsageError, ConfigError or SourceError.
What few need is imported only when it is asked for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from cmlint import source as sources
from cmlint.checker import dump_manager
from cmlint.config import Finder, Reader
from cmlint.options import UsageError, parse_replay
from cmlint.report import json
from cmlint.rule_codes import CODES
from cmlint.rules import RULES
from cmlint.source import SourceError
from cmlint.standard_streams import say


def show_rule(arguments: Sequence[str]) -> int:
    """`cmlint rule CODE`: the rule's page. Returns the exit code."""
    if len(arguments) != 1:
        raise UsageError(f"`cmlint rule` takes one code; there are {', '.join(CODES)}")
    for rule in RULES:
        if arguments[0].upper() == rule.code or arguments[0] == rule.name:
            print(rule.page.strip())
            return 0
    raise UsageError(f"unknown rule `{arguments[0]}`; there are {', '.join(CODES)}")


def airflow(arguments: Sequence[str]) -> int:
    """`cmlint airflow`: whether an Airflow is affected, its repair and the way back. Returns the exit code."""
    from cmlint.airflow import command  # few need it

    if not arguments and os.path.isdir("airflow"):
        say("cmlint: note: `cmlint airflow/` checks the folder; this is the state of the Airflow in it")
        return command.main(["."])
    return command.main(arguments)


def prove(arguments: Sequence[str]) -> int:
    """`cmlint prove`: the runtime proof. Returns the exit code."""
    try:
        from cmlint.prove import command  # it needs more than cmlint itself does, and starts processes
        from cmlint.prove.failure import ProofError
    except ImportError as error:
        raise UsageError(
            f"`cmlint prove` needs `{error.name}`: run `pip install {error.name}` (extra `prove`)"
        ) from error
    try:
        return command.main(arguments)
    except ProofError as error:
        raise UsageError(str(error)) from error


def dump(arguments: Sequence[str]) -> int:
    """`cmlint dump PATH::QUALNAME`: a manager's graph as text. Returns the exit code."""
    if len(arguments) != 1 or "::" not in arguments[0]:
        raise UsageError("`cmlint dump` takes one PATH::QUALNAME")
    path, _, qualname = arguments[0].rpartition("::")
    try:
        print(dump_manager(sources.read(path), qualname), end="")
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from error
    return 0


def replay(arguments: Sequence[str]) -> int:
    """`cmlint replay`: runs code of the file, which nothing else does unless `--replay` or `--emit-test` is given."""
    from cmlint.replay import commands

    options = parse_replay(arguments)
    config = Finder(Reader(CODES), {}, None).for_path(options.path)
    told = commands.replay_manager(options.path, options.qualname, config, options.emit_test)
    sys.stdout.write(json.render_replays(told.replays) if options.output_format == "json" else told.text)
    for said in (*told.notes, *told.problems):
        say(f"cmlint: {said}")
    return told.exit_code


SUBCOMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "rule": show_rule,
    "dump": dump,
    "airflow": airflow,
    "prove": prove,
    "replay": replay,
}
