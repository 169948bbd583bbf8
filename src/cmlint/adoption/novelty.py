"""What is new of a check's findings: not in the baseline of its file, and not in the version before the change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cmlint.adoption import baseline as baselines
from cmlint.adoption.baseline import Baseline, Looked, Reported
from cmlint.adoption.known import sift, spared
from cmlint.config import Config
from cmlint.config_lookup import Finder
from cmlint.findings import Confidence, Finding, Problem
from cmlint.identity import Key
from cmlint.results import Result


@dataclass(frozen=True)
class Known:
    """What of a check's findings is known: the findings' own keys, with the number of each.

    baselined: those in a baseline; earlier: those that were there before the change; notes: what else there is to say.
    """

    baselined: Counter[Key]
    earlier: Counter[Key]
    notes: tuple[Problem, ...] = ()

    def protected(self, *, fix_baselined: bool) -> Counter[Key]:
        """What a repair must leave as it is."""
        return self.earlier if fix_baselined else self.earlier | self.baselined

    def new_of(self, result: Result, *, fix_baselined: bool = False) -> Result:
        """`result` with the new findings only; a fix that would change what is protected is only shown."""
        new = sift(result.findings, self.earlier | self.baselined).new
        untouched = sift(result.findings, self.protected(fix_baselined=fix_baselined)).known
        return replace(result, findings=spared(new, untouched), notes=(*result.notes, *self.notes))


def read_baselines(configs: Iterable[Config]) -> dict[str, Baseline]:
    """The baselines that the settings name, by their absolute paths. Raises SourceError."""
    files = sorted({config.baseline_file for config in configs if config.baseline_file is not None})
    return {file: baselines.read(file) for file in files}


def known_by(
    read: Iterable[Baseline], findings: Sequence[Finding], looked: Looked, configs: Mapping[str, Config], told: Reported
) -> Known:
    """What of `findings` the baselines hold, with a note for each that holds what does not occur any more."""
    known: Counter[Key] = Counter()
    notes: list[Problem] = []
    for baseline in read:
        mine, inside = of_baseline(baseline.file, findings, looked, configs)
        match = baseline.compare(mine, inside, told)
        known += match.known
        if match.gone or match.moved:
            notes.append(Problem(baselines.shown(baseline.file), _note(match.gone, match.moved)))
    return Known(known, Counter(), tuple(notes))


def of_baseline(
    file: str, findings: Iterable[Finding], looked: Looked, configs: Mapping[str, Config]
) -> tuple[list[Finding], Looked]:
    """The findings that the baseline in `file` is asked about, and what was looked at for it."""
    judged = {path for path, config in configs.items() if config.baseline_file == file}
    mine = [finding for finding in findings if finding.path in judged]
    return mine, Looked(judged & set(looked.files), looked.folders)


def reported(settings: Finder) -> Reported:
    """Whether a check with these settings would report what has a code and a confidence in the file at a path."""

    def would(path: str, code: str, confidence: Confidence) -> bool:
        config = settings.for_path(path)
        return config.reports(code, path) and confidence.rank >= config.min_confidence.rank

    return would


def _note(gone: Counter[Key], moved: Counter[Key]) -> str:
    """`2 entries do not occur any more (...) and 1 has moved; ...`."""
    parts = []
    if gone:
        first = min(gone)
        many = f" and {gone.total() - 1} more" if gone.total() > 1 else ""
        verb = "entry does" if gone.total() == 1 else "entries do"
        named = f"{first.code} `{first.qualname}` in {first.path}{many}"
        parts.append(f"{gone.total()} {verb} not occur any more ({named})")
    if moved:
        parts.append(f"{moved.total()} {'entry' if moved.total() == 1 else 'entries'} moved to another file")
    return f"{', '.join(parts)}; `cmlint --update-baseline` writes what is there now"
