"""Bad input gets one clear line and exit code 2; the other files are still checked and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import LEAKY, REPAIRED, Run


def said(stderr: str) -> list[str]:
    """The lines about what went wrong."""
    return [line for line in stderr.splitlines() if line.startswith("cmlint: ")]


def test_a_missing_path(cmlint: Run) -> None:
    result = cmlint("absent.py")
    assert result.returncode == 2
    assert said(result.stderr) == ["cmlint: absent.py: no such file or folder"]


def test_a_folder_without_python(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "readme.txt").write_text("no")
    result = cmlint("docs")
    assert result.returncode == 2
    assert said(result.stderr) == ["cmlint: docs: no Python files in this folder (or all of them are excluded)"]


def test_a_syntax_error_is_said_with_its_line_and_the_others_are_checked(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("x = 1\ndef f(:\n    pass\n")
    (tmp_path / "leaky.py").write_text(LEAKY)
    result = cmlint("--output-format", "concise", ".")
    assert result.returncode == 2
    assert "leaky.py:9:5: CML101" in result.stdout
    (line,) = said(result.stderr)
    assert line.startswith("cmlint: ./bad.py:2: does not parse: ")


@pytest.mark.parametrize(
    "broken",
    [LEAKY.replace(".start()", ".start(:"), LEAKY + "def f(:\n    pass\n", LEAKY.replace("):", ")", 1), "f(:\n"],
)
def test_nothing_is_reported_of_a_file_that_does_not_parse(cmlint: Run, tmp_path: Path, broken: str) -> None:
    (tmp_path / "bad.py").write_text(broken)
    (tmp_path / "leaky.py").write_text(LEAKY)
    for _ in range(2):  # the second time with a cache
        result = cmlint("--output-format", "concise", ".")
        assert result.returncode == 2
        assert result.stdout.startswith("./leaky.py:9:5: CML101")
        assert len(result.stdout.splitlines()) == 1
        (line,) = said(result.stderr)
        assert line.startswith("cmlint: ./bad.py:")
        assert "does not parse" in line


def test_python_2_is_reported_as_not_parsed(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("print 'hello'\n")
    result = cmlint("old.py")
    assert result.returncode == 2
    assert "old.py:1: does not parse" in result.stderr


def test_a_cookie_is_honoured_and_survives_the_fix(cmlint: Run, tmp_path: Path) -> None:
    text = "# -*- coding: latin-1 -*-\n# café\n" + LEAKY
    file = tmp_path / "latin.py"
    file.write_bytes(text.encode("latin-1"))
    assert cmlint("latin.py").returncode == 1
    assert cmlint("--fix", "latin.py").returncode == 0
    assert file.read_bytes() == text.replace(LEAKY, REPAIRED).encode("latin-1")


def test_bytes_that_do_not_decode(cmlint: Run, tmp_path: Path) -> None:
    data = b"# caf\xe9\n" + LEAKY.encode()
    (tmp_path / "bytes.py").write_bytes(data)
    result = cmlint("--fix", "bytes.py")
    assert result.returncode == 2
    assert said(result.stderr) == ["cmlint: bytes.py:1: not valid utf-8: invalid continuation byte"]
    assert (tmp_path / "bytes.py").read_bytes() == data


def test_an_unknown_encoding(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_bytes(b"# coding: klingon\nx = 1\n")
    result = cmlint("odd.py")
    assert result.returncode == 2
    assert "odd.py:1: unknown encoding" in result.stderr


def test_a_null_byte(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "null.py").write_bytes(b"x = 1\ny = '\0'\n")
    result = cmlint("null.py")
    assert result.returncode == 2
    assert "null.py:2: contains a null byte" in result.stderr


def test_symbolic_links_in_a_circle(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("b.py")
    (tmp_path / "b.py").symlink_to("a.py")
    (tmp_path / "again").symlink_to(".", target_is_directory=True)
    (tmp_path / "leaky.py").write_text(LEAKY)
    result = cmlint("--output-format", "concise", ".")
    assert result.returncode == 2
    assert result.stdout.count("CML101") == 1
    assert len(said(result.stderr)) == 2
    assert all("too many levels of symbolic links" in line for line in said(result.stderr))


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file(cmlint: Run, tmp_path: Path) -> None:
    file = tmp_path / "secret.py"
    file.write_text(LEAKY)
    file.chmod(0)
    result = cmlint("secret.py")
    assert result.returncode == 2
    assert said(result.stderr) == ["cmlint: secret.py: permission denied"]


def test_a_file_that_can_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same as above for whoever runs the tests as root: the operating system's refusal is simulated."""
    from cmlint.command_line import cli

    file = tmp_path / "secret.py"
    file.write_text(LEAKY)

    really = os.open

    def refuse(path: Any, *arguments: Any, **others: Any) -> Any:
        if path == str(file):
            raise PermissionError(13, "Permission denied")
        return really(path, *arguments, **others)

    monkeypatch.setattr(os, "open", refuse)
    assert cli.main(["--isolated", str(file)]) == 2
    assert "permission denied" in capsys.readouterr().err


