"""One check of what the options name, whatever is to be done with its findings then."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from cmlint.baseline import Baseline, Looked
from cmlint.checker import Marks, check_files, find_files, marks_of
from cmlint.config import Config
from cmlint.novelty import Known, known_by, read_baselines, reported
from cmlint.options import Options
from cmlint.progress import shown
from cmlint.results import Result, merged
from cmlint.since import Change, change_since


@dataclass(frozen=True)
class Work:
    """What was looked at, with which settings, and what it came to before anything known is left out.

    all_files: how many files there are, of which only some are looked at with `--since`.
    """

    options: Options
    configs: dict[str, Config]
    marks: Marks
    result: Result
    all_files: int
    baselines: dict[str, Baseline]
    change: Change | None = None

    @property
    def looked(self) -> Looked:
        """The files that could be checked, and the folders that were gone through for them."""
        failed = {problem.path for problem in self.result.problems}
        folders = [path for path in self.options.paths if os.path.isdir(path)]
        return Looked(self.configs.keys() - failed, folders)

    def known(self) -> Known:
        """What of the findings is known. Raises ConfigError, RevisionError."""
        options, findings = self.options, self.result.findings
        told = reported(options.settings)
        known = known_by(self.baselines.values(), findings, self.looked, self.configs, told)
        if self.change is None:
            return known
        before = self.change.before(findings, self.configs, options.settings, self.marks)
        return replace(known, earlier=before.known, notes=(*known.notes, *before.notes))

    def left_out(self, known: Known) -> str:
        """What the summary says about what is not reported, or nothing."""
        parts = []
        if self.change is not None:
            parts.append(f" Of {self.all_files} files {len(self.configs)} changed since {self.change.revision}.")
        for number, where in ((known.earlier.total(), "there before"), (_beside(known), "in the baseline")):
            if number:
                parts.append(f" {number} {'was' if number == 1 else 'were'} {where}.")
        return "".join(parts)


def _beside(known: Known) -> int:
    return (known.baselined - known.earlier).total()


def look(options: Options) -> Work:
    """Check what the options name. Raises ConfigError, SourceError and RevisionError before a file is looked at."""
    settings = options.settings
    found = find_files(options.paths, settings, force_exclude=options.force_exclude)
    change = change_since(options.since, options.paths) if options.since is not None else None
    files = found.files if change is None else [path for path in found.files if change.touches(path)]
    configs = {path: settings.for_path(path) for path in files}  # all are read before anything is done
    baselines = {} if options.update_baseline else read_baselines(configs.values())
    marks = marks_of(found.files)
    results = shown(check_files(files, settings, marks), len(files), quiet=options.quiet)
    result = merged([Result(problems=found.problems), *results])
    return Work(options, configs, marks, result, len(found.files), baselines, change)
