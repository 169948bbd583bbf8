"""Runs the tools on the chosen sets and gathers every judgement; prints nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import label_free
import repaired
import setup_and_cleanup
from label_free import LabelFree
from raising import Judgement, judge_cmlint, judge_others
from repaired import FixJudgement
from rows import (
    FIXES,
    FRESH,
    LABEL_FREE,
    MANAGERS,
    NEW,
    OLD,
    SETUPS,
    STRIPPED,
    RowSet,
    files_of,
    fix_pairs,
    package_folders,
    sample_folders,
    setup_rows,
)
from rows import raising_rows as rows_of
from setup_and_cleanup import LabelJudgement
from stripped_rows import Labelled, labelled
from tools import RAISING, Reports, cmlint, pylint, ruff

OTHERS = ("ruff RUF075", "pylint W0135")
_LOW = ("--min-confidence", "low")


@dataclass(frozen=True)
class Raising:
    """What each tool makes of one set of rows about a body that raises; cmlint comes first."""

    rows: RowSet
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True)
class Setup:
    """What cmlint makes of one set about setup and clean-up, at default settings and at low confidence."""

    rows: RowSet
    default: tuple[LabelJudgement, ...]
    low: tuple[LabelJudgement, ...]


@dataclass(frozen=True)
class Results:
    """All that was measured; a part that was not chosen is empty or None."""

    raising: tuple[Raising, ...]
    fixes: tuple[FixJudgement, ...]
    setups: tuple[Setup, ...]
    label_free: LabelFree | None
    read: tuple[Labelled, ...]
    absent: tuple[str, ...]


def measured(sets: Collection[str], without: Collection[str]) -> Results:
    """Measure the chosen `sets`, without the tools named in `without`."""
    names = [name for name in (*FRESH, MANAGERS) if name in sets]
    chosen = [rows_of(name) for name in names]
    files = sorted({file for rows in chosen for file in files_of(rows.rows)})
    others, absent = _others(files, without)
    whole = label_free.measure(package_folders()) if LABEL_FREE in sets else None
    return Results(
        raising=_raising(chosen, files, others),
        fixes=_fixes(without) if FIXES in sets else (),
        setups=tuple(_setup(name) for name in SETUPS if name in sets),
        label_free=whole,
        read=tuple(_read(whole, sets)),
        absent=tuple(absent),
    )


def _read(whole: LabelFree | None, sets: Collection[str]) -> Iterator[Labelled]:
    """What readers say of the stripped managers, of the chosen samples."""
    if whole is not None:
        yield labelled(OLD, whole)
    if STRIPPED in sets:
        yield labelled(NEW, label_free.measure_stripped(sample_folders(NEW)))


def _others(files: Sequence[Path], without: Collection[str]) -> tuple[dict[str, Reports], list[str]]:
    """What the other tools report, and those that are not installed."""
    found: dict[str, Reports] = {}
    absent = []
    for tool, run in zip(OTHERS, (ruff, pylint), strict=True):
        if tool.split()[0] in without or not files:
            continue
        reports = run(files)
        if reports is None:
            absent.append(tool)
        else:
            found[tool] = reports
    return found, absent


def _raising(chosen: Sequence[RowSet], files: Sequence[Path], others: dict[str, Reports]) -> tuple[Raising, ...]:
    default, low = cmlint(files), cmlint(files, *_LOW)
    return tuple(Raising(rows, (judge_cmlint(rows, default, low), *judge_others(rows, others))) for rows in chosen)


def _fixes(without: Collection[str]) -> tuple[FixJudgement, ...]:
    pairs = fix_pairs()
    files = files_of(row for pair in pairs for row in (pair.bad, pair.fixed))
    by_cmlint, (others, _) = cmlint(files), _others(files, without)
    return (
        repaired.judge("cmlint", pairs, by_cmlint, RAISING),
        repaired.judge("cmlint, all rules", pairs, by_cmlint),
        *(repaired.judge(tool, pairs, reports) for tool, reports in others.items()),
    )


def _setup(name: str) -> Setup:
    rows = setup_rows(name)
    files = files_of(rows.rows)
    default, low = cmlint(files), cmlint(files, *_LOW)
    return Setup(rows, setup_and_cleanup.judge(rows, default), setup_and_cleanup.judge(rows, low))
