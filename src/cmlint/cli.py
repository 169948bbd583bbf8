"""The command line: reads options, calls the checker, prints, and answers with an exit code.

Findings and patches go to standard output; the summary, notes and what went wrong go to standard error.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Mapping, Sequence

from cmlint import source as sources
from cmlint.checker import Result, check_paths, check_source, marks_of, merged
from cmlint.config import Config, ConfigError
from cmlint.discovery import Found, discover
from cmlint.findings import Finding, Problem
from cmlint.options import Options, UsageError, parse
from cmlint.repair import Repaired, read_and_repair, repair_source, write_repaired
from cmlint.report import concise, diff, json, statistics
from cmlint.rules import CODES
from cmlint.source import SourceError
from cmlint.standard_streams import print_bytes, say
from cmlint.subcommands import SUBCOMMANDS

CLEAN, FOUND, FAILED = 0, 1, 2


def run() -> None:
    """The entry point of the `cmlint` command."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # `nohup` ignores one of them
            signal.signal(number, _interrupted)
    sys.exit(main(sys.argv[1:]))


def _interrupted(number: int, _: object) -> None:
    """A supervisor's stop is a Ctrl-C: what was started is ended, and temporary files are removed; once is enough."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask for and return the exit code: 0 clean, 1 findings, 2 could not do what was asked."""
    if sys.stdout is None:  # closed by the caller
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:  # `print` would take standard output instead
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except (UsageError, ConfigError, SourceError) as error:
        say(f"cmlint: {error}")
        return FAILED
    except BrokenPipeError:
        # Whoever read the output has seen enough; without this the interpreter would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        say(f"cmlint: the output could not be written: {(error.strerror or str(error)).lower()}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except BaseException as error:
        if not _is_interrupt(error):
            raise
        say("cmlint: interrupted; every file is either as it was or completely repaired")
        return FAILED
    return code


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether the user pressed Ctrl-C; libcst's own clean-up may have replaced the exception by a KeyError."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _dispatch(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in SUBCOMMANDS:
        return SUBCOMMANDS[arguments[0]](arguments[1:])
    options = parse(arguments, CODES)
    if options.paths == ("-",):
        return _standard_input(options)
    if options.fix or options.diff:
        return _repair(options)
    result = check_paths(options.paths, options.settings, force_exclude=options.force_exclude)
    if options.replay:
        result = _with_replays(result, _configs(options), options)
    _print_findings(result, options)
    return _finish(result, options)


def _print_findings(result: Result, options: Options) -> None:
    if options.output_format == "json":
        sys.stdout.write(json.render(result.findings))
    elif options.output_format == "concise":
        sys.stdout.write(concise.render(result.findings))
    elif result.findings:
        _print_full(result)


def _print_full(result: Result) -> None:
    from cmlint.report import full  # rich is imported only when something is to be drawn

    text = full.render(result.findings, result.texts)
    if not _coloured():
        sys.stdout.write(text.plain)
        return
    from rich.console import Console

    Console(file=sys.stdout, force_terminal=True).print(text, soft_wrap=True, highlight=False, end="")


