"""`--update-baseline`, `--add-noqa`, `--unused-noqa`: what is found is accepted, in a file or beside the code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cmlint import source as sources
from cmlint.adoption.baseline import DEFAULT_NAME, Baseline, read_or_new, shown
from cmlint.adoption.novelty import of_baseline, reported
from cmlint.adoption.silencing import Silenced, silence
from cmlint.adoption.unused import unused_in_file
from cmlint.command_line.looking import Work
from cmlint.command_line.presenting import finish, print_findings
from cmlint.exit_codes import CLEAN, FAILED, FOUND
from cmlint.failures import guarded
from cmlint.findings import Finding, Problem
from cmlint.standard_streams import say


def update_baseline(work: Work) -> int:
    """Write what was found to the baselines and return the exit code. Raises SourceError before anything is written."""
    default = os.path.abspath(DEFAULT_NAME)
    configs = {
        path: config if config.baseline is not None else replace(config, baseline=default)
        for path, config in work.configs.items()
    }
    files = sorted({config.baseline_file or default for config in configs.values()})
    told = reported(work.options.settings)
    updates: list[tuple[Baseline, Baseline]] = []
    for old in [read_or_new(file) for file in files]:
        findings, looked = of_baseline(old.file, work.result.findings, work.looked, configs)
        updates.append((old, old.updated(findings, looked, told)))
    for _, new in updates:
        new.write()
    for note in work.result.notes:
        say(f"cmlint: note: {note}")
    for problem in work.result.problems:
        say(f"cmlint: {problem}")
    if not work.options.quiet:
        for old, new in updates:
            say(_change(old, new))
        if any(config.baseline is None for config in work.configs.values()):
            say(f'Name it in pyproject.toml ([tool.cmlint] baseline = "{DEFAULT_NAME}"), or give `--baseline`.')
    return FAILED if work.result.problems else CLEAN


def _change(old: Baseline, new: Baseline) -> str:
    total, added, removed = new.counts.total(), new.counts - old.counts, old.counts - new.counts
    return (
        f"{shown(new.file)} holds {total} finding{'' if total == 1 else 's'} "
        f"({added.total()} added, {removed.total()} removed)."
    )


@dataclass
class _Told:
    """What came of the comments, file by file."""

    silenced: list[Finding] = field(default_factory=list)
    files: int = 0
    left: list[Finding] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def add_noqa(work: Work) -> int:
    """Add a comment for each new finding and return the exit code: 1 when some could not be silenced."""
    known = work.known()
    new = known.new_of(work.result)
    told = _Told()
    for path in dict.fromkeys(finding.path for finding in new.findings):
        mine = [finding for finding in new.findings if finding.path == path]
        written = _written(work, path, mine)
        if isinstance(written, Problem):
            told.problems.append(written)
            told.left += mine
            continue
        told.silenced += written.silenced
        told.files += bool(written.silenced)
        told.left += [finding for finding, _ in written.left]
        told.notes += [Problem(path, f"no comment: {reason}", f.span.line) for f, reason in written.left]
    result = replace(
        new, findings=tuple(told.left), notes=(*new.notes, *told.notes), problems=(*new.problems, *told.problems)
    )
    print_findings(result, work.options)
    number = len(told.silenced)
    say(
        f"Added `# noqa` for {number} finding{'' if number == 1 else 's'} "
        f"in {told.files} file{'' if told.files == 1 else 's'}."
    )
    return finish(result, work.options, left_out=work.left_out(known))


def _written(work: Work, path: str, findings: Sequence[Finding]) -> Silenced | Problem:
    """Comment the file at `path` and write it; what stands in the way is returned, and the file is as it was."""

    def commented() -> Silenced:
        silenced = silence(sources.read(path), findings, work.configs[path], work.marks)
        if silenced.silenced:
            sources.write(silenced.source, silenced.text)
        return silenced

    return guarded(path, commented)


def report_unused(work: Work) -> int:
    """Report what is new, then the comments that silence nothing, and return the exit code: 1 for either."""
    known = work.known()
    result = known.new_of(work.result)
    unused: list[Problem] = []
    problems = list(result.problems)
    said = {problem.path for problem in problems}
    for path, config in work.configs.items():
        judged = unused_in_file(path, config, work.marks)
        if not isinstance(judged, Problem):
            unused += judged
        elif path not in said:
            problems.append(judged)
    print_findings(result, work.options)
    sys.stdout.write("".join(f"{each}\n" for each in unused))
    number = len(unused)
    more = f" {number} `# noqa` silence{'s' if number == 1 else ''} nothing." if unused else ""
    code = finish(replace(result, problems=tuple(problems)), work.options, left_out=work.left_out(known) + more)
    return FOUND if code == CLEAN and unused and not work.options.exit_zero else code
