"""The command line's options: what can be given, checked and turned into values."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cmlint.config import Config, ConfigError, Finder, Reader
from cmlint.findings import Confidence
from cmlint.report.formats import FORMATS

CACHE_FOLDER = ".cmlint_cache"  # in the current folder


class UsageError(Exception):
    """The command line can't be understood; the message is one line."""


class _Version(argparse.Action):
    """Prints the version, which only the metadata of the installation knows: they are slow to load."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        sys.stdout.write(f"cmlint {version('cmlint')}\n")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see `cmlint --help`)")


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
    given = _parser().parse_args(list(arguments))
    if "-" in given.paths and len(given.paths) > 1:
        raise UsageError("`-` (standard input) can't be combined with paths")
    if given.fix and given.diff:
        raise UsageError("--fix writes the repairs and --diff only shows them: give one of the two")
    if given.diff and given.output_format == "json":
        raise UsageError("--output-format json holds the edits already: leave out --diff")
    if given.certificates and not given.diff:
        raise UsageError("--certificates adds lines to the patch: give --diff, too")
    replay = given.replay or given.emit_test is not None
    if replay and (given.fix or given.diff):
        raise UsageError("--replay runs what is found, and --fix and --diff repair it: give one of the two")
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
        replay=replay,
        emit_test=given.emit_test,
        settings=_settings(given, Reader(codes)),
        jobs=given.jobs,
        cache_dir=None if given.no_cache else given.cache_dir or os.environ.get("CMLINT_CACHE_DIR") or CACHE_FOLDER,
    )


def parse_replay(arguments: Sequence[str]) -> ReplayOptions:
    """The options of `cmlint replay` in `arguments`. Raises UsageError."""
    parser = _Parser(
        prog="cmlint replay",
        description="Run a manager for real in a subprocess, with recorders in place of all that it uses, and throw at "
        "its yield. Exit codes: 0 nothing is lost, 1 something is, 2 it could not be replayed.",
        allow_abbrev=False,
    )
    parser.add_argument("manager", metavar="PATH::QUALNAME")
    _add_emit_test(parser)
    parser.add_argument("--output-format", choices=("full", "json"), default="full", help="default: full")
    given = parser.parse_args(list(arguments))
    path, separator, qualname = given.manager.rpartition("::")
    if not (path and separator and qualname):
        raise UsageError("`cmlint replay` takes one PATH::QUALNAME")
    return ReplayOptions(path, qualname, given.emit_test, given.output_format)


def _add_emit_test(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--emit-test", metavar="DIR", help="write a pytest file there for each confirmed finding that fakes can carry"
    )


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
    return Finder(reader, overrides, _fixed_config(given, reader))


def _fixed_config(given: argparse.Namespace, reader: Reader) -> Config | None:
    if given.isolated and given.config is not None:
        raise UsageError("--isolated ignores every configuration: leave out --config")
    if given.isolated:
        return Config()
    if given.config is None:
        return None
    config = reader.from_file(Path(given.config))
    if config is None:
        raise ConfigError(f"{given.config}: there is no [tool.cmlint] table in it")
    return config


def _split(values: Sequence[str]) -> list[str]:
    return [item.strip() for value in values for item in value.split(",") if item.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="cmlint",
        description="Find context managers that lose what they acquired when the body of the `with` raises.",
        epilog="Further commands: `cmlint rule CODE` shows a rule's page, "
        "`cmlint dump PATH::QUALNAME` a manager's graph, `cmlint replay PATH::QUALNAME` runs it, "
        "`cmlint airflow` is about an installed Airflow, `cmlint prove airflow` tries it; each has its --help. "
        "Exit codes: 0 clean, 1 findings, 2 something could not be done.",
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders, or `-`; default: this folder")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    repair = parser.add_argument_group("repair")
    repair.add_argument("--fix", action="store_true", help="repair what has a safe fix")
    repair.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: unsafe fixes too")
    repair.add_argument("--diff", action="store_true", help="show the findings, then the repairs as a patch")
    repair.add_argument("--certificates", action="store_true", help="with --diff: a line for each certificate below")
    run = parser.add_argument_group("replay: runs the code of the managers in which something is found")
    run.add_argument("--replay", action="store_true", help="run each in a subprocess; all else is a recorder")
    _add_emit_test(run)
    what = parser.add_argument_group("what to check")
    what.add_argument("--select", action="append", metavar="CODES", help="only these rules (comma-separated codes)")
    what.add_argument("--extend-select", action="append", metavar="CODES", help="these rules as well")
    what.add_argument("--ignore", action="append", metavar="CODES", help="not these rules")
    what.add_argument("--min-confidence", choices=[level.value for level in Confidence], help="default: medium")
    what.add_argument("--exclude", action="append", metavar="PATTERNS", help="leave out paths, as in .gitignore")
    what.add_argument("--force-exclude", action="store_true", help="leave out named files that match, too")
    what.add_argument("--config", metavar="FILE", help="take [tool.cmlint] from this file")
    what.add_argument("--isolated", action="store_true", help="read no configuration")
    what.add_argument("--stdin-filename", metavar="NAME", help="the name to report for `-`")
    output = parser.add_argument_group("output")
    output.add_argument("--output-format", choices=FORMATS, default="full", help="default: full")
    output.add_argument("--statistics", action="store_true", help="count the findings of each rule")
    output.add_argument("-q", "--quiet", action="store_true", help="no summary; with --diff, only the patch")
    output.add_argument("--exit-zero", action="store_true", help="exit with 0 even when there are findings")
    output.add_argument("--exit-non-zero-on-fix", action="store_true", help="exit with 1 when something was repaired")
    running = parser.add_argument_group("running")
    running.add_argument(
        "--jobs", type=_count, default=0, metavar="N", help="at most so many processes; 0: as many as pay"
    )
    running.add_argument("-n", "--no-cache", action="store_true", help="neither read nor write the cache")
    running.add_argument("--cache-dir", metavar="DIR", help=f"default: $CMLINT_CACHE_DIR, or {CACHE_FOLDER} here")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a number that is not negative, not {text!r}")
    return int(text)
