"""The documentation site: made from the program, whole, and readable in a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import browser as browsers
from check import complaints
from cmlint.command_line.options import check_parser
from cmlint.knowledge.loader import shipped
from cmlint.rules import RULES
from links import relinked
from navigation import navigation, title_of
from pages import made
from pictures import FOLDER, pictures

PROJECT = Path(__file__).parent.parent
SITE = PROJECT / "build" / "site"


def newest(*folders: str) -> float:
    return max(file.stat().st_mtime for name in folders for file in (PROJECT / name).rglob("*.*"))


def is_built() -> bool:
    index = SITE / "index.html"
    return index.exists() and index.stat().st_mtime >= newest("docs", "website", "src/cmlint/rules")


built = pytest.mark.skipif(not is_built(), reason="build/site is missing or old (`make docs`): nobody reads the site")
clicked = pytest.mark.skipif(browsers.CHROMIUM is None, reason=browsers.MISSING)


def test_the_pictures_show_what_cmlint_says_today() -> None:
    for name, text in pictures().items():
        assert (FOLDER / name).read_text("utf-8") == text, f"{name}: run website/pictures.py"


def test_the_pictures_hold_the_path_and_the_repair() -> None:
    drawn = pictures()
    assert "keeps running when the body raises" in drawn["bug.svg"]
    for words in ("started here", "the body raises, and the exception arrives here", "skipped", "serving is left"):
        assert words in drawn["path.svg"]
    for words in ("finally", "Certificate: 10 traces with 9 faults compared"):
        assert words in drawn["repair.svg"]
    for text in drawn.values():
        assert "prefers-color-scheme: dark" in text
        assert "<script" not in text
        assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_the_example_of_the_pictures_is_that_of_the_readme() -> None:
    example = (PROJECT / "website" / "server.py").read_text("utf-8")
    readme = (PROJECT / "README.md").read_text("utf-8")
    for line in example.splitlines()[4:]:
        assert line in readme


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return made()


def test_every_rule_has_its_own_words_as_a_page_and_a_line_in_the_table(pages: dict[str, str]) -> None:
    for rule in RULES:
        assert pages[f"rules/{rule.code}.md"].strip() == rule.page.strip()
        assert f"[{rule.code}]({rule.code}.md)" in pages["rules/index.md"]
        assert rule.summary in pages["rules/index.md"]


def test_every_option_and_every_subcommand_with_options_is_on_the_page(pages: dict[str, str]) -> None:
    for action in check_parser()._actions:
        for name in action.option_strings:
            assert f"`{name}`" in pages["options.md"]
    for word in ("rule", "replay", "airflow", "prove"):
        assert f"usage: cmlint {word}" in pages["options.md"]


def test_every_known_acquire_is_in_the_table(pages: dict[str, str]) -> None:
    rows = [line for line in pages["knowledge.md"].splitlines() if line.startswith("| `")]
    assert len(rows) == len(shipped().resources)


def test_the_navigation_takes_what_is_there() -> None:
    names = ["index.md", "options.md", "json.md", "rules/index.md", "rules/CML101.md", "brand-new.md"]
    found = navigation(names, lambda page: page.upper())
    assert found[0] == {"Start": "index.md"}
    assert found[1] == {"Use": [{"OPTIONS.MD": "options.md"}, {"JSON.MD": "json.md"}, {"BRAND-NEW.MD": "brand-new.md"}]}
    assert found[2] == {"Rules": ["rules/index.md", {"RULES/CML101.MD": "rules/CML101.md"}]}
    assert title_of("text\n# The `x` page\n", "x.md") == "The x page"


def test_links_of_the_repository_become_links_of_the_site() -> None:
    places = {"docs/json.md": "json.md", "README.md": "overview.md", "docs/pictures/bug.svg": "pictures/bug.svg"}
    for text, place, page, expected in (
        ("[j](docs/json.md#keys)", "README.md", "overview.md", "[j](json.md#keys)"),
        ("![b](docs/pictures/bug.svg)", "README.md", "overview.md", "![b](pictures/bug.svg)"),
        ("[r](../README.md)", "docs/json.md", "json.md", "[r](overview.md)"),
        ("[j](../../docs/json.md)", "fixes/airflow/README.md", "a/b.md", "[j](../json.md)"),
        ("[tests](../tests/prove)", "docs/json.md", "json.md", "tests (`tests/prove`)"),
        ("[a](https://a.example) [b](#c)", "docs/json.md", "json.md", "[a](https://a.example) [b](#c)"),
        ("```\n[x](gone.md)\n```\n", "docs/json.md", "json.md", "```\n[x](gone.md)\n```\n"),
    ):
        assert relinked(text, place, page, places) == expected


def test_a_dead_link_and_a_foreign_script_are_seen(tmp_path: Path) -> None:
    (tmp_path / "other.html").write_text('<h1 id="there">')
    (tmp_path / "index.html").write_text(
        '<a href="other.html#there"></a><a href="other.html#gone"></a><a href="absent.html"></a>'
        '<script src="https://cdn.example/x.js"></script>'
    )
    (tmp_path / "site.css").write_text("@font-face { src: url(https://fonts.example/a.woff) }")
    found = " ".join(complaints(tmp_path))
    assert "other.html#gone leads nowhere" in found
    assert "absent.html leads nowhere" in found
    assert "loads https://cdn.example/x.js" in found
    assert "site.css: loads something" in found
    assert "#there" not in found


@built
def test_every_rule_has_a_page_on_the_built_site_and_no_link_is_dead() -> None:
    for rule in RULES:
        assert rule.name in (SITE / "rules" / rule.code / "index.html").read_text("utf-8")
    assert complaints(SITE) == []


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@built
@clicked
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_site_is_read_in_a_browser(address: str, width: int, scheme: str) -> None:
    with browsers.chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        for place in ("", "rules/", "rules/CML101/", "options/", "knowledge/", "architecture/"):
            seen = browsers.visit(context, address + place)
            assert seen.console == [], place
            assert seen.sideways() <= 0, place
            assert all(url.startswith(address) for url in seen.requests), place
            seen.page.close()
        front = browsers.visit(context, address).page
        front.wait_for_function("[...document.images].every((i) => i.complete && i.naturalWidth > 0)")
        narrow = front.evaluate("[...document.images].every((i) => i.currentSrc.endsWith('-narrow.svg'))")
        assert narrow is (width < 700)
        context.close()


@built
@clicked
def test_the_search_of_the_site_finds_a_rule(address: str) -> None:
    with browsers.chromium() as browser:
        page = browsers.visit(browser.new_context(), address).page
        page.keyboard.press("/")
        page.keyboard.type("orphaned-process")
        page.locator(".md-search-result__link").first.wait_for()
        assert "CML101" in page.locator(".md-search-result__list").inner_text()
