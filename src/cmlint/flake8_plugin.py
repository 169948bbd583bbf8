"""The flake8 plugin: the same findings under the same codes, wherever flake8 runs.

flake8 hands over the lines that it has read, so a file is read once and standard input works. What to check and how
sure to be comes from the same [tool.cmlint] as for the command line; flake8's own choice of codes and files, and
`# noqa` on the reported line, are flake8's business. What other files hand to frameworks is looked up once, in the
paths that flake8 was given.
"""

from __future__ import annotations

import argparse
import ast
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import ClassVar

from flake8.exceptions import ExecutionError
from flake8.options.manager import OptionManager

from cmlint.checker import Marks, check_source, marks_of
from cmlint.config import Config, ConfigError, Reader
from cmlint.config_lookup import Finder
from cmlint.discovery import discover
from cmlint.findings import Confidence
from cmlint.rule_codes import CODES
from cmlint.source import Source, SourceError

FAILED = "CML900"  # not a rule: cmlint itself could not check the file


@dataclass(frozen=True)
class _Given:
    """What one run of flake8 was given: settings, what files hand over, and whether `# noqa` counts."""

    settings: Finder
    marks: Marks
    noqa: bool


class Plugin:
    """One file, as flake8's plugin API wants it; flake8 gives the options to the class."""

    name = "cmlint"
    version = version("cmlint")
    _given: ClassVar[_Given] = _Given(Finder(Reader(CODES), {}), {}, True)

    def __init__(self, tree: ast.AST, lines: Sequence[str], filename: str = "-") -> None:
        del tree  # asked for so that flake8 runs the plugin once a file
        self._source = Source(filename, "".join(lines), folder=os.path.dirname(filename))

    @staticmethod
    def add_options(manager: OptionManager) -> None:
        """Tell flake8 which options there are, on its command line and in its configuration."""
        levels = [level.value for level in Confidence]
        manager.add_option(
            "--cmlint-min-confidence",
            choices=levels,
            parse_from_config=True,
            help="report what cmlint is at least this sure of (default: that of [tool.cmlint], or medium)",
        )
        manager.add_option(
            "--cmlint-config",
            metavar="FILE",
            parse_from_config=True,
            normalize_paths=True,
            help="take [tool.cmlint] from this file (default: the pyproject.toml nearest to each checked file)",
        )
        manager.add_option(
            "--cmlint-isolated",
            action="store_true",
            help="read no [tool.cmlint] (flake8 keeps its own --isolated for itself)",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Take flake8's options. Raises ExecutionError, which flake8 says in one line."""
        overrides = {}
        if options.cmlint_min_confidence is not None:
            overrides["min_confidence"] = Confidence(options.cmlint_min_confidence)
        try:
            settings = Finder(Reader(CODES), overrides, _fixed(options))
            cls._given = _Given(settings, _marks(options), noqa=not options.disable_noqa)
        except ConfigError as error:
            raise ExecutionError(f"cmlint: {error}") from error

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings as (1-based line, 0-based column, text, plugin)."""
        path = self._source.path
        try:
            config = replace(self._given.settings.for_path(path), noqa=self._given.noqa)
            if config.excludes(path):
                return
            result = check_source(self._source, config, self._given.marks)
        except SourceError:
            return  # flake8 reports E999 by itself
        except ConfigError as error:
            yield 1, 0, f"{FAILED} cmlint: {error}", type(self)
            return
        except Exception as error:  # so that a defect of cmlint does not end the run of flake8, and is said
            yield 1, 0, f"{FAILED} cmlint failed here, please report it ({type(error).__name__}: {error})", type(self)
            return
        for finding in result.findings:
            yield finding.span.line, finding.span.column - 1, f"{finding.code} {finding.message}", type(self)


def _fixed(options: argparse.Namespace) -> Config | None:
    """The settings for all files, where flake8's options name them. Raises ConfigError."""
    if options.cmlint_config is not None:
        config = Reader(CODES).from_file(options.cmlint_config)
        if config is None:
            raise ConfigError(f"{options.cmlint_config}: there is no [tool.cmlint] table in it")
        return config
    return Config() if options.cmlint_isolated else None


def _marks(options: argparse.Namespace) -> Marks:
    """What the Python files below flake8's paths hand over; what flake8 itself excludes may do so, too."""
    paths = [path for path in options.filenames or ["."] if path != "-"]
    return marks_of(discover(paths, lambda _: False, force_exclude=False).files)
