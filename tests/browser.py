"""A real browser for the tests that click: the system's Chromium, headless, under Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
MISSING = f"no Chromium ({', '.join(NAMES)}): nobody clicks through the pages"
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium. Root has no sandbox, so it runs without one there; the pages are our own."""
    unboxed = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_QUIET, *unboxed])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page that is open, what its console said, and every address that was asked for."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def shown(self) -> list[str]:
        """The places of the findings that can be seen, from top to bottom."""
        return self.page.locator("article:visible .where a").all_text_contents()

    @property
    def address(self) -> str:
        """What stands behind the `#`."""
        return str(self.page.evaluate("location.hash"))[1:]

    def sideways(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def visit(context: BrowserContext, address: str) -> Visit:
    """Open `address` in a new tab of `context`."""
    page = context.new_page()
    seen = Visit(page)
    page.on("console", lambda message: seen.console.append(message.text))
    page.on("pageerror", lambda error: seen.console.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.goto(address)
    return seen
