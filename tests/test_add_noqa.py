"""`--add-noqa`: a comment where it counts, nothing else changed, and never a comment that does not do what it says."""

from __future__ import annotations

import ast
import codecs
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import LEAKY, Run

YIELD = "    yield worker\n"


def silenced(cmlint: Run, tmp_path: Path, text: str, *arguments: str) -> str:
    """`text` after --add-noqa, which has to be clean then, and the same for Python."""
    path = tmp_path / "a.py"
    path.write_text(text)
    result = cmlint("--add-noqa", "a.py", *arguments)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert cmlint("a.py", *arguments).returncode == 0
    after = path.read_text()
    assert ast.dump(ast.parse(after)) == ast.dump(ast.parse(text))
    return after


def test_the_reported_line_gets_the_comment_once(cmlint: Run, tmp_path: Path) -> None:
    after = silenced(cmlint, tmp_path, LEAKY)
    assert after == LEAKY.replace(YIELD, "    yield worker  # noqa: CML101\n")
    again = cmlint("--add-noqa", "a.py")
    assert (again.returncode, again.stderr.splitlines()[0]) == (0, "Added `# noqa` for 0 findings in 0 files.")
    assert (tmp_path / "a.py").read_text() == after


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("    yield worker  # noqa: E501", "    yield worker  # noqa: E501, CML101"),
        ("    yield worker  #noqa:E501,W291 because", "    yield worker  #noqa:E501,W291, CML101 because"),
        ("    yield worker  # NOQA: E501", "    yield worker  # NOQA: E501, CML101"),
        ("    yield worker  # the worker", "    yield worker  # the worker  # noqa: CML101"),
        ("    yield worker  # type: ignore", "    yield worker  # type: ignore  # noqa: CML101"),
        ("    yield worker   ", "    yield worker  # noqa: CML101"),
        ("    yield worker, '# noqa: E501'", "    yield worker, '# noqa: E501'  # noqa: CML101"),
        ("    yield worker; x = 1", "    yield worker; x = 1  # noqa: CML101"),
    ],
)
def test_comments_that_are_there_are_kept(cmlint: Run, tmp_path: Path, line: str, expected: str) -> None:
    text = LEAKY.replace(YIELD, line + "\n")
    assert silenced(cmlint, tmp_path, text) == LEAKY.replace(YIELD, expected + "\n")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('    yield worker, """one\ntwo"""\n', '    yield worker, """one\ntwo"""  # noqa: CML101\n'),
        ("    yield \\\n        worker\n", "    yield \\\n        worker  # noqa: CML101\n"),
        ('    yield worker, f"""{worker}\n{\nworker}"""\n', None),
        ("    yield (\n        worker\n    )\n", "    yield (  # noqa: CML101\n        worker\n    )\n"),
    ],
)
def test_a_line_that_can_not_hold_a_comment_leaves_it_to_another(
    cmlint: Run, tmp_path: Path, statement: str, expected: str | None
) -> None:
    text = LEAKY.replace(YIELD, statement)
    after = silenced(cmlint, tmp_path, text)
    assert after.count("# noqa") == 1
    if expected is not None:
        assert after == LEAKY.replace(YIELD, expected)


def test_the_def_line_or_a_decorator_serves_where_the_yield_can_not(cmlint: Run, tmp_path: Path) -> None:
    long_yield = '    yield worker, """\n"""; \\\n    worker.ping()\n'
    text = LEAKY.replace(YIELD, long_yield)
    assert "def serving(target):  # noqa: CML101\n" in silenced(cmlint, tmp_path, text)
    text = text.replace("def serving(target):", "def serving(target, \\\n    more=None):")
    assert "@contextmanager  # noqa: CML101\n" in silenced(cmlint, tmp_path, text)


