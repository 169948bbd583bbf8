"""Reads the labelled rows of `data/` and finds each one's file among the unpacked packages."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from definitions import Definition, labelled
from packages import unpacked

DATA = Path(__file__).parent / "data"
MANAGERS, FIXES = "managers", "fixes"
SETUPS = {
    "wide-setup": "wide_setup_and_cleanup.tsv",
    "picked-setup": "picked_setup_and_cleanup.tsv",
    "rest-setup": "rest_setup_and_cleanup.tsv",
    "chosen-setup": "chosen_setup_and_cleanup.tsv",
    "drawn-setup": "drawn_setup_and_cleanup.tsv",
    "random-setup": "random_setup_and_cleanup.tsv",
    "fresh-setup": "fresh_setup_and_cleanup.tsv",
    "setup": "setup_and_cleanup.tsv",
}
FRESH = (
    "described-3",
    "described-2",
    "described-1",
    "rare-2",
    "rare-1",
    "big",
    "lot-5",
    "lot-4",
    "lot-3",
    "lot-2",
    "lot-1",
    "picked",
    "chosen",
    "drawn",
    "random",
    "latest",
    "newest",
    "sealed",
    "final",
    "glimpsed",
    "unseen",
    "last",
    "first",
)
LABEL_FREE = "label-free"
OLD, NEW = "benchmark", "new"  # the samples of stripped.tsv: of the packages of the label-free measures, and of others
STRIPPED = "stripped-new"
SETS = (*FRESH, MANAGERS, FIXES, *SETUPS, LABEL_FREE, STRIPPED)
_OPEN = ("first", "last")  # the label-free measures run on their packages and those of managers.tsv


@dataclass(frozen=True)
class Row:
    """One labelled manager. `labels` is the set of its labels: the verdict, or those of the second guide.

    `cleanup_lines` are those that must also run when the body raises, `success_lines` those that must not; they are
    labelled where the verdict is LEAK.
    """

    package: str
    path: str
    qualname: str
    labels: frozenset[str]
    kind: str
    reason: str
    file: Path
    definition: Definition | None
    cleanup_lines: tuple[int, ...] = ()
    success_lines: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """How it is named in lists."""
        return f"{self.package} {self.path} {self.qualname}"


@dataclass(frozen=True)
class RowSet:
    """The rows of one set that could be found, and the packages that the index did not give."""

    name: str
    rows: tuple[Row, ...]
    labelled: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class FixPair:
    """A function before and after its maintainers repaired it."""

    bad: Row
    fixed: Row


@dataclass(frozen=True)
class Stripped:
    """What two readers say of one stripped manager: lines are 1-based, of the stripped text."""

    place: tuple[str, str, str, int]  # the folder of the package, the path in it, the dotted name, the line
    verdict: str
    cleanup: frozenset[int]
    success: frozenset[int]


def stripped_labels(sample: str) -> Iterator[Stripped]:
    """The rows of stripped.tsv that are of `sample`."""
    for row in _table("stripped.tsv"):
        if row["sample"] == sample:
            place = (f"{row['package']}-{row['version']}", row["path"], row["qualname"], int(row["line"]))
            lines = (frozenset(_lines(row[key])) for key in ("cleanup_lines", "success_lines"))
            yield Stripped(place, row["verdict"], *lines)


def sample_folders(sample: str) -> tuple[Path, ...]:
    """The folders of the packages of `sample` that the index gives, each once."""
    return _folders(row for row in _table("stripped.tsv") if row["sample"] == sample)


def raising_rows(name: str) -> RowSet:
    """The rows of managers.tsv, or of one set of fresh.tsv."""
    if name == MANAGERS:
        return _row_set(name, _table("managers.tsv"), "verdict")
    return _row_set(name, [row for row in _table("fresh.tsv") if row["set"] == name], "verdict")


def setup_rows(name: str) -> RowSet:
    """The rows of one set about setup and clean-up, by its name in `SETUPS`."""
    return _row_set(name, _table(SETUPS[name]), "labels")


def fix_pairs() -> tuple[FixPair, ...]:
    """The rows of fixes.tsv whose two releases could be found."""
    pairs = []
    for values in _table("fixes.tsv"):
        bad, fixed = (_row(values, values[key], "kind") for key in ("bad_version", "fixed_version"))
        if bad and fixed:
            pairs.append(FixPair(bad, fixed))
    return tuple(pairs)


def package_folders() -> tuple[Path, ...]:
    """The folders of the packages that the label-free measures run on, each once."""
    return _folders([*_table("managers.tsv"), *(row for row in _table("fresh.tsv") if row["set"] in _OPEN)])


def _folders(rows: Iterable[dict[str, str]]) -> tuple[Path, ...]:
    """The folders of their packages, each once."""
    pinned = sorted({(row["package"], row["version"]) for row in rows})
    return tuple(folder for package, version in pinned if (folder := unpacked(package, version)))


def files_of(rows: Iterable[Row]) -> list[Path]:
    """The files of `rows`, each once, in order."""
    return sorted({row.file for row in rows if row.file.exists()})


def _table(name: str) -> list[dict[str, str]]:
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _row_set(name: str, table: list[dict[str, str]], labels: str) -> RowSet:
    found = [_row(values, values["version"], labels) for values in table]
    missing = {f"{v['package']}=={v['version']}" for v, row in zip(table, found, strict=True) if row is None}
    return RowSet(name, tuple(row for row in found if row), len(table), tuple(sorted(missing)))


def _row(values: dict[str, str], version: str, labels: str) -> Row | None:
    folder = unpacked(values["package"], version)
    if folder is None:
        return None
    file = folder / values["path"]
    name = values["qualname"].removesuffix(".__enter__/__exit__").removesuffix(".__aenter__/__aexit__")
    line = int(values["line"]) if "line" in values else None
    return Row(
        package=values["package"],
        path=values["path"],
        qualname=values["qualname"],
        labels=frozenset(values[labels].split(",")),
        kind=values.get("kind", "-"),
        reason=values.get("reason") or values.get("what_leaks", ""),
        file=file,
        definition=labelled(file, name, line),
        cleanup_lines=_lines(values.get("cleanup_lines", "-")),
        success_lines=_lines(values.get("success_lines", "-")),
    )


def _lines(cell: str) -> tuple[int, ...]:
    """The lines of `55-57,59`; `-` is none."""
    spans = [part.partition("-") for part in cell.split(",") if part != "-"]
    return tuple(line for first, _, last in spans for line in range(int(first), int(last or first) + 1))