def test_an_empty_file_is_clean(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_bytes(b"")
    assert cmlint("empty.py").returncode == 0
    assert cmlint("--fix", "-", stdin="").returncode == 0


def test_a_file_of_100_000_lines(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("x = 1\n" * 100_000 + LEAKY)
    result = cmlint("--output-format", "concise", "long.py")
    assert result.stdout.startswith("long.py:100009:5: CML101")


def test_a_file_that_vanishes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from cmlint.command_line import cli
    from cmlint.discovery import Found
    from cmlint.running import paths

    (tmp_path / "leaky.py").write_text(LEAKY)
    listed = Found((str(tmp_path / "gone.py"), str(tmp_path / "leaky.py")), ())
    monkeypatch.setattr(paths, "discover", lambda *a, **k: listed)
    assert cli.main(["--isolated", "--output-format", "concise", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert "gone.py: no such file or folder" in captured.err
    assert "CML101" in captured.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--select", "CM101"], "--select: unknown rule code `CM101`; did you mean `CML101`?"),
        (["--ignore", "X1"], "--ignore: unknown rule code `X1`"),
        (["--ignore", "CML999"], "--ignore: unknown rule code `CML999`; there are CML101, "),
        (["--nonsense"], "unrecognized arguments: --nonsense (see `cmlint --help`)"),
        (["--selct", "CML101", "leaky.py"], "unrecognized arguments: --selct; did you mean `--select`?"),
        (["check", "leaky.py"], "check: no such file or folder; did you mean `cmlint PATH`?"),
        (["fix", "leaky.py"], "fix: no such file or folder; did you mean `cmlint --fix PATH`?"),
        (["rules"], "rules: no such file or folder; did you mean `cmlint rule`?"),
        (["replai", "leaky.py::f"], "replai: no such file or folder; did you mean `cmlint replay`?"),
        (["rule", "CML999"], "unknown rule `CML999`; `cmlint rule` lists them"),
        (["airflow", "status", "--python", "."], ". is a folder, and --python takes an interpreter"),
        (["--output-format", "yaml"], "invalid choice: 'yaml'"),
        (["--fix", "--diff"], "--fix writes the repairs and --diff only shows them"),
        (["--config", "absent.toml"], "absent.toml: no such file"),
        (["-", "leaky.py"], "can't be combined with paths"),
        (["dump", "leaky.py"], "takes one PATH::QUALNAME"),
        (["dump", "absent.py::f"], "absent.py: no such file or folder"),
    ],
)
def test_a_wrong_option_is_one_line(cmlint: Run, tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    result = cmlint(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert message in result.stderr


def test_a_folder_that_is_named_like_a_command_of_another_linter_is_checked(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "check").mkdir()
    (tmp_path / "check" / "leaky.py").write_text(LEAKY)
    assert cmlint("check").returncode == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[tool.cmlint]\nselct = ['CML101']\n", "unknown key `selct`; did you mean `select`?"),
        ("[tool.cmlint]\nselect = 'CML101'\n", "`select` must be a list of strings"),
        ("[tool.cmlint]\nselect = ['CML11']\n", "unknown rule code `CML11`; did you mean"),
        ("[tool.cmlint]\nmin-confidence = 'certain'\n", "`min-confidence` must be one of low, medium, high"),
        ("[tool.cmlint]\nper-file-ignores = ['x']\n", "`per-file-ignores` must be a table"),
        ("[tool]\ncmlint = 3\n", "tool.cmlint must be a table"),
        ("[tool.cmlint\n", "not valid TOML"),
        ("[tool.cmlint]\nselect = " + "9" * 5_000, "not valid TOML: a number in it has too many digits"),
        ("[tool.cmlint]\nmin-confidence = 0x" + "F" * 9_000, "`min-confidence` must be one of low, medium, high"),
        (
            "[tool.cmlint]\nresources = [{acquire = 1979-05-27, release = ['.c']}]\n",
            "`resources` 1: `acquire` must be a string, a list of strings or a boolean, not a date",
        ),
        ("[tool.cmlint]\nprotocols = [{name = 0x" + "F" * 9_000 + "}]\n", "`protocols` 1: `name` must be a string"),
        ("[tool.cmlint]\nresources = [{acquire = 'a', release = [3]}]\n", "`release` must be a list of strings"),
        (
            "[tool.cmlint]\nper-file-ignores = {'" + "{a,b}" * 18 + "' = ['CML']}\n",
            "`per-file-ignores`: the pattern '{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}...' stands for more than 1,000",
        ),
        (
            "[tool.cmlint]\nper-file-ignores = {'" + "{a," * 2_000 + "}" * 2_000 + "' = ['CML']}\n",
            "has more than 100 braces",
        ),
    ],
    ids=lambda given: str(given)[:40],
)
def test_a_wrong_configuration_names_the_file_and_the_key(
    cmlint: Run, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(content)
    (tmp_path / "leaky.py").write_text(LEAKY)
    result = cmlint("--fix", "leaky.py")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert "pyproject.toml" in result.stderr
    assert message in result.stderr
    assert (tmp_path / "leaky.py").read_text() == LEAKY


def test_a_pattern_of_many_alternatives_is_refused_on_the_command_line_too(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    result = cmlint("--per-file-ignores", "{a,b}" * 18 + ":CML101", "leaky.py")
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
    assert "--per-file-ignores: the pattern" in result.stderr
    assert cmlint("--per-file-ignores", "{a,b}" * 9 + ":CML101,{leaky,x}.py:CML101", "leaky.py").returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_a_device_without_an_end_is_neither_settings_nor_a_baseline(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    for option, message in (("--config", "it is larger than 10 MB"), ("--baseline", "it is no regular file")):
        result = cmlint(option, "/dev/zero", "leaky.py")
        assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
        assert message in result.stderr


def test_a_file_outside_utf8_names(cmlint: Run, tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux has file names that are no text")
    name = os.fsencode(tmp_path) + b"/caf\xe9.py"
    with open(name, "wb") as file:
        file.write(LEAKY.encode())
    result = cmlint("--output-format", "concise", ".")
    assert result.returncode == 1
    assert "CML101" in result.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_behind_the_output_is_said(tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "cmlint", "leaky.py"]
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "cmlint: the output could not be written: no space left on device"


@pytest.mark.parametrize("codec", ["hex", "rot13", "undefined", "nonsense"])
def test_a_codec_that_is_not_for_text_costs_one_file(cmlint: Run, tmp_path: Path, codec: str) -> None:
    (tmp_path / "odd.py").write_text(f"# coding: {codec}\nx = 1\n")
    (tmp_path / "leaky.py").write_text(LEAKY)
    result = cmlint("--fix", "odd.py", "leaky.py")
    assert result.returncode == 2
    assert len(said(result.stderr)) == 1
    assert said(result.stderr)[0].startswith("cmlint: odd.py:1: ")
    assert (tmp_path / "leaky.py").read_text() == REPAIRED


def test_code_that_is_nested_too_deeply_costs_one_manager(cmlint: Run, tmp_path: Path) -> None:
    chain = "    if x == 0:\n        y = 0\n" + "".join(f"    elif x == {n}:\n        y = {n}\n" for n in range(1, 600))
    deep = f"\n\n@contextmanager\ndef deep(x):\n{chain}    yield y\n"
    (tmp_path / "deep.py").write_text(LEAKY + deep)
    result = cmlint("--output-format", "concise", "deep.py")
    assert result.stdout.count("CML101") == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("[" * 60 + "y" + "]" * 60, 0),
        ("(" * 30 + "y" + ")" * 30, 0),
        ("{1: " * 12 + "y" + "}" * 12, 0),
        ("[')', " * 30 + "y" + "]" * 30, 0),
        ("\\\n" + "[\n" * 30 + "y" + "]" * 30, 0),
        ("[" * 12 + "y" + "]" * 12, 1),
        ("A(b=C(d=E({'x': [F(g=y)]})))", 1),
        ("'" + "[" * 60 + "'", 1),
        ("y if " + "f(" * 3 + "y" + ")" * 3, 1),
    ],
)
def test_a_pattern_that_is_nested_too_deeply_costs_one_manager(
    cmlint: Run, tmp_path: Path, pattern: str, found: int
) -> None:
    """libcst's parser takes twice as long for each level, so that 60 of them would never end."""
    match = f"    match target:\n        case {pattern}:\n            pass\n"
    (tmp_path / "deep.py").write_text(LEAKY.replace("    worker.start()", f"{match}    worker.start()") + LEAKY)
    result = cmlint("--output-format", "concise", "deep.py")
    assert result.stdout.count("CML101") == 1 + found
    assert result.stderr.count("was not analysed: a pattern in it is nested too deeply") == 1 - found


def test_brackets_outside_of_patterns_may_be_deep(cmlint: Run, tmp_path: Path) -> None:
    deep = f"    case: int = 1; y = {'(' * 60}1{')' * 60}  # case [[[\n    z = {'[' * 60}{']' * 60}\n"
    (tmp_path / "deep.py").write_text(LEAKY.replace("    worker.start()", f"{deep}    worker.start()"))
    assert cmlint("--output-format", "concise", "deep.py").stdout.count("CML101") == 1


def test_a_pattern_that_can_not_be_used_is_said(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    result = cmlint("--exclude", "!", ".")
    assert result.returncode == 2
    assert len(said(result.stderr)) == 1
    assert "'!'" in result.stderr


def test_a_bad_line_in_a_gitignore_is_passed_over(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    (tmp_path / ".gitignore").write_text("!\n\\\nbuilt/\n")
    assert cmlint(".").returncode == 1


def test_options_that_contradict_each_other_are_said(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    for options in (("--isolated", "--config", "x.toml"), ("--select=",)):
        result = cmlint(*options, "a.py")
        assert (result.returncode, len(said(result.stderr))) == (2, 1)


def test_what_can_not_be_decoded_is_given_back_to_the_editor(cmlint: Run) -> None:
    text = b'x = "\xff"\n'
    result = cmlint("--fix", "-", stdin=text)
    assert result.returncode == 2
    assert result.stdout.encode("utf-8", "surrogateescape") == text


def test_closed_streams(tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    shell = f"{sys.executable} -m cmlint --output-format json leaky.py 2>&-"
    done = subprocess.run(["sh", "-c", shell], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stdout.endswith("]\n")
    closed = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m cmlint - <&-"], capture_output=True, text=True, timeout=120
    )
    assert closed.returncode == 2
    assert said(closed.stderr) == ["cmlint: standard input is closed"]
