"""`cmlint -`: checks or repairs what is read from standard input; the repaired text goes to standard output."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cmlint import source as sources
from cmlint.adoption.baseline import Baseline, Looked
from cmlint.adoption.novelty import Known, known_by, read_baselines, reported
from cmlint.adoption.since import Change, change_since
from cmlint.checker import check_source
from cmlint.command_line.options import Options
from cmlint.command_line.presenting import finish, patch, print_findings
from cmlint.command_line.repairing import tell_behind
from cmlint.config import Config
from cmlint.problems import Problem
from cmlint.repair import repair_source
from cmlint.report.formats import check_places
from cmlint.results import Result
from cmlint.source import Source, SourceError
from cmlint.standard_streams import print_bytes


@dataclass(frozen=True)
class _Asked:
    """What is wanted of the text, and by what it is judged."""

    options: Options
    name: str
    config: Config
    baselines: Iterable[Baseline]
    change: Change | None


def check_standard_input(options: Options) -> int:
    """Check or repair what is read from standard input; the repaired text goes to standard output."""
    name = options.stdin_filename or "-"
    check_places(options.output_format, [name])
    config = options.settings.for_path(name)
    change = change_since(options.since, [name]) if options.since is not None else None
    asked = _Asked(options, name, config, read_baselines([config]).values(), change)
    if sys.stdin is None:
        raise SourceError("standard input is closed")
    raw = sys.stdin.buffer.read()
    try:
        given = sources.decode(name, raw)
        if not (options.force_exclude and config.excludes(name)):
            return _repair(given, asked) if options.fix else _check(given, asked)
        problems: tuple[Problem, ...] = ()
    except SourceError as error:
        problems = (Problem(name, error.message, error.line),)
    if options.fix:
        print_bytes(raw)  # an editor that pipes a buffer through must not lose it
    return finish(Result(problems=problems), options)


def _check(given: Source, asked: _Asked) -> int:
    options = asked.options
    whole = check_source(given, asked.config)
    known = _known(whole, asked)
    result = known.new_of(whole, fix_baselined=options.fix_baselined)
    if options.replay:
        from cmlint.replay import commands  # code of the checked text is run here

        result = commands.replay_findings(result, {asked.name: asked.config}, options.emit_test)
    protected = known.protected(fix_baselined=options.fix_baselined)
    repaired = repair_source(given, asked.config, unsafe=options.unsafe, known=protected) if options.diff else None
    if not (options.diff and options.quiet):
        print_findings(result, options)
    if repaired is not None:
        print_bytes(patch(repaired, options))
        tell_behind(repaired, options)
    return finish(result, options)


def _repair(given: Source, asked: _Asked) -> int:
    options = asked.options
    known = _known(check_source(given, asked.config), asked)
    protected = known.protected(fix_baselined=options.fix_baselined)
    repaired = repair_source(given, asked.config, unsafe=options.unsafe, known=protected)
    print_bytes(given.encode(repaired.text))
    return finish(known.new_of(repaired.left), options, repaired.fixed, behind=len(repaired.behind))


def _known(whole: Result, asked: _Asked) -> Known:
    """What is known of the text; it may be unsaved, so that nothing is said of what a baseline holds beside it."""
    told = reported(asked.options.settings)
    known = known_by(asked.baselines, whole.findings, Looked(()), {asked.name: asked.config}, told)
    if asked.change is None:
        return Known(known.baselined, Counter())
    before = asked.change.before_text(asked.name, whole.findings, asked.options.settings)
    return Known(known.baselined, before.known, before.notes)
