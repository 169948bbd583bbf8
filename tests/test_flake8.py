"""flake8 reports the same findings under the same codes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import LEAKY, Run
from released import unpacked


def flake8(folder: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flake8", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=600,
    )


def reported(folder: Path, *arguments: str, stdin: str | None = None) -> str:
    """What flake8 prints of cmlint's codes, with the configuration that the folder has."""
    result = flake8(folder, "--select=CML", *arguments, stdin=stdin)
    assert result.stderr == ""
    return result.stdout


def checked(cmlint: Run, *arguments: str) -> str:
    """What cmlint prints, without what flake8 has no place for."""
    found = cmlint("--output-format", "concise", *arguments).stdout
    return re.sub(r"  \[[a-z, ]+\]$", "", found, flags=re.MULTILINE)


def test_flake8_prints_what_the_command_line_prints(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    assert reported(tmp_path, "leaky.py") == checked(cmlint, "leaky.py") != ""


@pytest.mark.parametrize(
    "prefix",
    [b"\xef\xbb\xbf", b"# -*- coding: latin-1 -*-\n# \xe9\n", b"x = '''\n\x0c\n'''\n\x0c\n"],
    ids=["byte-order-mark", "cookie", "form-feeds"],
)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_both_count_lines_and_columns_alike(cmlint: Run, tmp_path: Path, prefix: bytes, ending: bytes) -> None:
    (tmp_path / "leaky.py").write_bytes((prefix + LEAKY.encode()).replace(b"\n", ending))
    assert reported(tmp_path, "leaky.py") == checked(cmlint, "leaky.py") != ""


def test_flake8_reads_standard_input_under_the_name_that_it_is_given(tmp_path: Path) -> None:
    assert reported(tmp_path, "-", stdin=LEAKY).startswith("stdin:9:5: CML101")
    (tmp_path / "pyproject.toml").write_text('[tool.cmlint]\nper-file-ignores = { "tests/*" = ["CML101"] }\n')
    assert "app.py:9:5: CML101" in reported(tmp_path, "--stdin-display-name", "app.py", "-", stdin=LEAKY)
    assert reported(tmp_path, "--stdin-display-name", "tests/app.py", "-", stdin=LEAKY) == ""


@pytest.mark.parametrize("marked", ["    yield worker", "def serving(target):"])
def test_noqa_counts_at_the_line_and_at_the_def(tmp_path: Path, marked: str) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY.replace(marked, f"{marked}  # noqa: CML101"))
    assert reported(tmp_path, "leaky.py") == ""
    assert "CML101" in reported(tmp_path, "--disable-noqa", "leaky.py")


LOW = """\
from contextlib import contextmanager


@contextmanager
def closing_later(thing):
    yield thing
    thing.close()
    thing.report()
"""


def test_both_read_the_settings_of_the_tree(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "leaky.py").write_text(LEAKY)
    (tmp_path / "leaky.py").write_text(LEAKY)
    (tmp_path / "low.py").write_text(LOW)
    settings = tmp_path / "pyproject.toml"
    settings.write_text('[tool.cmlint]\nmin-confidence = "low"\nignore = ["CML101"]\nexclude = ["generated/"]\n')
    assert reported(tmp_path, ".") == checked(cmlint, ".")
    assert "low.py" in reported(tmp_path, ".")
    isolated = reported(tmp_path, "--cmlint-isolated", ".")
    assert [line.split(":")[0] for line in sorted(isolated.splitlines())] == ["./generated/leaky.py", "./leaky.py"]


def test_the_options_are_in_flake8_s_command_line_and_configuration(tmp_path: Path) -> None:
    (tmp_path / "low.py").write_text(LOW)
    assert reported(tmp_path, "low.py") == ""
    assert "low.py:6:5: CML102" in reported(tmp_path, "--cmlint-min-confidence", "low", "low.py")
    (tmp_path / "setup.cfg").write_text("[flake8]\ncmlint-min-confidence = low\n")
    assert "low.py:6:5: CML102" in reported(tmp_path, "low.py")
    (tmp_path / "own.toml").write_text('[tool.cmlint]\nignore = ["CML102"]\n')
    (tmp_path / "setup.cfg").write_text("[flake8]\ncmlint-min-confidence = low\ncmlint-config = ./own.toml\n")
    assert reported(tmp_path, "low.py") == ""


def test_flake8_chooses_codes_as_always(tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    assert "CML101" in flake8(tmp_path, "leaky.py").stdout
    for options in (["--extend-ignore=CML1"], ["--select=E"], ["--per-file-ignores=leaky.py:CML"]):
        assert "CML" not in flake8(tmp_path, *options, "leaky.py").stdout


def test_what_another_file_hands_to_a_framework_counts(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "db.py").write_text(
        "import sqlite3\n\n\ndef session(path):\n    connection = sqlite3.connect(path)\n"
        "    yield connection\n    connection.close()\n"
    )
    (tmp_path / "app" / "routes.py").write_text(
        "from fastapi import Depends\n\nfrom app.db import session\n\n\ndef get(db=Depends(session)):\n    return db\n"
    )
    for jobs in ("1", "2"):
        assert reported(tmp_path, "-j", jobs, "app") == checked(cmlint, "app") != ""


def test_a_file_that_does_not_parse_is_left_to_flake8(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def f(:\n")
    result = flake8(tmp_path, "--isolated", "bad.py")
    assert "E999" in result.stdout
    assert "Traceback" not in result.stderr


def test_settings_that_can_t_be_used_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    (tmp_path / "pyproject.toml").write_text('[tool.cmlint]\nselct = ["CML"]\n')
    assert "leaky.py:1:1: CML900 cmlint: " in reported(tmp_path, "leaky.py")
    named = flake8(tmp_path, "--cmlint-config", "none.toml", "leaky.py")
    assert named.returncode == 1
    assert "none.toml: no such file" in named.stdout + named.stderr
    assert "Traceback" not in named.stderr


def test_a_failure_of_cmlint_is_a_finding_and_flake8_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cmlint import flake8_plugin

    def fails(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(flake8_plugin, "check_source", fails)
    ((line, column, text, _),) = flake8_plugin.Plugin(None, [LEAKY], "a.py").run()  # type: ignore[arg-type]
    assert (line, column) == (1, 0)
    assert text == "CML900 cmlint failed here, please report it (ZeroDivisionError: oops)"


def assert_alike(cmlint: Run, folder: Path) -> None:
    mine = checked(cmlint, "--isolated", str(folder)).splitlines()
    assert sorted(reported(Path(os.sep), "--cmlint-isolated", "-j1", str(folder)).splitlines()) == sorted(mine) != []


def test_both_find_the_same_in_the_standard_library(cmlint: Run, tmp_path: Path) -> None:
    library = Path(os.__file__).parent
    if not (library / "test/support").is_dir():
        pytest.skip("this Python comes without test/support")
    for package in ("importlib", "multiprocessing", "test/support"):
        shutil.copytree(library / package, tmp_path / package)
    assert_alike(cmlint, tmp_path)


@pytest.mark.network
@pytest.mark.parametrize(
    ("name", "version", "digest"),
    [
        ("apache-airflow", "2.6.3", "36eddb9f35414054bda2b5c91db19681fd013f1e2a0c9eae7553ceb49aafa323"),
    ],
)
def test_both_find_the_same_in_released_packages(cmlint: Run, name: str, version: str, digest: str) -> None:
    assert_alike(cmlint, unpacked(name, version, digest))
