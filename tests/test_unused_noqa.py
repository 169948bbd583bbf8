"""`--unused-noqa`: a comment that silences nothing is said, one that may silence something is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import LEAKY, REPAIRED, Run

COMMENT = "  # noqa: CML101"


def commented(text: str, comment: str = COMMENT, line: str = "yield worker\n") -> str:
    assert line in text
    return text.replace(line, line.rstrip("\n") + comment + "\n")


def unused(cmlint: Run, tmp_path: Path, text: str, *arguments: str, name: str = "a.py") -> list[str]:
    """What is said of the comments in `text`, which has no other findings; the exit code says the same."""
    (tmp_path / name).write_text(text)
    result = cmlint("--unused-noqa", name, *arguments)
    lines = result.stdout.splitlines()
    assert result.returncode == (1 if lines else 0), result.stderr
    assert "Traceback" not in result.stderr
    return lines


def test_a_comment_that_outlived_its_finding_is_reported(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(commented(REPAIRED))
    assert cmlint("a.py").returncode == 0
    result = cmlint("--unused-noqa", "a.py")
    assert result.returncode == 1
    assert result.stdout == "a.py:10: unused `# noqa: CML101`: there is no finding here that it silences\n"
    assert "No findings in 1 file. 1 `# noqa` silences nothing.\n" in result.stderr
    assert cmlint("--unused-noqa", "--exit-zero", "a.py").returncode == 0


@pytest.mark.parametrize("line", ["yield worker\n", "def serving(target):\n", "@contextmanager\n"])
def test_a_comment_that_silences_something_is_not(cmlint: Run, tmp_path: Path, line: str) -> None:
    assert unused(cmlint, tmp_path, commented(LEAKY, line=line)) == []


def test_a_file_without_any_manager_and_one_without_a_comment(cmlint: Run, tmp_path: Path) -> None:
    assert len(unused(cmlint, tmp_path, f"x = 1{COMMENT}\n")) == 1
    assert unused(cmlint, tmp_path, "x = 1\n") == []
    assert unused(cmlint, tmp_path, REPAIRED) == []


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("  # noqa", []),
        ("  # noqa: E501", []),
        ("  # noqa: E501, CML102", ["CML102"]),
        ("  # noqa: CML101, CML102", ["CML102"]),
        ("  # noqa: CML1", []),
        ("  # noqa: cml3", ["CML3"]),
        ("  # noqa: CML101  # noqa: CML205", ["CML205"]),
    ],
)
def test_each_code_of_its_own_is_judged_by_itself(cmlint: Run, tmp_path: Path, comment: str, codes: list[str]) -> None:
    text = commented(LEAKY, comment)
    (tmp_path / "a.py").write_text(text)
    lines = cmlint("--unused-noqa", "a.py", "--output-format", "concise").stdout.splitlines()
    assert [line.split("`")[1].split(": ")[1] for line in lines if "unused" in line] == codes


def test_a_code_that_no_rule_has(cmlint: Run, tmp_path: Path) -> None:
    (line,) = unused(cmlint, tmp_path, "x = 1  # noqa: CML999\n")
    assert line == "a.py:1: unused `# noqa: CML999`: no rule has a code that begins so"


def test_rules_that_are_not_asked_for_are_not_judged(cmlint: Run, tmp_path: Path) -> None:
    text = commented(REPAIRED)
    assert unused(cmlint, tmp_path, text, "--ignore", "CML101") == []
    assert unused(cmlint, tmp_path, text, "--select", "CML102") == []
    assert unused(cmlint, tmp_path, text, "--per-file-ignores", "a.py:CML101") == []
    assert len(unused(cmlint, tmp_path, text, "--select", "CML101")) == 1
    prefix = commented(REPAIRED, "  # noqa: CML1")
    assert unused(cmlint, tmp_path, prefix, "--ignore", "CML104") == []
    assert len(unused(cmlint, tmp_path, prefix)) == 1


def test_what_is_found_only_at_low_confidence_is_found(cmlint: Run, tmp_path: Path) -> None:
    text = LEAKY.replace("    worker.terminate()\n", "    worker.join()\n")
    (tmp_path / "a.py").write_text(text)
    low = cmlint("a.py", "--min-confidence", "low", "--select", "CML108", "--output-format", "concise").stdout
    assert "CML108" in low
    number = int(low.split(":")[1])
    lines = text.splitlines(keepends=True)
    lines[number - 1] = lines[number - 1].rstrip("\n") + "  # noqa: CML108\n"
    assert unused(cmlint, tmp_path, "".join(lines), "--select", "CML108") == []


@pytest.mark.parametrize(
    "text",
    [
        'HELP = "silence it with  # noqa: CML101"\n',
        '"""Say so:\n\n    yield  # noqa: CML101\n"""\n',
        f"# cmlint: skip-file\n{commented(REPAIRED)}",
        "x = 1  # flake8: noqa: CML101\n",
    ],
)
def test_what_is_no_comment_on_a_line(cmlint: Run, tmp_path: Path, text: str) -> None:
    assert unused(cmlint, tmp_path, text) == []


