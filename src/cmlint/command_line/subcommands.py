"""The words of the command line beside the check itself: rule, dump, airflow, prove, replay, lsp, completion.

Each takes the arguments behind its word and returns the exit code; each raises UsageError, ConfigError or SourceError.
What few need is imported only when it is asked for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from cmlint import source as sources
from cmlint.checker import dump_manager
from cmlint.command_line import rule_pages
from cmlint.command_line.options import check_parser, parse_replay, parse_rule, replay_parser, rule_parser
from cmlint.config import Reader
from cmlint.config_lookup import Finder
from cmlint.report import json
from cmlint.rule_codes import CODES
from cmlint.source import SourceError
from cmlint.standard_streams import say
from cmlint.usage import MissingExtra, Parser, UsageError


def show_rule(arguments: Sequence[str]) -> int:
    """`cmlint rule [CODE]`: the rule's page, or all rules. Returns the exit code."""
    rule_pages.show(parse_rule(arguments))
    return 0


def airflow(arguments: Sequence[str]) -> int:
    """`cmlint airflow`: whether an Airflow is affected, its repair and the way back. Returns the exit code."""
    from cmlint.airflow import command  # few need it

    if not arguments and os.path.isdir("airflow"):
        say("cmlint: note: `cmlint airflow/` checks the folder; this is the state of the Airflow in it")
        return command.main(["."])
    return command.main(arguments)


def prove(arguments: Sequence[str]) -> int:
    """`cmlint prove`: the runtime proof. Returns the exit code."""
    from cmlint.prove import arguments as proof  # few need it

    given = proof.parser().parse_args(list(arguments))
    try:
        from cmlint.prove import command  # it needs more than cmlint itself does, and starts processes
        from cmlint.prove.failure import ProofError
    except ImportError as error:
        raise MissingExtra("`cmlint prove`", error.name, "prove") from error
    try:
        return command.main(given)
    except ProofError as error:
        raise UsageError(str(error)) from error


def dump(arguments: Sequence[str]) -> int:
    """`cmlint dump PATH::QUALNAME`: a manager's graph as text. Returns the exit code."""
    if _asks_for_help(arguments):
        dump_parser().print_help()
        return 0
    if len(arguments) != 1 or "::" not in arguments[0]:
        raise UsageError("`cmlint dump` takes one PATH::QUALNAME")
    path, _, qualname = arguments[0].rpartition("::")
    config = Finder(Reader(CODES), {}, None).for_path(path)
    try:
        print(dump_manager(sources.read(path), qualname, config), end="")
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


def completion(arguments: Sequence[str]) -> int:
    """`cmlint completion SHELL`: the script that completes cmlint's words. Returns the exit code."""
    from cmlint.command_line.completion import SHELLS

    given = completion_parser().parse_args(list(arguments))
    sys.stdout.write(SHELLS[given.shell](parsers(), CODES))
    return 0


def _asks_for_help(arguments: Sequence[str]) -> bool:
    return "-h" in arguments or "--help" in arguments


def parsers() -> dict[str, Parser]:
    """The parsers of all commands by word, that of the check under no word."""
    from cmlint.airflow import command
    from cmlint.lsp import arguments as serving
    from cmlint.prove import arguments

    return {
        "": check_parser(),
        "rule": rule_parser(),
        "dump": dump_parser(),
        "airflow": command.parser(),
        "prove": arguments.parser(),
        "replay": replay_parser(),
        "lsp": serving.parser(),
        "completion": completion_parser(),
    }


def dump_parser() -> Parser:
    """The parser of what follows `cmlint dump`."""
    shown = Parser(
        "cmlint dump",
        "Print the graph of a manager: what can happen in it, and which path loses what when the body raises.",
    )
    shown.add_argument("manager", metavar="PATH::QUALNAME", help="as in app/server.py::Server.running")
    return shown


def completion_parser() -> Parser:
    """The parser of what follows `cmlint completion`."""
    script = Parser(
        "cmlint completion",
        "Print a script that completes cmlint's options, rule codes and files. For bash: eval \"$(cmlint completion "
        'bash)" in ~/.bashrc; for zsh the same in ~/.zshrc, after compinit; for fish: cmlint completion fish > '
        "~/.config/fish/completions/cmlint.fish",
    )
    script.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")
    return script


def lsp(arguments: Sequence[str]) -> int:
    """`cmlint lsp`: the language server for editors. Returns the exit code."""
    from cmlint.lsp import arguments as serving  # few need it

    given = serving.parser().parse_args(list(arguments))
    try:
        from cmlint.lsp import command  # it needs more than cmlint itself does
    except ImportError as error:
        raise MissingExtra("`cmlint lsp`", error.name, "lsp") from error
    return command.main(given)


_HABITS = {  # words of other linters, and what does the same here
    "check": "PATH",
    "lint": "PATH",
    "fix": "--fix PATH",
    "rules": "rule",
    "explain": "rule CODE",
    "help": "--help",
    "version": "--version",
}


def check_word(word: str) -> None:
    """Of a word that is no command and may be a path. Raises UsageError when it is none, and a command is close."""
    import difflib  # only for who mistypes

    if os.path.lexists(word):
        return
    instead = _HABITS | {command: command for command in SUBCOMMANDS}
    for close in difflib.get_close_matches(word, instead, n=1, cutoff=0.75):
        raise UsageError(f"{word}: no such file or folder; did you mean `cmlint {instead[close]}`?")


SUBCOMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "rule": show_rule,
    "dump": dump,
    "airflow": airflow,
    "prove": prove,
    "replay": replay,
    "lsp": lsp,
    "completion": completion,
}