def _coloured() -> bool:
    """Colour on a terminal, none in a pipe; see no-color.org and force-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _finish(result: Result, options: Options, fixed: Sequence[Finding] = ()) -> int:
    """Print what is left to say and choose the exit code."""
    if options.statistics:
        counts = {
            "files": result.counts.files,
            "managers analysed": result.counts.managers,
            "managers not analysed": result.counts.not_analysed,
        }
        say(statistics.render([*result.findings, *fixed], counts).rstrip("\n"))
    for note in result.notes:
        say(f"cmlint: note: {note}")
    for problem in result.problems:
        say(f"cmlint: {problem}")
    if not options.quiet:
        say(_summary(result, fixed, options))
    if result.problems:
        return FAILED
    if fixed and options.exit_non_zero_on_fix:
        return FOUND
    return FOUND if result.findings and not options.exit_zero else CLEAN


def _summary(result: Result, fixed: Sequence[Finding], options: Options) -> str:
    found, files = len(result.findings), result.counts.files
    seen = f"{files} file{'' if files == 1 else 's'}"
    if result.problems:
        seen += f"; {len(result.problems)} path{'' if len(result.problems) == 1 else 's'} could not be checked"
    if options.fix:
        return f"Repaired {len(fixed)}, {found} left, in {seen}."
    fixable = sum(1 for f in result.findings if f.fix and f.fix.applicability.value == "safe")
    if not found:
        return f"No findings in {seen}."
    hint = f" {fixable} can be repaired with `--fix`." if fixable else ""
    return f"Found {found} finding{'' if found == 1 else 's'} in {seen}.{hint}"


def _with_replays(result: Result, configs: Mapping[str, Config], options: Options) -> Result:
    """The result with the replay of each finding; code of the checked files is run here."""
    from cmlint.replay import commands

    return commands.replay_findings(result, configs, options.emit_test)


def _found(options: Options) -> Found:
    settings = options.settings
    return discover(
        options.paths, lambda path: settings.for_path(path).excludes(path), force_exclude=options.force_exclude
    )


def _configs(options: Options) -> dict[str, Config]:
    return {path: options.settings.for_path(path) for path in _found(options).files}


def _repair(options: Options) -> int:
    """`--fix` and `--diff` on files."""
    found = _found(options)
    # All settings are read before a file is written.
    configs = {path: options.settings.for_path(path) for path in found.files}
    results = [Result(problems=found.problems)]
    fixed: list[Finding] = []
    patches: list[bytes] = []
    marks = marks_of(configs)
    for path, config in configs.items():
        repaired = read_and_repair(path, config, marks, unsafe=options.unsafe)
        if isinstance(repaired, Problem):
            results.append(Result(problems=(repaired,)))
        elif options.diff:
            results.append(check_source(repaired.source, config, marks))
            patches.append(_patch(repaired, options))
        else:
            problem = write_repaired(repaired) if repaired.changed else None
            if problem is None:
                fixed.extend(repaired.fixed)
                results.append(repaired.left)
            else:
                results.append(merged([check_source(repaired.source, config, marks), Result(problems=(problem,))]))
    result = merged(results)
    if not (options.diff and options.quiet):
        _print_findings(result, options)
    if options.diff:
        print_bytes(b"".join(patches))
    for finding in fixed:
        say(f"repaired {finding.path}:{finding.span.line} {finding.code} `{finding.qualname}`")
    return _finish(result, options, fixed)


def _patch(repaired: Repaired, options: Options) -> bytes:
    source = repaired.source
    patch = diff.unified_diff(source.path, source.text, repaired.text, source.encoding)
    return patch + diff.certificates(repaired.fixed).encode() if options.certificates else patch


def _standard_input(options: Options) -> int:
    """Check or repair what is read from standard input; the repaired text goes to standard output."""
    name = options.stdin_filename or "-"
    config = options.settings.for_path(name)
    if sys.stdin is None:
        raise SourceError("standard input is closed")
    raw = sys.stdin.buffer.read()
    try:
        given = sources.decode(name, raw)
    except SourceError as error:
        if options.fix:
            print_bytes(raw)
        return _finish(Result(problems=(Problem(name, error.message, error.line),)), options)
    if options.force_exclude and config.excludes(name):
        if options.fix:
            print_bytes(raw)
        return _finish(Result(), options)
    try:
        repaired = repair_source(given, config, unsafe=options.unsafe) if options.fix or options.diff else None
        result = check_source(given, config) if not options.fix or repaired is None else repaired.left
    except SourceError as error:
        if options.fix:
            print_bytes(given.encode(given.text))  # an editor that pipes a buffer through must not lose it
        return _finish(Result(problems=(Problem(name, error.message, error.line),)), options)
    if options.fix and repaired is not None:
        print_bytes(given.encode(repaired.text))
        return _finish(result, options, repaired.fixed)
    if options.replay:
        result = _with_replays(result, {name: config}, options)
    if not (options.diff and options.quiet):
        _print_findings(result, options)
    if repaired is not None:
        print_bytes(_patch(repaired, options))
    return _finish(result, options)
