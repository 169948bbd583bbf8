"""The `html` format in a real browser: filter, search, keyboard, colours, width, print, and no JavaScript."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import browser as browsers
from cmlint import Config, Source, check_source
from cmlint.report.formats import render
from cmlint.results import Result, merged
from conftest import LEAKY
from test_html import HOSTILE

pytestmark = pytest.mark.skipif(browsers.CHROMIUM is None, reason=browsers.MISSING)

LOCKED = """\
from contextlib import contextmanager


@contextmanager
def locked(lock):
    lock.acquire()
    yield
    lock.release()


@contextmanager
def pointed(holder):
    old = holder.place
    holder.place = 1
    yield
    holder.place = old
"""


def checked(*files: tuple[str, str]) -> Result:
    return merged(check_source(Source(name, text), Config()) for name, text in files)


def at(file: Path, fragment: str) -> str:
    return f"{file.as_uri()}#{fragment}"


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with browsers.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.html"
    result = checked(("server.py", LEAKY), ("locks.py", LOCKED), ("hostile.py", HOSTILE))
    file.write_text(render("html", result), "ascii")
    return file


@pytest.fixture
def visited(browser, report: Path) -> Iterator[object]:
    """The report in a wide window; the page must be quiet and must ask for nothing else."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    seen = browsers.visit(context, report.as_uri())
    yield seen
    assert seen.console == []
    assert {url.partition("#")[0] for url in seen.requests} == {report.as_uri()}
    context.close()


ALL = ["server.py:9:5", "locks.py:7:5", "hostile.py:8:5", "locks.py:15:5"]


def test_it_opens_with_everything_grouped_by_what_is_lost(visited) -> None:
    assert visited.shown == ALL
    headings = visited.page.locator(".group h2").all_inner_texts()
    assert [heading.split()[0] for heading in headings] == ["Processes", "Locks", "Files", "State"]
    assert visited.page.get_by_role("status").inner_text() == "4 of 4"


def test_the_filter_by_kind_rule_confidence_and_repair_is_kept_in_the_address(visited, report: Path) -> None:
    page = visited.page
    page.get_by_label("Locks").check()
    assert visited.shown == ["locks.py:7:5"]
    page.get_by_label("Files").check()
    assert visited.shown == ["locks.py:7:5", "hostile.py:8:5"]
    assert visited.address == "kind=lock,file"
    page.get_by_role("checkbox", name="CML102").check()
    page.get_by_role("checkbox", name="safe fix").first.check()
    assert page.get_by_role("status").inner_text() == f"{len(visited.shown)} of 4"
    again = browsers.visit(page.context, at(report, visited.address))
    assert again.shown == visited.shown
    assert again.page.get_by_label("Locks").is_checked()
    page.get_by_role("button", name="Clear").click()
    assert visited.shown == ALL
    assert visited.address == ""


def test_the_search_takes_every_word_and_says_when_nothing_is_left(visited) -> None:
    search = visited.page.get_by_role("searchbox")
    search.fill("LOCKS place")
    assert visited.shown == ["locks.py:15:5"]
    assert visited.address == "q=LOCKS+place"
    search.fill("</script> <!--")
    assert visited.shown == ["hostile.py:8:5"]
    search.fill("nothing of that kind")
    assert visited.shown == []
    assert visited.page.get_by_text("No finding is like that.").is_visible()
    assert visited.page.get_by_role("status").inner_text() == "0 of 4"


def test_the_keyboard_alone_is_enough(visited) -> None:
    page, keys = visited.page, visited.page.keyboard
    focused = "document.activeElement.querySelector?.('.where a')?.textContent"
    keys.press("j")
    assert page.evaluate(focused) == ALL[0]
    keys.press("j")
    keys.press("j")
    assert page.evaluate(focused) == ALL[2]
    keys.press("k")
    assert page.evaluate(focused) == ALL[1]
    assert "at=f-" in visited.address
    for _ in range(9):
        keys.press("j")
    assert page.evaluate(focused) == ALL[-1]
    keys.press("/")
    keys.type("locks.py j")
    assert page.evaluate("document.activeElement.id") == "q"
    assert page.get_by_role("searchbox").input_value() == "locks.py j"
    keys.press("Escape")
    assert visited.shown == ALL
    keys.press("Escape")
    assert page.evaluate("document.activeElement.id") != "q"
    keys.press("j")
    assert page.evaluate(focused) in ALL


def test_tab_goes_through_all_controls_in_order_and_the_focus_is_seen(visited) -> None:
    page = visited.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the findings"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")
    page.reload()
    passed = []
    for _ in range(5):
        page.keyboard.press("Tab")
        passed.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert passed == ["skip", "theme", "q", "previous", "next"]


def test_a_filter_is_worked_by_the_space_key(visited) -> None:
    visited.page.get_by_label("Locks").focus()
    visited.page.keyboard.press("Space")
    assert visited.shown == ["locks.py:7:5"]


