"""What a run prints: findings and patches to standard output, the rest to standard error; and its exit code."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cmlint.command_line.options import Options
from cmlint.confidence import Confidence
from cmlint.exit_codes import CLEAN, FAILED, FOUND
from cmlint.results import Result
from cmlint.rule_codes import ONLY_LOW
from cmlint.standard_streams import say, takes_colour

if TYPE_CHECKING:
    from cmlint.findings import Finding
    from cmlint.repair import Repaired


def print_findings(result: Result, options: Options) -> None:
    """Print the findings in the format that was asked for."""
    if any(finding.cell for finding in result.findings):
        from cmlint.report.in_cells import in_cells  # few runs see a notebook

        result = in_cells(result)
    if options.output_format != "full":
        from cmlint.report.formats import render

        sys.stdout.write(render(options.output_format, result))
    elif result.findings:
        _print_full(result)


def _print_full(result: Result) -> None:
    from cmlint.report import full  # rich is imported only when something is to be drawn

    text = full.render(result.findings, result.texts)
    if not takes_colour():
        sys.stdout.write(text.plain)
        return
    from rich.console import Console

    Console(file=sys.stdout, force_terminal=True).print(text, soft_wrap=True, highlight=False, end="")


def finish(result: Result, options: Options, fixed: Sequence[Finding] = (), left_out: str = "", behind: int = 0) -> int:
    """Print what is left to say and choose the exit code; `left_out` tells of findings that are not in the result.

    behind: how many of the `fixed` came up only when something before them was fixed.
    """
    if options.statistics:
        from cmlint.report import statistics

        counts = {
            "files": result.counts.files,
            "managers analysed": result.counts.managers,
            "managers not analysed": result.counts.not_analysed,
            "files read": result.counts.read,
            "files with a trigger word": result.counts.triggered,
            "files known from the cache": result.counts.cached,
            "candidates looked at": result.counts.slices,
            "files screened out": result.counts.screened,
            "files parsed": result.counts.parsed,
            "files not asked whether they parse": result.counts.unasked,
        }
        say(statistics.render([*result.findings, *fixed], counts).rstrip("\n"))
    for note in result.notes:
        say(f"cmlint: note: {note}")
    for problem in result.problems:
        say(f"cmlint: {problem}")
    if not options.quiet:
        say(_summary(result, len(fixed), behind, options) + left_out)
        if not (result.problems or fixed or left_out):
            for hint in _hints(result, options):
                say(hint)
    if result.problems:
        return FAILED
    if fixed and options.exit_non_zero_on_fix:
        return FOUND
    return FOUND if result.findings and not options.exit_zero else CLEAN


def _summary(result: Result, fixed: int, behind: int, options: Options) -> str:
    found, files = len(result.findings), result.counts.files
    seen = f"{files} file{'' if files == 1 else 's'}"
    if result.problems:
        seen += f"; {len(result.problems)} path{'' if len(result.problems) == 1 else 's'} could not be checked"
    if options.fix:
        more = f" and {behind} that came up behind a repair" if behind else ""
        return f"Repaired {fixed - behind}{more}, {found} left, in {seen}.{_repairable(result, options)}"
    if not found:
        return f"No findings in {seen}."
    return f"Found {found} finding{'' if found == 1 else 's'} in {seen}.{_repairable(result, options)}"


def _repairable(result: Result, options: Options) -> str:
    """What of the findings can be repaired, and how; or nothing."""
    fixes = Counter(finding.fix.applicability.value for finding in result.findings if finding.fix)
    safe, unsafe = fixes["safe"], fixes["unsafe"]
    if options.fix:  # which has done what it may do
        return f" {unsafe} can be repaired with `--unsafe-fixes`." if unsafe and not options.unsafe else ""
    if unsafe and (options.unsafe or not safe):
        return f" {safe + unsafe} can be repaired with `--fix --unsafe-fixes`."
    more = f" ({unsafe} more with `--unsafe-fixes`)" if unsafe else ""
    return f" {safe} can be repaired with `--fix`{more}." if safe else ""


def _hints(result: Result, options: Options) -> Iterator[str]:
    """What whoever names rules should know when nothing of them is found: that what is less sure is not reported."""
    if not options.selected or any(finding.code.startswith(options.selected) for finding in result.findings):
        return
    if all(options.settings.for_path(path).min_confidence is Confidence.LOW for path in options.paths):
        return
    never = [code for code in options.selected if code in ONLY_LOW]
    if never:
        yield f"What {' and '.join(never)} finds is always of low confidence: `--min-confidence low` shows it."
    else:
        yield "Findings of low confidence are not shown: `--min-confidence low` shows them."


def patch(repaired: Repaired, options: Options) -> bytes:
    """The repairs of one file as a patch, with its certificates when they were asked for."""
    from cmlint.report import diff

    source = repaired.source
    if source.notebook is None:
        text = diff.unified_diff(source.path, source.text, repaired.text, source.encoding)
    else:
        changed = ((cell.number, cell.source, new) for cell, new in source.notebook.changed(repaired.text))
        text = diff.of_cells(source.path, changed)
    return text + diff.certificates(repaired.fixed).encode() if options.certificates else text
