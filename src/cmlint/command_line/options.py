"""The command line's options: what can be given, checked and turned into values."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from cmlint.command_line.contradictions import refuse_contradictions
from cmlint.confidence import Confidence
from cmlint.config import Config, ConfigError, Reader
from cmlint.config_lookup import Finder
from cmlint.report.formats import FORMATS
from cmlint.usage import Parser, UsageError

__all__ = [
    "Options",
    "ReplayOptions",
    "UsageError",
    "check_parser",
    "parse",
    "parse_replay",
    "parse_rule",
    "replay_parser",
    "rule_parser",
]

CACHE_FOLDER = ".cmlint_cache"  # in the current folder


class _Version(argparse.Action):
    """Prints the version, which only the metadata of the installation knows: they are slow to load."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        sys.stdout.write(f"cmlint {version('cmlint')}\n")
        parser.exit()


@dataclass(frozen=True)
class Options:
    """The options of a check."""

    paths: tuple[str, ...]
    fix: bool
    unsafe: bool
    diff: bool
    certificates: bool
    quiet: bool
    output_format: str
    statistics: bool
    stdin_filename: str | None
    force_exclude: bool
    exit_zero: bool
    exit_non_zero_on_fix: bool
    replay: bool
    emit_test: str | None
    settings: Finder
    selected: tuple[str, ...]  # the codes or prefixes that the command line names itself
    update_baseline: bool
    fix_baselined: bool
    since: str | None
    add_noqa: bool
    unused_noqa: bool
    watch: bool
    config_file: str | None
    jobs: int
    cache_dir: str | None  # None: no cache


@dataclass(frozen=True)
class ReplayOptions:
    """The options of `cmlint replay`."""

    path: str
    qualname: str
    emit_test: str | None
    output_format: str


def parse(arguments: Sequence[str], codes: tuple[str, ...]) -> Options:
    """The options in `arguments`. Raises UsageError and ConfigError."""
    given = check_parser().parse_args(list(arguments))
    refuse_contradictions(given)
    _check_folder(given.emit_test)
    if given.emit_test is not None and given.paths == ["-"]:
        raise UsageError("--emit-test writes tests that read the file, so it can't take standard input")
    return Options(
        paths=tuple(given.paths) or (".",),
        fix=given.fix,
        unsafe=given.unsafe_fixes,
        diff=given.diff,
        certificates=given.certificates,
        quiet=given.quiet,
        output_format=given.output_format,
        statistics=given.statistics,
        stdin_filename=given.stdin_filename,
        force_exclude=given.force_exclude,
        exit_zero=given.exit_zero,
        exit_non_zero_on_fix=given.exit_non_zero_on_fix,
        replay=given.replay or given.emit_test is not None,
        emit_test=given.emit_test,
        settings=_settings(given, Reader(codes)),
        selected=Reader(codes).code_list(_split([*(given.select or ()), *(given.extend_select or ())]), "--select"),
        update_baseline=given.update_baseline,
        fix_baselined=given.fix_baselined,
        since=given.since,
        add_noqa=given.add_noqa,
        unused_noqa=given.unused_noqa,
        watch=given.watch,
        config_file=None if given.config is None else os.path.abspath(given.config),
        jobs=given.jobs,
        cache_dir=None if given.no_cache else given.cache_dir or os.environ.get("CMLINT_CACHE_DIR") or CACHE_FOLDER,
    )


def _check_folder(emit_test: str | None) -> None:
    """Whether tests can be written there. Raises UsageError."""
    if emit_test is not None and os.path.exists(emit_test) and not os.path.isdir(emit_test):
        raise UsageError(f"--emit-test takes the folder for the tests, and {emit_test} is a file: --emit-test DIR PATH")


def parse_replay(arguments: Sequence[str]) -> ReplayOptions:
    """The options of `cmlint replay` in `arguments`. Raises UsageError."""
    given = replay_parser().parse_args(list(arguments))
    path, separator, qualname = given.manager.rpartition("::")
    if not (path and separator and qualname):
        raise UsageError("`cmlint replay` takes one PATH::QUALNAME")
    _check_folder(given.emit_test)
    return ReplayOptions(path, qualname, given.emit_test, given.output_format)


def replay_parser() -> Parser:
    """The parser of what follows `cmlint replay`."""
    replay = Parser(
        "cmlint replay",
        "Run a manager for real in a subprocess, with recorders in place of all that it uses, and throw at "
        "its yield. Exit codes: 0 nothing is lost, 1 something is, 2 it could not be replayed.",
    )
    replay.add_argument("manager", metavar="PATH::QUALNAME")
    _add_emit_test(replay)
    replay.add_argument("--output-format", choices=("full", "json"), default="full", help="default: full")
    return replay


def rule_parser() -> Parser:
    """The parser of what follows `cmlint rule`."""
    rule = Parser(
        "cmlint rule",
        "Show a rule's page: what it finds and why, an example and its repair, and its limits. "
        "Laid out on a terminal, plain Markdown in a pipe. Without a rule: a line for each.",
    )
    rule.add_argument("rule", metavar="CODE", nargs="?", help="its code or its name: CML101, orphaned-process")
    return rule


def parse_rule(arguments: Sequence[str]) -> str | None:
    """The rule that `cmlint rule` is asked for, or None for all. Raises UsageError."""
    named: str | None = rule_parser().parse_args(list(arguments)).rule
    return named


