"""flake8 reports the same findings under the same codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import LEAKY, Run


def flake8(folder: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--select=CML", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_flake8_prints_what_the_command_line_prints(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    mine = cmlint("--output-format", "concise", "leaky.py").stdout.replace("  [safe fix]", "")
    assert flake8(tmp_path, "leaky.py").stdout == mine


def test_flake8_reads_standard_input(tmp_path: Path) -> None:
    assert "CML101" in flake8(tmp_path, "-", stdin=LEAKY).stdout


@pytest.mark.parametrize("marked", ["    yield worker", "def serving(target):"])
def test_noqa_counts_at_the_line_and_at_the_def(tmp_path: Path, marked: str) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY.replace(marked, f"{marked}  # noqa: CML101"))
    assert flake8(tmp_path, "leaky.py").stdout == ""


def test_a_file_that_does_not_parse_is_left_to_flake8(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def f(:\n")
    result = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "bad.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "E999" in result.stdout
    assert "Traceback" not in result.stderr
