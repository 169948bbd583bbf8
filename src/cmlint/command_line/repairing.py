"""`--fix` and `--diff`: the repairs of what is found, written or shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmlint.adoption.known import sift
from cmlint.adoption.novelty import Known
from cmlint.command_line.looking import Work
from cmlint.command_line.options import Options
from cmlint.command_line.presenting import finish, patch, print_findings
from cmlint.findings import Finding, Problem, printable
from cmlint.repair import Repaired, read_and_repair, write_repaired
from cmlint.report.in_cells import located
from cmlint.results import Counts, Result, merged
from cmlint.standard_streams import print_bytes, say

_BEHIND = ", which came up behind another repair (line of the repaired file)"


def _repairs(work: Work, known: Known) -> Iterator[Repaired | Problem]:
    """The repairs of each file in which a finding has a fix that may be applied; nothing is written."""
    protected = known.protected(fix_baselined=work.options.fix_baselined)
    free = sift(work.result.findings, protected).new
    for path in dict.fromkeys(finding.path for finding in free if finding.fix):
        yield read_and_repair(path, work.configs[path], work.marks, unsafe=work.options.unsafe, known=protected)


def show(work: Work, known: Known, result: Result) -> int:
    """`--diff`: the findings, then the repairs as a patch."""
    options = work.options
    repairs = list(_repairs(work, known))
    result = merged([result, Result(problems=tuple(one for one in repairs if isinstance(one, Problem)))])
    if not options.quiet:
        print_findings(result, options)
    made = [one for one in repairs if isinstance(one, Repaired)]
    print_bytes(b"".join(patch(one, options) for one in made))
    for one in made:
        tell_behind(one, options)
    if any(one.changed and one.source.notebook is not None for one in made):
        say("cmlint: note: the patch shows cells of notebooks, to be read: `git apply` takes it without them only")
    return finish(result, options, left_out=work.left_out(known))


def tell_behind(repaired: Repaired, options: Options) -> None:
    """Say which repairs of a patch are for findings that nobody was shown: they come up only in repaired code."""
    if not options.quiet:
        for finding in repaired.behind:
            say(f"cmlint: note: the patch also repairs {_told(finding)}{_BEHIND}")


def fix(work: Work, known: Known) -> int:
    """`--fix`: the repairs are written, one whole file at a time."""
    options = work.options
    fixed: list[Finding] = []
    behind: list[Finding] = []
    problems: list[Problem] = []
    left: dict[str, Result] = {}  # of each file that was repaired
    for repaired in _repairs(work, known):
        problem = repaired if isinstance(repaired, Problem) else None
        if isinstance(repaired, Repaired) and repaired.changed:
            problem = write_repaired(repaired)
            if problem is None:
                fixed += repaired.fixed
                behind += repaired.behind
                left[repaired.source.path] = repaired.left
        if problem is not None:
            problems.append(problem)
    rest = replace(work.result, findings=tuple(f for f in work.result.findings if f.path not in left))
    total = merged([rest, *(replace(one, counts=Counts(), notes=()) for one in left.values())])
    result = known.new_of(merged([total, Result(problems=tuple(problems))]), fix_baselined=options.fix_baselined)
    print_findings(result, options)
    for finding in fixed:
        say(f"repaired {_told(finding)}{_BEHIND if finding in behind else ''}")
    return finish(result, options, fixed, left_out=work.left_out(known), behind=len(behind))


def _told(finding: Finding) -> str:
    found = located(finding)
    return f"{printable(found.place)}:{found.span.line} {found.code} `{found.qualname}`"
