"""The flake8 plugin: the same findings under the same codes, wherever flake8 runs.

flake8 hands over the lines that it has read, so a file is read once and standard input works. `# noqa` on the
reported line is flake8's own business; on the `def` line it is ours.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from cmlint.checker import check_source
from cmlint.source import Source, SourceError


class Plugin:
    """One file, as flake8's plugin API wants it."""

    name = "cmlint"
    version = version("cmlint")

    def __init__(self, tree: ast.AST, lines: Sequence[str], filename: str = "-") -> None:
        del tree  # asked for so that flake8 runs the plugin once a file
        self._source = Source(filename, "".join(lines))

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings as (1-based line, 0-based column, text, plugin)."""
        try:
            result = check_source(self._source)
        except SourceError:
            return  # flake8 reports E999 by itself
        for finding in result.findings:
            yield finding.span.line, finding.span.column - 1, f"{finding.code} {finding.message}", type(self)