def test_where_no_line_can_hold_it_the_finding_stays_and_the_reason_is_said(cmlint: Run, tmp_path: Path) -> None:
    text = LEAKY.replace(YIELD, '    yield worker, """\n"""; \\\n    worker.ping()\n')
    text = text.replace("@contextmanager\ndef serving(target):", "def serving(target, \\\n    more=None):")
    text = f"from fastapi import Depends\n{text}\n\ndef route(worker=Depends(serving)):\n    return worker\n"
    (tmp_path / "a.py").write_text(text)
    result = cmlint("--add-noqa", "a.py")
    assert result.returncode == 1
    assert "a.py:10: no comment: every line on which a comment would count" in result.stderr
    assert "a.py:10:5: CML101" in result.stdout
    assert (tmp_path / "a.py").read_text() == text


def test_two_findings_of_one_line_share_a_comment(cmlint: Run, tmp_path: Path) -> None:
    text = LEAKY.replace("    yield", "    file = open('x')\n    yield") + "    file.close()\n"
    assert "    yield worker  # noqa: CML101, CML102\n" in silenced(cmlint, tmp_path, text)


@pytest.mark.parametrize(
    ("ending", "bom", "encoding"),
    [("\r\n", codecs.BOM_UTF8, "utf-8"), ("\r", b"", "utf-8"), ("\n", b"", "latin-1"), ("\r\n", b"", "cp1252")],
)
def test_bytes_that_are_not_the_comment_are_kept(
    cmlint: Run, tmp_path: Path, ending: str, bom: bytes, encoding: str
) -> None:
    text = (f"# coding: {encoding}\n# caf\xe9\n" + LEAKY).replace("\n", ending)
    path = tmp_path / "a.py"
    path.write_bytes(bom + text.encode(encoding))
    path.chmod(0o640)
    assert cmlint("--add-noqa", "a.py").returncode == 0
    expected = text.replace("yield worker", "yield worker  # noqa: CML101")
    assert path.read_bytes() == bom + expected.encode(encoding)
    assert path.stat().st_mode & 0o777 == 0o640
    assert cmlint("a.py").returncode == 0


def test_a_file_without_a_last_newline(cmlint: Run, tmp_path: Path) -> None:
    text = "from contextlib import contextmanager\n\n@contextmanager\ndef serving():\n"
    text += "    file = open('x'); yield; file.close()"
    assert silenced(cmlint, tmp_path, text) == text + "  # noqa: CML102"


def test_flake8_and_cmlint_read_the_same_comment(cmlint: Run, tmp_path: Path) -> None:
    silenced(cmlint, tmp_path, LEAKY.replace(YIELD, "    yield worker  # noqa: E501\n"))
    flake8 = [sys.executable, "-m", "flake8", "--isolated", "--select", "CML", "a.py"]
    assert subprocess.run(flake8, cwd=tmp_path, capture_output=True).stdout == b""


def test_what_is_known_gets_no_comment(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    cmlint("--update-baseline")
    (tmp_path / "a.py").write_text(LEAKY + LEAKY.replace("def serving(", "def other("))
    assert cmlint("--add-noqa", "--baseline", "cmlint-baseline.json").returncode == 0
    assert (tmp_path / "a.py").read_text().count("# noqa") == 1


def test_files_that_can_not_be_checked_or_written_are_left_alone(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(LEAKY + "def (\n")
    (tmp_path / "fixed.py").write_text(LEAKY)
    (tmp_path / "locked.py").write_text(LEAKY)
    (tmp_path / "locked.py").chmod(0o444)
    result = cmlint("--add-noqa", ".")
    assert result.returncode == 2
    assert "locked.py: is read-only" in result.stderr
    assert "broken.py:11: does not parse" in result.stderr
    assert (tmp_path / "broken.py").read_text() == LEAKY + "def (\n"
    assert (tmp_path / "locked.py").read_text() == LEAKY
    assert "# noqa" in (tmp_path / "fixed.py").read_text()
    assert cmlint("--add-noqa", "-", stdin=LEAKY).returncode == 2
