"""One check of what the options name, whatever is to be done with its findings then."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cmlint.command_line.options import Options
from cmlint.config import Config
from cmlint.results import Result, merged
from cmlint.running.funnel import Marks
from cmlint.running.paths import Run, check_files, find_files

if TYPE_CHECKING:
    from cmlint.adoption.baseline import Baseline, Looked
    from cmlint.adoption.novelty import Known
    from cmlint.adoption.since import Change


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
        from cmlint.adoption.baseline import Looked  # here and below: a run with nothing known needs none of it

        failed = {problem.path for problem in self.result.problems}
        folders = [path for path in self.options.paths if os.path.isdir(path)]
        return Looked(self.configs.keys() - failed, folders)

    @property
    def all_is_new(self) -> bool:
        """Whether there is nothing that a finding could be known from."""
        return not self.baselines and self.change is None

    def known(self) -> Known:
        """What of the findings is known. Raises ConfigError, RevisionError."""
        from cmlint.adoption.novelty import known_by, reported

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
            files = f"{self.all_files} file{'' if self.all_files == 1 else 's'}"
            parts.append(f" Of {files} {len(self.configs)} changed since {self.change.revision}.")
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
    change, elsewhere = _change(options, found.files)
    files = found.files if change is None else [path for path in found.files if change.touches(path)]
    configs = {path: settings.for_file(path) for path in files}  # all are read before anything is done
    baselines = {} if options.update_baseline else _baselines(configs)
    run = Run(options.jobs, options.cache_dir, options.quiet)
    checked = check_files(files, settings, run, elsewhere, named=found.named)
    result = merged([Result(problems=found.problems), *checked.results])
    return Work(options, configs, checked.marks, result, len(found.files), baselines, change)


def _baselines(configs: dict[str, Config]) -> dict[str, Baseline]:
    if all(config.baseline is None for config in configs.values()):
        return {}
    from cmlint.adoption.novelty import read_baselines

    return read_baselines(configs.values())


def _change(options: Options, files: Sequence[str]) -> tuple[Change | None, Marks]:
    """The change that is asked about, and what all files hand over: unchanged ones are not looked at otherwise."""
    if options.since is None:
        return None, {}
    from cmlint.adoption.since import change_since
    from cmlint.checker import marks_of  # here and in what follows: a whole check needs neither

    return change_since(options.since, options.paths), marks_of(files)
