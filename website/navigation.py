"""The order of the site: every page that is there has a place, and one that nobody thought of comes last."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

# Pages by group; a name that is not there is passed over.
_HOME = "index.md"
_CALLED = {_HOME: "Start", "overview.md": "Overview"}  # both are headed by the name of the program
_ORDER = {
    "Use": [
        "overview.md",
        "options.md",
        "adopting.md",
        "formats.md",
        "ci.md",
        "json.md",
        "editors.md",
        "notebooks.md",
        "replay.md",
        "performance.md",
    ],
    "Rules": ["rules/index.md"],
    "Airflow": ["airflow-fork.md", "operators.md", "airflow.md"],
    "How it works": ["architecture.md", "certificate.md", "accuracy.md", "knowledge.md"],
    "Project": ["contributing.md", "changelog.md"],
}


def navigation(pages: Collection[str], title: Callable[[str], str]) -> list[Any]:
    """The navigation of the Markdown files `pages`, in the form of mkdocs; `title` is asked for that of a page."""
    groups: dict[str, list[str]] = {name: [page for page in order if page in pages] for name, order in _ORDER.items()}
    groups["Rules"] += sorted(page for page in pages if re.fullmatch(r"rules/CML\d+\.md", page))
    placed = {page for group in groups.values() for page in group} | {_HOME}
    groups["Use"] += sorted(set(pages) - placed)
    return [_entry(_HOME, title)] + [
        {name: [_entry(page, title) for page in group]} for name, group in groups.items() if group
    ]


def _entry(page: str, title: Callable[[str], str]) -> Any:
    return page if page.endswith("/index.md") else {_CALLED.get(page) or title(page): page}


def title_of(text: str, page: str) -> str:
    """The first heading of a page, without its marks; its name where it has none."""
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    return heading[1].replace("`", "") if heading else page.removesuffix(".md")
