"""Which options of a check contradict each other: what is said of two that can't both be meant."""

from __future__ import annotations

import argparse

from cmlint.usage import UsageError

_ADOPTING = ("update_baseline", "add_noqa", "watch", "unused_noqa")  # each says alone what becomes of the findings
_FOR_PEOPLE = ("full", "concise")  # formats
_WORKING = ("fix", "diff", "replay", "emit_test")


def refuse_contradictions(given: argparse.Namespace) -> None:
    """Raises UsageError for the first two options that can't both be meant."""
    if "-" in given.paths and len(given.paths) > 1:
        raise UsageError("`-` (standard input) can't be combined with paths")
    if given.fix and given.diff:
        raise UsageError("--fix writes the repairs and --diff only shows them: give one of the two")
    if given.diff and given.output_format not in _FOR_PEOPLE:
        raise UsageError(f"--output-format {given.output_format} and a patch can't share the output: leave out --diff")
    if given.certificates and not given.diff:
        raise UsageError("--certificates adds lines to the patch: give --diff, too")
    _refuse_adopting(given)
    if (given.replay or given.emit_test is not None) and (given.fix or given.diff):
        raise UsageError("--replay runs what is found, and --fix and --diff repair it: give one of the two")


def _refuse_adopting(given: argparse.Namespace) -> None:
    """Of the options that say what to do with findings, one at a time. Raises UsageError."""
    chosen = [f"--{name.replace('_', '-')}" for name in (*_ADOPTING, *_WORKING) if getattr(given, name)]
    adopts = any(getattr(given, name) for name in _ADOPTING)
    if len(chosen) > 1 and adopts:
        raise UsageError(f"{chosen[0]} and {chosen[1]} do different things with what is found: give one of the two")
    if given.paths == ["-"] and adopts:
        raise UsageError(f"{chosen[0]} needs files, so it can't take standard input")
    if given.since is not None and (given.update_baseline or given.watch):
        raise UsageError(f"{chosen[0]} looks at the whole, and --since at a change: give one of the two")
    if given.since is not None and given.paths == ["-"] and given.stdin_filename is None:
        raise UsageError("--since has to know which file standard input is to become: give --stdin-filename, too")
    if given.watch and given.output_format not in _FOR_PEOPLE:
        raise UsageError("--watch prints what changes, for people: leave out --output-format, or take `concise`")
    if given.unused_noqa and given.output_format not in _FOR_PEOPLE:
        raise UsageError("--unused-noqa prints lines for people: leave out --output-format, or take `concise`")
    if given.fix_baselined and not (given.fix or given.diff):
        raise UsageError("--fix-baselined also repairs what the baseline holds: give --fix or --diff, too")
    if given.baseline is not None and given.no_baseline:
        raise UsageError("--no-baseline reports everything: leave out --baseline")
    if given.no_baseline and given.update_baseline:
        raise UsageError("--update-baseline writes the baseline: leave out --no-baseline")
    if given.baseline is not None and (not given.baseline or "\0" in given.baseline):
        raise UsageError("--baseline needs the name of a file")
