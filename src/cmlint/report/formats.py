"""The output formats by name: each is a pure module beside this one, imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cmlint.report.places import in_repository
from cmlint.results import Result


def render(name: str, result: Result) -> str:
    """The result in the format called `name`, one of FORMATS. `full` comes without colour."""
    return _RENDERERS[name](result)


def check_places(name: str, paths: Iterable[str]) -> None:
    """See whether the format called `name` can speak of files at or below `paths`. Raises OutsideError."""
    if name in _OF_A_REPOSITORY:
        for path in paths:
            in_repository(path)


def _full(result: Result) -> str:
    from cmlint.report import full

    return full.render(result.findings, result.texts).plain


def _concise(result: Result) -> str:
    from cmlint.report import concise

    return concise.render(result.findings)


def _json(result: Result) -> str:
    from cmlint.report import json

    return json.render(result.findings)


def _sarif(result: Result) -> str:
    from cmlint.report import sarif
    from cmlint.report.in_cells import of_files

    return sarif.render(map(of_files, result.findings), result.problems, result.notes, result.texts)


def _github(result: Result) -> str:
    from cmlint.report import github

    return github.render(result.findings, result.problems)


def _gitlab(result: Result) -> str:
    from cmlint.report import gitlab
    from cmlint.report.in_cells import of_files

    return gitlab.render(map(of_files, result.findings), result.problems)


def _junit(result: Result) -> str:
    from cmlint.report import junit

    return junit.render(result.findings, result.problems, result.texts)


def _html(result: Result) -> str:
    from cmlint.report import html

    return html.render(result)


_RENDERERS: Mapping[str, Callable[[Result], str]] = {
    "full": _full,
    "concise": _concise,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
    "gitlab": _gitlab,
    "junit": _junit,
    "html": _html,
}
FORMATS = tuple(_RENDERERS)
_OF_A_REPOSITORY = frozenset({"sarif", "gitlab"})
