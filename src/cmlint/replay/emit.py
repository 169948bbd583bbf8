"""Writes a pytest file for a confirmed finding: it fails on the code as it is, and passes once that is repaired.

The file reads the function from its place in the project and runs it among fakes, so it needs pytest only. Before a
test is written it is rehearsed on the code as it is and, where there is a fix, on the repaired code; a test that does
not tell the two apart is not written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from cmlint.findings import Finding, Problem, Verdict, apply_edits
from cmlint.notebooks.notebook import SUFFIX
from cmlint.replay.order import NotReplayable, Order
from cmlint.replay.pieces import FAKE_ASYNC, PROMISES, pieces, quoted
from cmlint.replay.replaying import Observed
from cmlint.replay.subprocesses import rehearsed
from cmlint.report.in_cells import located
from cmlint.source import Source, declared_encoding

_LONGEST = 100  # characters of a file's name; words in front are left out


@dataclass(frozen=True)
class Emitted:
    """A test file that was written, or that was there already; or why there is none.

    said: what became of it; is_failure: it should have been written and could not be.
    """

    path: Path | None
    said: Problem
    is_failure: bool = False


def emit(finding: Finding, observed: Observed, source: Source, folder: Path) -> Emitted:
    """Write the test for `finding` into `folder`; what stands in the way is said, and nothing is written."""
    order, answer = observed.order, observed.answer
    if observed.replay.verdict is not Verdict.CONFIRMED or order is None or answer is None:
        return _none(finding, str(observed.replay))
    if source.path.endswith(SUFFIX):
        return _none(finding, "a test reads a function from a Python file, and this one is in a notebook")
    path = folder / file_name(finding)
    texts = [source.text]
    if finding.fix is not None:
        texts.append(apply_edits(source.text, finding.fix.edits))
    try:
        draft = _text(finding, order, answer, _relative(source.path, folder), ())
        seen = rehearsed(draft, texts, declared_encoding(source.text), order, _losing(answer)["lost"])
        text = _text(finding, order, answer, _relative(source.path, folder), tuple(seen["releases"]))
        _written(path, text)
    except (NotReplayable, OSError, ValueError) as error:
        return _none(finding, str(error), is_failure=isinstance(error, OSError))
    half = "" if finding.fix is not None else "; there is no fix, so that it passes after one was not seen"
    return Emitted(path, Problem(str(path), f"wrote the test for {_title(finding)} in {finding.path}{half}"))


def _none(finding: Finding, reason: str, *, is_failure: bool = False) -> Emitted:
    finding = located(finding)
    said = Problem(finding.place, f"no test for {_title(finding)}: {reason}", finding.span.line)
    return Emitted(None, said, is_failure)


def _title(finding: Finding) -> str:
    return f"{finding.code} `{finding.qualname}`"


def file_name(finding: Finding) -> str:
    """A name that every file system takes, of the path (from this folder on, where it is below), function and code."""
    path = os.path.relpath(finding.path)
    parts = Path(finding.path if path.startswith("..") else path).with_suffix("").parts
    words = re.findall(r"[a-z0-9]+", " ".join([*parts, finding.qualname, finding.code]).lower())
    while len("_".join(words)) > _LONGEST:
        words = words[1:] if len(words) > 1 else [words[0][-_LONGEST:]]
    return f"test_{'_'.join(words)}.py"


def _relative(path: str, folder: Path) -> str:
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(folder))
    return relative.replace(os.sep, "/")


def _written(path: Path, text: str) -> None:
    """Write the file unless another one is in its place; nothing half is left. Raises OSError."""
    content = text.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(path):
        if not path.is_file() or path.read_bytes() != content:
            raise FileExistsError(f"{path} is there already and differs: move it away first")
        return
    with path.open("xb") as file:
        try:
            file.write(content)
            file.flush()
        except BaseException:
            path.unlink()
            raise


def _text(finding: Finding, order: Order, answer: Mapping[str, Any], relative: str, releases: tuple[str, ...]) -> str:
    """The test file. Raises NotReplayable where the code does not fit the template."""
    parts = pieces(order, answer, _losing(answer))
    function = finding.qualname if order.kind != "class" else finding.qualname.rpartition(".")[0]
    values = {
        "short": function.rpartition(".")[2],
        "code": finding.code,
        "promise": PROMISES[finding.code],
        "relative": quoted(relative),
        "releases": _list(releases),
        "parts": quoted(tuple(function.split("."))),
        "name": re.sub(r"[\W_]+", "_", function.lower()).strip("_"),
        "fake_async": FAKE_ASYNC if order.is_async else "",
        **parts,
    }
    template = files("cmlint.replay").joinpath("emitted_test.txt").read_text(encoding="utf-8")
    return Template(template).substitute(values)


def _losing(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first run that loses something. Raises NotReplayable where no test can repeat it."""
    found: Mapping[str, Any] = next(each for each in answer["faults"] if each["lost"])
    if (found["failed"] or "").startswith("raise "):
        raise NotReplayable("the failing step is a `raise` of its own, which fakes can't make it reach")
    return found


def _list(releases: tuple[str, ...]) -> str:
    if len(releases) == 1 and len(releases[0]) < 90:
        return quoted(list(releases))
    return "[\n" + "".join(f"    {quoted(release)},\n" for release in releases) + "]"
