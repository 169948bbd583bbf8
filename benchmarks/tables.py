"""Writes Markdown tables between the markers of README.md, the shortest that tells, and of docs/accuracy.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from label_free import LabelFree
from markdown import ROOT, put, table
from printing import NAMES
from raising import VERDICTS, Judgement
from repaired import FixJudgement
from results import OTHERS, Raising, Results, Setup
from rows import MANAGERS, NEW, OLD
from setup_and_cleanup import CODES
from stripped_rows import Labelled

_SAMPLES = {OLD: "packages of the benchmark", NEW: "packages that nobody had read"}


def write(results: Results) -> list[str]:
    """Write both tables; a file without the markers is left alone. What was done, one line a file."""
    written = ((ROOT / "README.md", brief(results)), (ROOT / "docs" / "accuracy.md", full(results)))
    return [put(file, "accuracy", text) for file, text in written]


def brief(results: Results) -> str:
    """What a newcomer needs: the set that came last, the one tuned on, repaired releases, stripped managers."""
    told = [raising for raising in results.raising if raising.rows.name in (results.raising[0].rows.name, MANAGERS)]
    there = {judgement.tool for raising in told for judgement in raising.judgements}
    tools = [tool for tool in ("cmlint", *OTHERS) if tool in there] or ["cmlint"]
    rows = [*_told_of_sets(told, tools), *_told_of_fixes(results.fixes, tools), *_told_of_stripped(results.label_free)]
    return "\n".join(table(["measured on", "", *tools], ([*row, *[""] * (2 + len(tools) - len(row))] for row in rows)))


def _told_of_sets(measured: Iterable[Raising], tools: Sequence[str]) -> Iterator[list[str]]:
    for raising in measured:
        confusions = {judgement.tool: judgement.confusion for judgement in raising.judgements}
        where = f"{NAMES[raising.rows.name]} ({len(raising.rows.rows)} managers)"
        yield [where, "findings that are right", *(confusions[tool].precision.counted for tool in tools)]
        yield ["", "leaks that are found", *(confusions[tool].recall.counted for tool in tools)]


def _told_of_fixes(measured: Iterable[FixJudgement], tools: Sequence[str]) -> Iterator[list[str]]:
    by_tool = {one.tool: one for one in measured}
    judged = [by_tool.get(tool) for tool in tools]
    if by_tool:
        yield ["fixes.tsv", "leaking releases flagged", *(one.bad_flagged.counted if one else "" for one in judged)]
        yield ["", "their repaired releases flagged", *(one.fixed_flagged.counted if one else "" for one in judged)]


def _told_of_stripped(measured: LabelFree | None) -> Iterator[list[str]]:
    if measured is not None:
        where = f"{len(measured.outcomes)} protected managers of {measured.packages} packages"
        yield [where, "as they are: flagged", measured.alarms.counted]
        yield ["", "... without their `finally`, of those that lose something then: flagged", measured.found.counted]


def full(results: Results) -> str:
    """Every labelled set, what needs no labels; then the confusion matrices, the kinds, the rules, the other labels."""
    main = [*_raising_table(results.raising), *_fixes_table(results), *_label_free_table(results.label_free)]
    main += _read_table(results.read)
    parts = ["\n".join(main), *(_details(raising) for raising in results.raising), *map(_setup_table, results.setups)]
    return "\n\n".join(part for part in parts if part)


def _raising_table(measured: Iterable[Raising]) -> Iterator[str]:
    rows = [
        [f"{NAMES[raising.rows.name]} ({len(raising.rows.rows)} rows)", *_figures(judgement)]
        for raising in measured
        for judgement in raising.judgements
    ]
    if rows:
        yield from table(["rows", "tool", "precision", "recall", "F1", "debatable flagged"], rows)


def _figures(judgement: Judgement) -> list[str]:
    confusion, debatable = judgement.confusion, judgement.debatable
    shares = [str(confusion.precision), str(confusion.recall), confusion.f1]
    return [judgement.tool, *shares, f"{debatable.part} of {debatable.whole}"]


def _fixes_table(results: Results) -> Iterator[str]:
    rows = [[one.tool, one.bad_flagged.counted, one.fixed_flagged.counted] for one in results.fixes]
    if rows:
        yield ""
        yield from table(["fixes.tsv", "leaking release flagged", "repaired release flagged"], rows)


def _label_free_table(measured: LabelFree | None) -> Iterator[str]:
    if measured is None:
        return
    yield ""
    yield from table(
        [f"{len(measured.outcomes)} protected managers of {measured.packages} packages", "share"],
        [
            ["as they are: flagged by CML101-103", measured.alarms.counted],
            ["`finally` taken away, of those that lose something: flagged", measured.found.counted],
            ["... the same at `--min-confidence low`", measured.found_low.counted],
            ["... with the right lines", measured.right.counted],
            ["... of those that lose nothing: flagged", measured.telling.counted],
            ["... strictly, of all: flagged", measured.found_of_all.counted],
            ["... strictly, of all: with exactly the moved lines", measured.exact.counted],
            ["... fixes that give the original back", measured.reversed.counted],
            ["... the same where the `try` held only the yield", measured.reversed_of_single.counted],
        ],
    )


def _read_table(measured: Sequence[Labelled]) -> Iterator[str]:
    rows = [
        [
            f"{_SAMPLES[read.sample]} ({len(read.pairs)} managers)",
            *(share.counted for share in (read.right, read.found, read.precision, read.placed, read.reversed)),
        ]
        for read in measured
    ]
    head = [
        "stripped.tsv, by two readers",
        "leaks with the right lines",
        "leaks flagged",
        "flagged ones that are leaks",
    ]
    if rows:
        yield ""
        yield from table([*head, "the safe fix gives the tree back, up to the begin", "strictly"], rows)


def _details(raising: Raising) -> str:
    own = raising.judgements[0]
    kinds = [[kind, str(share.part), str(share.whole)] for kind, share in own.by_kind.items()]
    matrix = [[verdict, str(own.count(verdict, True)), str(own.count(verdict, False))] for verdict in VERDICTS]
    rules = [[code, *(str(counts[verdict]) for verdict in VERDICTS)] for code, counts in own.by_rule.items()]
    lines = [f"{NAMES[raising.rows.name]}, cmlint:", ""]
    lines += [*table(["", "flagged", "not flagged"], matrix), "", *table(["kind", "found", "leaks"], kinds)]
    return "\n".join([*lines, "", *table(["rule", *VERDICTS], rules)])


def _setup_table(setup: Setup) -> str:
    rows = [
        [
            f"{default.label} = {'/'.join(CODES[default.label])}",
            default.confusion.precision.counted,
            default.confusion.recall.counted,
            low.confusion.precision.counted,
            low.confusion.recall.counted,
        ]
        for default, low in zip(setup.default, setup.low, strict=True)
    ]
    head = [NAMES[setup.rows.name], "precision", "recall", "precision, low confidence", "recall, low confidence"]
    return "\n".join(table(head, rows))
