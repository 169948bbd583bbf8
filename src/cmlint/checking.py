"""`cmlint PATH...`: checks files, and with `--fix` and `--diff` repairs them."""

from __future__ import annotations

from cmlint.config import Config
from cmlint.discovery import Found, discover
from cmlint.findings import Finding, Problem
from cmlint.options import Options
from cmlint.presenting import finish, patch, print_findings
from cmlint.results import Result, merged
from cmlint.running.paths import Run, check_paths
from cmlint.standard_streams import print_bytes, say


def check(options: Options) -> int:
    """Check what the options name, print it, and return the exit code. Raises ConfigError."""
    if options.fix or options.diff:
        return _repair(options)
    run = Run(options.jobs, options.cache_dir)
    result = check_paths(options.paths, options.settings, force_exclude=options.force_exclude, run=run)
    if options.replay:
        from cmlint.replay import commands  # code of the checked files is run here

        result = commands.replay_findings(result, _configs(options), options.emit_test)
    print_findings(result, options)
    return finish(result, options)


def _found(options: Options) -> Found:
    settings = options.settings
    return discover(
        options.paths, lambda path: settings.for_path(path).excludes(path), force_exclude=options.force_exclude
    )


def _configs(options: Options) -> dict[str, Config]:
    return {path: options.settings.for_path(path) for path in _found(options).files}


def _repair(options: Options) -> int:
    """`--fix` and `--diff` on files."""
    from cmlint.checker import check_source, marks_of  # not for a check in which nothing is found
    from cmlint.repair import read_and_repair, write_repaired

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
            patches.append(patch(repaired, options))
        else:
            problem = write_repaired(repaired) if repaired.changed else None
            if problem is None:
                fixed.extend(repaired.fixed)
                results.append(repaired.left)
            else:
                results.append(merged([check_source(repaired.source, config, marks), Result(problems=(problem,))]))
    result = merged(results)
    if not (options.diff and options.quiet):
        print_findings(result, options)
    if options.diff:
        print_bytes(b"".join(patches))
    for finding in fixed:
        say(f"repaired {finding.path}:{finding.span.line} {finding.code} `{finding.qualname}`")
    return finish(result, options, fixed)
