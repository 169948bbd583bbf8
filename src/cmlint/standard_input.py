"""`cmlint -`: checks or repairs what is read from standard input; the repaired text goes to standard output."""

from __future__ import annotations

import sys

from cmlint import source as sources
from cmlint.checker import check_source
from cmlint.findings import Problem
from cmlint.options import Options
from cmlint.presenting import finish, patch, print_findings
from cmlint.repair import repair_source
from cmlint.report.formats import check_places
from cmlint.results import Result
from cmlint.source import SourceError
from cmlint.standard_streams import print_bytes


def check_standard_input(options: Options) -> int:
    """Check or repair what is read from standard input; the repaired text goes to standard output."""
    name = options.stdin_filename or "-"
    check_places(options.output_format, [name])
    config = options.settings.for_path(name)
    if sys.stdin is None:
        raise SourceError("standard input is closed")
    raw = sys.stdin.buffer.read()
    try:
        given = sources.decode(name, raw)
    except SourceError as error:
        if options.fix:
            print_bytes(raw)
        return finish(Result(problems=(Problem(name, error.message, error.line),)), options)
    if options.force_exclude and config.excludes(name):
        if options.fix:
            print_bytes(raw)
        return finish(Result(), options)
    try:
        repaired = repair_source(given, config, unsafe=options.unsafe) if options.fix or options.diff else None
        result = check_source(given, config) if not options.fix or repaired is None else repaired.left
    except SourceError as error:
        if options.fix:
            print_bytes(given.encode(given.text))  # an editor that pipes a buffer through must not lose it
        return finish(Result(problems=(Problem(name, error.message, error.line),)), options)
    if options.fix and repaired is not None:
        print_bytes(given.encode(repaired.text))
        return finish(result, options, repaired.fixed)
    if options.replay:
        from cmlint.replay import commands  # code of the checked text is run here

        result = commands.replay_findings(result, {name: config}, options.emit_test)
    if not (options.diff and options.quiet):
        print_findings(result, options)
    if repaired is not None:
        print_bytes(patch(repaired, options))
    return finish(result, options)
