"""Reads the built site: every link inside it leads to something, and nothing is asked of another server.

`python website/check.py build/site` says what is wrong and ends with 1, or says how much it read.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "srcset", "link": "href"}
_HARMLESS = frozenset({"canonical", "prev", "next", "alternate"})  # links that a browser does not load
_STYLE_LOADS = re.compile(r"(?:@import\s+|url\()\s*[\"']?(?:https?:)?//", re.IGNORECASE)


class _Read(HTMLParser):
    """What a page links to, what it loads, and the places in it that can be linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        loaded = given.get(_LOADS.get(tag, ""), "")
        if loaded and given.get("rel") not in _HARMLESS:
            self.loads.append(loaded)


def complaints(site: Path) -> list[str]:
    """What is wrong with the site in this folder."""
    pages = {file: _read(file) for file in sorted(site.rglob("*.html"))}
    wrong: list[str] = []
    for file, page in pages.items():
        name = file.relative_to(site).as_posix()
        wrong += [f"{name}: loads {url}" for url in page.loads if urlsplit(url).netloc]
        wrong += [
            f"{name}: {url} leads nowhere"
            for url in (*page.links, *page.loads)
            if not _leads_somewhere(url, file, site, pages)
        ]
    wrong += [
        f"{file.relative_to(site)}: loads something of another server"
        for file in sorted(site.rglob("*.css"))
        if _STYLE_LOADS.search(file.read_text("utf-8"))
    ]
    return wrong


def _read(file: Path) -> _Read:
    page = _Read()
    page.feed(file.read_text("utf-8"))
    return page


def _leads_somewhere(url: str, file: Path, site: Path, pages: dict[Path, _Read]) -> bool:
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return True
    path = unquote(parts.path)
    start = site if path.startswith("/") else file.parent
    target = (start / path.lstrip("/")).resolve() if path else file.resolve()
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return False
    fragment = unquote(parts.fragment)
    read = pages.get(target) or pages.get(file.parent / target.name)
    return not fragment or read is None or fragment in read.ids or fragment.startswith("__")


def main() -> int:
    """Check the site named on the command line."""
    site = Path(sys.argv[1]).resolve()
    wrong = complaints(site)
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(f"{len(list(site.rglob('*.html')))} pages: every link leads somewhere, nothing comes from elsewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