def test_a_generator_that_another_file_may_hand_over_is_left_alone(cmlint: Run, tmp_path: Path) -> None:
    text = commented(LEAKY).replace("@contextmanager\n", "")
    assert unused(cmlint, tmp_path, text) == []
    route = "from fastapi import Depends\nfrom a import serving\n\ndef route(w=Depends(serving)):\n    return w\n"
    (tmp_path / "b.py").write_text(route)
    (tmp_path / "a.py").write_text(
        text.replace("    yield worker", "    try:\n        yield worker").replace(
            "    worker.terminate()", "    finally:\n        worker.terminate()"
        )
    )
    assert "a.py:9: unused" in cmlint("--unused-noqa", ".").stdout


def test_a_manager_that_is_not_analysed_is_not_judged(cmlint: Run, tmp_path: Path) -> None:
    deep = f"    match target:\n        case {'[' * 60}y{']' * 60}:\n            pass\n"
    text = commented(REPAIRED).replace("    worker.start()", f"{deep}    worker.start()")
    assert unused(cmlint, tmp_path, text) == []


def test_lines_of_all_endings_and_encodings_and_notebooks(cmlint: Run, tmp_path: Path) -> None:
    for ending, encoding in (("\r\n", "latin-1"), ("\r", "utf-8")):
        raw = commented(f"# coding: {encoding}\n# caf\xe9\n{REPAIRED}").replace("\n", ending).encode(encoding)
        (tmp_path / "a.py").write_bytes(raw)
        assert cmlint("--unused-noqa", "a.py").stdout.startswith("a.py:12: unused `# noqa: CML101`")
    notebook = '{"cells": [{"cell_type": "code", "source": ["y = 1\\n", "x = 1  # noqa: CML101"], "metadata": {}, '
    notebook += '"outputs": [], "execution_count": null}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    (line,) = unused(cmlint, tmp_path, notebook, name="n.ipynb")
    assert line.startswith("n.ipynb: cell 1, line 2: unused `# noqa: CML101`")


def test_findings_are_reported_beside_it_and_only_text_for_people_can_hold_both(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"{LEAKY}\n\nx = 1{COMMENT}\n")
    result = cmlint("--unused-noqa", "a.py", "--output-format", "concise")
    assert [line.split(" ")[0] for line in result.stdout.splitlines()] == ["a.py:9:5:", "a.py:13:"]
    assert cmlint("--unused-noqa", "--output-format", "json", "a.py").returncode == 2
    assert cmlint("--unused-noqa", "--fix", "a.py").returncode == 2
    assert cmlint("--unused-noqa", "-", stdin=LEAKY).returncode == 2


def test_a_file_that_does_not_parse_is_said_once(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"def (:{COMMENT}\n")
    result = cmlint("--unused-noqa", "a.py")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("does not parse") == 1