def test_the_colours_follow_the_system_until_they_are_switched(browser, report: Path) -> None:
    light = "getComputedStyle(document.body).backgroundColor"
    colours = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        seen = browsers.visit(context, report.as_uri())
        colours[scheme] = seen.page.evaluate(light)
        seen.page.get_by_role("button", name="Switch to").click()
        colours[f"{scheme} switched"] = seen.page.evaluate(light)
        assert seen.address == f"theme={'dark' if scheme == 'light' else 'light'}"
        seen.page.reload()
        assert seen.page.evaluate(light) == colours[f"{scheme} switched"]
        context.close()
    assert colours["light"] == colours["dark switched"] != colours["dark"] == colours["light switched"]


# The contrast of what is read against what it stands on, by the formula of WCAG 2: 4.5 is asked for.
CONTRAST = """() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = parts(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.matches(".sr, i, script, button:disabled") || !element.checkVisibility()) continue;
    const [one, other] = [light(parts(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) bad.add(`${element.tagName}.${element.className} ${contrast.toFixed(2)}`);
  }
  return [...bad];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_in_both_colours(browser, report: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)
    assert browsers.visit(context, report.as_uri()).page.evaluate(CONTRAST) == []
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_width_scrolls_sideways(browser, report: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    seen = browsers.visit(context, report.as_uri())
    assert seen.sideways() <= 0
    before, after = (seen.page.locator(f".change .row.moved >> nth={n}").bounding_box() for n in (0, 1))
    assert (after["x"] > before["x"]) is (width > 700)
    assert seen.page.locator(".both.equal >> nth=0").locator(".row:visible").count() == (2 if width > 700 else 1) * 2
    context.close()


def test_on_a_narrow_screen_the_filter_is_folded_and_works(browser, report: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    seen = browsers.visit(context, report.as_uri())
    assert not seen.page.get_by_label("Locks").is_visible()
    seen.page.locator("#filters summary").click()
    seen.page.get_by_label("Locks").check()
    assert seen.shown == ["locks.py:7:5"]
    assert seen.sideways() <= 0
    context.close()


def test_without_javascript_everything_is_there_and_no_dead_control(browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    seen = browsers.visit(context, report.as_uri())
    assert seen.shown == ALL
    assert seen.page.locator("button:visible, input:visible").count() == 0
    assert seen.page.locator("article .diff").first.is_visible()
    context.close()


def test_paper_shows_the_findings_and_none_of_the_controls(visited) -> None:
    visited.page.emulate_media(media="print")
    assert visited.shown == ALL
    assert visited.page.locator("button:visible, input:visible").count() == 0


def test_a_link_to_a_finding_opens_on_it_even_from_another_filter(visited, report: Path) -> None:
    page = visited.page
    page.locator("article .where a").nth(2).click()
    assert visited.address.startswith("at=f-")
    target = visited.address.removeprefix("at=")
    again = browsers.visit(page.context, at(report, f"kind=lock&at={target}"))
    assert "hostile.py:8:5" in again.shown
    plain = browsers.visit(page.context, at(report, target))
    assert plain.page.evaluate("document.activeElement.id") == target


@pytest.mark.parametrize("fragment", ["%", "q=%E0%A4%A", "at=nothing", "kind=none&code=&fix=,,", "theme=<b>", "==&&"])
def test_a_broken_address_is_no_error(browser, report: Path, fragment: str) -> None:
    context = browser.new_context()
    seen = browsers.visit(context, at(report, fragment))
    assert seen.console == []
    assert seen.page.get_by_role("status").inner_text().endswith(" of 4")
    context.close()


def test_it_has_landmarks_and_headings_in_order(visited) -> None:
    page = visited.page
    for role in ("banner", "main", "contentinfo", "search", "complementary"):
        assert page.get_by_role(role).count() == 1, role
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_clean_page_has_no_controls_but_the_colours(browser, tmp_path: Path) -> None:
    file = tmp_path / "clean.html"
    file.write_text(render("html", Result()), "ascii")
    context = browser.new_context()
    seen = browsers.visit(context, file.as_uri())
    assert seen.page.get_by_text("Nothing is lost").is_visible()
    assert seen.page.locator("button:visible, input:visible").count() == 1
    assert seen.console == []
    context.close()


def test_two_thousand_findings_stay_usable(browser, tmp_path: Path) -> None:
    one = checked(("server.py", LEAKY), ("locks.py", LOCKED))
    copies = [
        Result(tuple(replace(f, path=f"{n}/{f.path}") for f in one.findings), texts=dict_of(one, n)) for n in range(667)
    ]
    file = tmp_path / "many.html"
    file.write_text(render("html", merged(copies)), "ascii")
    assert file.stat().st_size < 20_000_000
    context = browser.new_context()
    begin = time.monotonic()
    seen = browsers.visit(context, file.as_uri())
    assert seen.page.get_by_role("status").inner_text() == "2001 of 2001"
    seen.page.get_by_role("searchbox").fill("333/locks")
    seen.page.keyboard.press("Enter")
    assert seen.page.get_by_role("status").inner_text() == "2 of 2001"
    assert time.monotonic() - begin < 60
    context.close()


def dict_of(result: Result, number: int) -> dict[str, str]:
    return {f"{number}/{path}": text for path, text in result.texts.items()}
