"""Writes the figures about fixes as Markdown tables between the markers of docs/certificate.md."""

from __future__ import annotations

from collections.abc import Iterator

from fix_results import USUAL, FixResults
from markdown import ROOT, put, table
from printing import NAMES


def write(results: FixResults) -> str:
    """Write the tables. What was done."""
    parts = (_repaired, _maintainers, _stripped, _times)
    text = "\n\n".join(found for part in parts if (found := "\n".join(part(results))))
    return put(ROOT / "docs" / "certificate.md", "fixes", text)


def _repaired(results: FixResults) -> Iterator[str]:
    rows = [
        [
            NAMES[one.rows.name],
            mode.mode,
            mode.repaired.counted,
            str(len(mode.harm)),
            f"{mode.debatable.part} of {mode.debatable.whole}",
        ]
        for one in results.sets
        for mode in one.modes
    ]
    if rows:
        yield from table(["leaks", "applied", "repaired", "harm", "debatable rewritten"], rows)


def _maintainers(results: FixResults) -> Iterator[str]:
    rows = [
        [mode.mode, *(share.counted for share in (mode.repaired, mode.same_tree, mode.same_parts, mode.same_cleanup))]
        for mode in results.maintainers
    ]
    if rows:
        head = [
            "fixes.tsv",
            "repaired",
            "the maintainers' tree",
            "... up to what they changed besides",
            "same clean-up",
        ]
        yield from table(head, rows)


def _stripped(results: FixResults) -> Iterator[str]:
    measured = results.stripped
    if measured is None:
        return
    yield from table(
        [f"{len(measured.outcomes)} stripped managers of {measured.packages} packages", "share"],
        [
            ["the safe fix gives the maintainers' tree back", measured.safely_reversed.counted],
            ["... up to where the `try` begins", measured.safely_placed.counted],
            ["... where the `try` held only the yield", measured.safely_reversed_of_single.counted],
            ["... of those with a safe fix", measured.safe_fixes_that_reverse.counted],
            ["some fix does, of those with any", measured.reversed.counted],
        ],
    )


def _times(results: FixResults) -> Iterator[str]:
    times = results.times
    if times is None:
        return
    usual = times.of_usual
    head = [f"{len(times.timings)} fixes with certificates, functions of {times.usual_lines} lines (median)"]
    rows = [
        [name, f"{of(50):.0f} ms", f"{of(90):.0f} ms"]
        for name, of in (
            ("the fix alone", times.fix),
            (f"... of the {len(usual.timings)} functions of at most {USUAL} lines", usual.fix),
            ("with the analysis before it", times.whole),
            (f"... of the functions of at most {USUAL} lines", usual.whole),
        )
    ]
    yield from table([*head, "median", "90 % within"], rows)
