"""Reads case files: Markdown in which every heading claims a behaviour and a `py` fence shows it.

Under a heading stand, in this order: a `py` fence with `# error: CML102` at the lines that must be reported, and
optionally the recorded fences `py fixed` (the repaired source), `py unsafe` (the unsafe fixes applied too), `text full`
(the output for people) and `text graph` (the graph dump of the first manager). `text no-fix` holds the reason why there
is no safe fix. Recorded fences are written anew by `pytest --record`, never by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
RECORDED = ("py fixed", "py unsafe", "text full", "text graph", "text no-fix")
_HEADING = re.compile(r"^## (?P<claim>.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(?P<info>[^\n]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_ERROR = re.compile(r"\s*# error: (?P<codes>[A-Z0-9, ]+?)(?P<low> at low confidence)?$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One claim: its source without the error marks, and what must be reported at which 1-based line.

    `unsure` are the errors that must only be reported at low confidence (`# error: CML104 at low confidence`).
    """

    file: Path
    claim: str
    source: str
    errors: frozenset[tuple[int, str]]
    recorded: dict[str, str]
    unsure: frozenset[tuple[int, str]]

    @property
    def id(self) -> str:
        return f"{self.file.stem}: {self.claim}"


def read(file: Path) -> list[Case]:
    """The cases of one file."""
    text = file.read_text("utf-8")
    heads = list(_HEADING.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return [_case(file, head["claim"], text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def _case(file: Path, claim: str, section: str) -> Case:
    fences = {fence["info"].strip(): fence["body"] for fence in _FENCE.finditer(section)}
    marked = fences.pop("py")
    found = [(number, m) for number, line in enumerate(marked.split("\n"), start=1) if (m := _ERROR.search(line))]
    errors = {(number, code.strip()) for number, match in found for code in match["codes"].split(",")}
    unsure = {(number, code.strip()) for number, match in found if match["low"] for code in match["codes"].split(",")}
    unknown = set(fences) - set(RECORDED)
    assert not unknown, f"{file.name}: {claim}: unknown fences {unknown}"
    return Case(file, claim, _ERROR.sub("", marked), frozenset(errors), fences, frozenset(unsure))


def record(case: Case, fresh: dict[str, str]) -> None:
    """Write the recorded fences of `case` anew."""
    text = case.file.read_text("utf-8")
    start = text.index(f"## {case.claim}\n")
    end = text.find("\n## ", start)
    section = text[start : end if end >= 0 else len(text)]
    new = section
    for info, body in fresh.items():
        new = re.sub(
            rf"^```{info}\n.*?^```$",
            lambda _, info=info, body=body: f"```{info}\n{body}```",
            new,
            flags=re.MULTILINE | re.DOTALL,
        )
    case.file.write_text(text.replace(section, new), "utf-8")


def all_cases() -> list[Case]:
    """The cases of all files, in order."""
    return [case for file in sorted(FOLDER.glob("*.md")) for case in read(file)]
