"""The output formats by name: each is a pure module beside this one, imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cmlint.results import Result


def render(name: str, result: Result) -> str:
    """The result in the format called `name`, one of FORMATS. `full` comes without colour."""
    return _RENDERERS[name](result)


def _full(result: Result) -> str:
    from cmlint.report import full

    return full.render(result.findings, result.texts).plain


def _concise(result: Result) -> str:
    from cmlint.report import concise

    return concise.render(result.findings)


def _json(result: Result) -> str:
    from cmlint.report import json

    return json.render(result.findings)


def _html(result: Result) -> str:
    from cmlint.report import html

    return html.render(result)


_RENDERERS: Mapping[str, Callable[[Result], str]] = {
    "full": _full,
    "concise": _concise,
    "json": _json,
    "html": _html,
}
FORMATS = tuple(_RENDERERS)