def _add_emit_test(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--emit-test", metavar="DIR", help="write a pytest file for each confirmed finding")


def _settings(given: argparse.Namespace, reader: Reader) -> Finder:
    overrides: dict[str, object] = {}
    for option in ("select", "ignore", "extend_select"):
        value = getattr(given, option)
        if value is not None:
            overrides[option] = reader.code_list(_split(value), f"--{option.replace('_', '-')}")
    if overrides.get("select") == ():
        raise UsageError("--select names no rule, so nothing would be checked")
    if given.exclude is not None:
        overrides["exclude"] = tuple(_split(given.exclude))
    if given.min_confidence is not None:
        overrides["min_confidence"] = Confidence(given.min_confidence)
    if given.per_file_ignores is not None:
        overrides["per_file_ignores"] = reader.file_ignores(given.per_file_ignores, "--per-file-ignores")
    if given.baseline is not None or given.no_baseline:
        overrides["baseline"] = None if given.no_baseline else os.path.abspath(given.baseline)
    return Finder(reader, overrides, _fixed_config(given, reader))


def _fixed_config(given: argparse.Namespace, reader: Reader) -> Config | None:
    if given.isolated and given.config is not None:
        raise UsageError("--isolated ignores every configuration: leave out --config")
    if given.isolated:
        return Config()
    if given.config is None:
        return None
    config = reader.from_file(given.config)
    if config is None:
        raise ConfigError(f"{given.config}: there is no [tool.cmlint] table in it")
    return config


def _split(values: Sequence[str]) -> list[str]:
    return [item.strip() for value in values for item in value.split(",") if item.strip()]


def check_parser() -> Parser:
    """What the command line of a check takes; the documentation is made from it, too."""
    check = Parser(
        "cmlint",
        "Find context managers that lose what they acquired when the body of the `with` raises.",
        epilog="Commands, each with its --help: rule [CODE] (rules' pages), dump PATH::QUALNAME (a manager's graph), "
        "replay PATH::QUALNAME (runs it), airflow (repairs an installed Airflow), prove airflow, lsp (for editors), "
        "completion SHELL. Exit codes: 0 clean, 1 findings, 2 something could not be done.",
    )
    check.usage = "cmlint [OPTION ...] [PATH ...]"
    check.add_argument("paths", nargs="*", metavar="PATH", help="files and folders, or `-`; default: this folder")
    check.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    repair = check.add_argument_group("repair")
    repair.add_argument("--fix", action="store_true", help="repair what has a safe fix")
    repair.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: unsafe fixes too")
    repair.add_argument("--diff", action="store_true", help="show the findings, then the repairs as a patch")
    repair.add_argument("--certificates", action="store_true", help="with --diff: a line for each certificate below")
    run = check.add_argument_group("replay: runs the code of the managers in which something is found")
    run.add_argument("--replay", action="store_true", help="run each in a subprocess; all else is a recorder")
    _add_emit_test(run)
    what = check.add_argument_group("what to check")
    what.add_argument("--select", action="append", metavar="CODES", help="only these rules (codes, names; commas)")
    what.add_argument("--extend-select", action="append", metavar="CODES", help="these rules as well")
    what.add_argument("--ignore", action="append", metavar="CODES", help="not these rules")
    levels = [level.value for level in Confidence]
    what.add_argument("--min-confidence", choices=levels, metavar="LEVEL", help="low, medium (default) or high")
    what.add_argument("--exclude", action="append", metavar="PATTERNS", help="leave out paths, as in .gitignore")
    what.add_argument("--force-exclude", action="store_true", help="leave out named files that match, too")
    what.add_argument("--config", metavar="FILE", help="take [tool.cmlint] from this file")
    what.add_argument("--isolated", action="store_true", help="read no configuration")
    what.add_argument("--stdin-filename", metavar="NAME", help="the name to report for `-`")
    what.add_argument("--per-file-ignores", action="append", metavar="GLOB:CODE", help="not this rule in those files")
    adopt = check.add_argument_group("adopt: only what is new")
    adopt.add_argument("--baseline", metavar="FILE", help="leave out the findings that this file holds")
    adopt.add_argument("--no-baseline", action="store_true", help="leave out none, whatever is configured")
    adopt.add_argument("--update-baseline", action="store_true", help="write the findings of today to the baseline")
    adopt.add_argument("--fix-baselined", action="store_true", help="with --fix or --diff: the known ones, too")
    adopt.add_argument("--since", metavar="REV", help="only what changed since HEAD left this git revision")
    adopt.add_argument("--add-noqa", action="store_true", help="add a `# noqa` comment for each finding")
    adopt.add_argument("--unused-noqa", action="store_true", help="also report each `# noqa: CML...` without a finding")
    output = check.add_argument_group("output and running")
    names = f"{FORMATS[0]} (default), {', '.join(FORMATS[1:])}"
    output.add_argument("--output-format", choices=FORMATS, default=FORMATS[0], metavar="NAME", help=names)
    output.add_argument("--statistics", action="store_true", help="count the findings of each rule")
    output.add_argument("-q", "--quiet", action="store_true", help="no summary; with --diff, only the patch")
    output.add_argument("--exit-zero", action="store_true", help="exit with 0 even when there are findings")
    output.add_argument("--exit-non-zero-on-fix", action="store_true", help="exit with 1 when something was repaired")
    output.add_argument("--watch", action="store_true", help="check again whenever a file changes (extra `watch`)")
    output.add_argument(
        "--jobs", type=_count, default=0, metavar="N", help="at most so many processes; 0: as many as pay"
    )
    output.add_argument("-n", "--no-cache", action="store_true", help="neither read nor write the cache")
    output.add_argument("--cache-dir", metavar="DIR", help=f"default: $CMLINT_CACHE_DIR, or {CACHE_FOLDER} here")
    return check


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a number that is not negative, not {text!r}")
    return int(text)
