"""The `html` format as a file: what it says, that it needs nothing else, and that nothing in it can break out."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cmlint import Confidence, Config, Source, check_source
from cmlint.report.formats import render
from cmlint.results import Result
from cmlint.rules import RULES
from conftest import LEAKY, Run
from page_reading import read

HOSTILE = '''\
from contextlib import contextmanager


@contextmanager
def opened(name):
    """</script><script>alert(1)</script> <!-- </style> \u202eright to left\u202c & \u200b "quoted" 'too'"""
    handle = open(name + "</code></div>\u2066<!--\x0c&lt;")  # {{script}} \ud7ff
    yield handle
    handle.close()
'''


def report(text: str, name: str = "server.py") -> str:
    return render("html", check_source(Source(name, text), Config()))


def test_the_page_says_what_is_lost_where_and_how_it_is_repaired() -> None:
    page = read(report(LEAKY))
    assert page.complaints == []
    for words in (
        "1 finding in 1 file",
        "keeps running when the body raises",
        "server.py:9:5",
        "started here",
        "the body raises, and the exception arrives here",
        "skipped",
        "waits for ever",
        "safe fix",
        "Certificate: ",
        "    try:",
        "        worker.terminate()",
        "orphaned-process",
    ):
        assert words in page.text, words
    marked = re.findall(r'<mark class="(\w+)">(.*?)</mark>', report(LEAKY))
    assert [(role, re.sub("<.*?>", "", code)) for role, code in marked] == [
        ("acquired", "worker.start()"),
        ("raises", "yield worker"),
        ("skipped", "worker.terminate()"),
    ]


def test_the_page_needs_nothing_and_allows_nothing_but_itself() -> None:
    html = report(LEAKY)
    page = read(html)
    assert html.isascii()
    assert all(value.startswith(("#", "data:")) for value in page.values("href"))
    assert not page.values("src")
    assert not page.values("style")
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    policy = next(value for value in page.values("content") if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "http:" not in html
    assert "https:" not in html


def test_every_rule_has_its_place_in_the_page() -> None:
    for rule in RULES:
        example = re.search(r"^## Example\n\n```python\n(.*?)^```$", rule.page, re.MULTILINE | re.DOTALL)
        assert example
        low = "--min-confidence low" in rule.page
        config = Config(min_confidence=Confidence.LOW) if low else Config()
        html = render("html", check_source(Source("example.py", example[1]), config))
        page = read(html)
        assert page.complaints == [], rule.code
        assert f"rule-{rule.code}" in page.values("id")
        ids = page.values("id")
        assert len(ids) == len(set(ids))
        assert {link[1:] for link in page.values("href") if len(link) > 1 and link[0] == "#"} <= set(ids)


def test_nothing_of_the_code_or_of_a_file_name_is_markup_or_invisible() -> None:
    name = 'a"b<i>\u202e\udc80\n&amp;.py'
    html = report(HOSTILE, name)
    page = read(html)
    assert page.complaints == []
    assert len(re.findall("<script", html)) == 1
    assert "alert(1)" in page.text
    assert "U+202E" in page.text
    assert "U+200B" in page.text
    assert "U+2066" in page.text
    assert "U+000C" in page.text
    assert "U+DC80" in page.text
    assert "{{script}}" in page.text
    assert "&lt;" in page.text
    assert not set(html) & set("\u202e\u200b\u2066\udc80\x0c")


def test_the_code_is_shown_as_it_stands() -> None:
    page = read(report(LEAKY))
    shown = "".join(data for _, data in page.words)
    for line in LEAKY.splitlines()[4:]:
        assert line.strip() in shown.replace("\n", ""), line


def test_indentation_that_all_lines_share_takes_no_room() -> None:
    inside = "class Server:\n" + "".join(f"    {line}" if line.strip() else line for line in LEAKY.splitlines(True))
    moved = (
        inside.replace("    from", "from")
        .replace("class Server:\nfrom", "from")
        .replace("\n    @", "\nclass S:\n    @")
    )
    html = re.sub("</?(?:span|mark)[^>]*>", "", report(moved))
    assert "<code>def serving(target):</code>" in html
    assert "<code>    worker.start()</code>" in html


def test_what_is_new_stands_out_from_what_is_only_indented_anew() -> None:
    html = re.sub("</?(?:span|mark)[^>]*>", "", report("try:\n    pass\nfinally:\n    pass\n" + LEAKY))
    rows = re.findall(r'class="row (gone|new|moved)"><b>\d+</b><code>(.*?)</code>', html)
    assert [style for style, line in rows if line.strip() in ("try:", "finally:")] == ["new", "new"]
    assert {style for style, line in rows if "worker" in line} == {"moved"}


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["crlf", "cr"])
def test_other_line_ends_and_no_last_line_end(end: str) -> None:
    for text in (LEAKY, LEAKY.rstrip("\n")):
        same, other = read(report(text)), read(report(text.replace("\n", end)))
        assert other.complaints == []
        assert other.text == same.text


def test_a_very_long_line_is_cut_and_says_so() -> None:
    long = LEAKY.replace("worker.start()", "worker.start()" + " " * 3 + "# " + "x" * 50_000)
    html = report(long)
    assert "more characters" in html
    assert len(html) < 60_000


def test_a_clean_run_is_a_page_that_says_so(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("x = 1\n")
    result = cmlint("--output-format", "html", "clean.py")
    assert result.returncode == 0
    assert "No findings in 1 file" in read(result.stdout).text
    assert "article" not in [tag for tag, _, _ in read(result.stdout).attributes]


def test_what_could_not_be_checked_is_listed(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def (\n")
    (tmp_path / "leaky.py").write_text(LEAKY)
    result = cmlint("--output-format", "html", ".")
    page = read(result.stdout)
    assert result.returncode == 2
    assert "Could not be checked" in page.text
    assert "broken.py:1: does not parse" in page.text
    assert "leaky.py:9:5" in page.text


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX")
def test_a_file_name_that_is_no_text(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text(LEAKY)
    page = read(cmlint("--output-format", "html", ".", PYTHONIOENCODING="ascii").stdout)
    assert "cafU+DCE9.py" in page.text


def test_the_same_input_gives_the_same_bytes_and_the_id_survives_a_move() -> None:
    assert report(LEAKY) == report(LEAKY)
    moved = "import os\n\n" + LEAKY
    ids = [[i for i in read(report(text)).values("id") if i.startswith("f-")] for text in (LEAKY, moved)]
    assert ids[0] == ids[1]


def test_two_findings_with_one_key_have_two_ids() -> None:
    ids = [i for i in read(report(LEAKY + LEAKY)).values("id") if i.startswith("f-") and not i.endswith("-t")]
    assert len(ids) == len(set(ids)) == 2


def test_html_holds_the_repairs_so_a_patch_is_refused(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    result = cmlint("--output-format", "html", "--diff", "leaky.py")
    assert result.returncode == 2
    assert "leave out --diff" in result.stderr


def test_an_empty_result_is_a_page() -> None:
    assert read(render("html", Result())).complaints == []
