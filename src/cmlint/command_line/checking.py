"""`cmlint PATH...`: checks files and hands on what is to be done with the findings."""

from __future__ import annotations

from cmlint.command_line.looking import look
from cmlint.command_line.options import Options
from cmlint.command_line.presenting import finish, print_findings
from cmlint.report.formats import check_places


def check(options: Options) -> int:
    """Check what the options name, print it, and return the exit code.

    Raises ConfigError, SourceError, RevisionError and OutsideError. What few need is imported only where it is used.
    """
    check_places(options.output_format, options.paths)  # before a file is written
    work = look(options)
    if options.update_baseline:
        from cmlint.command_line.adopting import update_baseline

        return update_baseline(work)
    if options.add_noqa:
        from cmlint.command_line.adopting import add_noqa

        return add_noqa(work)
    if options.unused_noqa:
        from cmlint.command_line.adopting import report_unused

        return report_unused(work)
    if work.all_is_new and not (options.fix or options.replay or options.diff):
        print_findings(work.result, options)
        return finish(work.result, options)
    known = work.known()
    if options.fix:
        from cmlint.command_line.repairing import fix

        return fix(work, known)
    result = known.new_of(work.result, fix_baselined=options.fix_baselined)
    if options.replay:
        from cmlint.replay import commands  # code of the checked files is run here

        result = commands.replay_findings(result, work.configs, options.emit_test)
    if options.diff:
        from cmlint.command_line.repairing import show

        return show(work, known, result)
    print_findings(result, options)
    return finish(result, options, left_out=work.left_out(known))
