"""Links that are right in the repository, made right on the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

_LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]+)\]\((?P<target>[^)#\s]*)(?P<anchor>#[^)\s]*)?\)")
_FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)\s*$", re.MULTILINE | re.DOTALL)


def relinked(text: str, place: str, page: str, places: Mapping[str, str]) -> str:
    """The Markdown of the file at `place` in the repository, as the page `page` of the site.

    `places` are the files of the site by their place in the repository. What is not on the site gets no link.
    """

    def replace(match: re.Match[str]) -> str:
        target = match["target"]
        if not target or re.match(r"[a-z]+:", target):
            return match[0]
        there = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
        if there not in places:
            return f"{match['text']} (`{there}`)" if match["text"].strip("`") != there else f"`{there}`"
        relative = posixpath.relpath(places[there], posixpath.dirname(page) or ".")
        return f"{match['picture']}[{match['text']}]({relative}{match['anchor'] or ''})"

    out: list[str] = []
    end = 0
    for fence in _FENCE.finditer(text):
        out += [_LINK.sub(replace, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*out, _LINK.sub(replace, text[end:])])
