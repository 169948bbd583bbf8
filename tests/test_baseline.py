"""The baseline: only new findings are reported, counted and repaired, wherever the code goes meanwhile."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conftest import LEAKY, REPAIRED, Run

NAME = "cmlint-baseline.json"
OTHER = LEAKY.replace("def serving(", "def other(")
CONFIG = f'[tool.cmlint]\nbaseline = "{NAME}"\n'
IMPORTS, DEFINITION = LEAKY.split("\n\n\n")


@pytest.fixture
def adopted(cmlint: Run, tmp_path: Path) -> Run:
    """The command line in a project whose finding, in app/server.py, is in its baseline."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "server.py").write_text(LEAKY)
    (tmp_path / "pyproject.toml").write_text(CONFIG)
    assert cmlint("--update-baseline").returncode == 0
    return cmlint


def entries(tmp_path: Path) -> list[dict[str, object]]:
    return json.loads((tmp_path / NAME).read_text())[1:]


def reported(run: Run, *arguments: str) -> list[str]:
    result = run("--output-format", "concise", *arguments)
    found = [line.split(": ")[0].rpartition(":")[0].removeprefix("./") for line in result.stdout.splitlines()]
    assert result.returncode == (1 if found else 0), result.stderr
    return found


def test_what_the_baseline_holds_is_not_reported(adopted: Run) -> None:
    result = adopted()
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == "No findings in 1 file. 1 was in the baseline.\n"
    assert reported(adopted, "--no-baseline") == ["app/server.py:9"]


def test_a_new_finding_is_reported_alone(adopted: Run, tmp_path: Path) -> None:
    (tmp_path / "app" / "new.py").write_text(LEAKY)
    (tmp_path / "app" / "server.py").write_text(LEAKY + "\n\n" + OTHER)
    assert reported(adopted) == ["app/new.py:9", "app/server.py:21"]


def test_entries_are_one_a_line_sorted_and_without_the_machine(adopted: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(OTHER + LEAKY)
    adopted("--update-baseline")
    text = (tmp_path / NAME).read_text()
    assert [(entry["path"], entry["qualname"]) for entry in entries(tmp_path)] == [
        ("a.py", "other"),
        ("a.py", "serving"),
        ("app/server.py", "serving"),
    ]
    assert len(text.splitlines()) == 5
    assert str(tmp_path) not in text
    before = os.stat(tmp_path / NAME).st_mtime_ns
    assert "0 added, 0 removed" in adopted("--update-baseline").stderr
    assert os.stat(tmp_path / NAME).st_mtime_ns == before


def test_any_working_folder_and_any_spelling_of_a_path(adopted: Run, tmp_path: Path) -> None:
    for path in (".", "app", "app/server.py", "./app/../app/server.py", str(tmp_path), str(tmp_path / "app")):
        assert reported(adopted, path) == []
    (tmp_path / "link").symlink_to(tmp_path / "app", target_is_directory=True)
    assert reported(adopted, "link/server.py") == []
    (tmp_path / "pyproject.toml").unlink()
    assert reported(adopted, "--baseline", f"app/../{NAME}") == []


def test_code_that_moved_and_was_reformatted_is_known(adopted: Run, tmp_path: Path) -> None:
    server = tmp_path / "app" / "server.py"
    reformatted = LEAKY.replace("target=target)", "\n        target = target,\n    )").replace(
        "yield worker", "yield (worker)"
    )
    server.write_text("'''A new first line.'''\n\n\n" + reformatted)
    assert reported(adopted) == []


def test_quotes_and_spaces_in_what_is_lost_do_not_count(cmlint: Run, tmp_path: Path) -> None:
    text = (
        "import os\nfrom contextlib import contextmanager\n\n\n@contextmanager\ndef set_mode(mode):\n"
        '    old = os.environ["MODE"]\n    os.environ["MODE"] = mode\n    yield\n    os.environ["MODE"] = old\n'
    )
    (tmp_path / "a.py").write_text(text)
    cmlint("--update-baseline")
    (tmp_path / "a.py").write_text(text.replace('["MODE"]', "[ 'MODE' ]"))
    assert reported(cmlint, "--no-baseline") == ["a.py:9"]
    assert reported(cmlint, "--baseline", NAME) == []


def test_a_renamed_file_keeps_what_was_known(adopted: Run, tmp_path: Path) -> None:
    (tmp_path / "app" / "server.py").rename(tmp_path / "app" / "health.py")
    result = adopted()
    assert result.returncode == 0
    assert "note: cmlint-baseline.json: 1 entry moved to another file" in result.stderr
    adopted("--update-baseline")
    assert [entry["path"] for entry in entries(tmp_path)] == ["app/health.py"]


def test_a_function_that_goes_to_another_module_is_known_and_a_copy_is_new(adopted: Run, tmp_path: Path) -> None:
    (tmp_path / "app" / "health.py").write_text(LEAKY)
    assert reported(adopted) == ["app/health.py:9"]
    (tmp_path / "app" / "server.py").write_text("x = 1\n")
    assert reported(adopted) == []
    (tmp_path / "app" / "third.py").write_text(LEAKY)
    assert reported(adopted) == ["app/third.py:9"]


def test_equal_keys_are_counted(adopted: Run, tmp_path: Path) -> None:
    twice = IMPORTS + f"\n\n\n{DEFINITION}\n\n{DEFINITION}"
    (tmp_path / "app" / "server.py").write_text(twice)
    assert reported(adopted) == ["app/server.py:17"]
    adopted("--update-baseline")
    assert [entry["count"] for entry in entries(tmp_path)] == [2]
    assert reported(adopted) == []
    (tmp_path / "app" / "server.py").write_text(twice + "\n\n" + DEFINITION)
    assert reported(adopted) == ["app/server.py:25"]


def test_what_does_not_occur_any_more_is_said_in_one_note_and_removed_on_update(adopted: Run, tmp_path: Path) -> None:
    (tmp_path / "app" / "other.py").write_text(OTHER)
    adopted("--update-baseline")
    (tmp_path / "app" / "other.py").unlink()
    (tmp_path / "app" / "server.py").write_text(REPAIRED)
    (note,) = [line for line in adopted().stderr.splitlines() if "note" in line]
    assert "2 entries do not occur any more (CML101 `other` in app/other.py and 1 more)" in note
    assert "0 added, 2 removed" in adopted("--update-baseline").stderr
    assert entries(tmp_path) == []
    assert adopted().stderr == "No findings in 1 file.\n"


def test_an_update_of_a_part_keeps_the_rest(adopted: Run, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "gone.py").write_text(LEAKY)
    (tmp_path / "lib" / "stays.py").write_text(LEAKY)
    adopted("--update-baseline", "lib")
    (tmp_path / "lib" / "gone.py").unlink()
    (tmp_path / "app" / "server.py").write_text("x = 1\n")
    assert "note" not in adopted("lib/stays.py").stderr
    adopted("--update-baseline", "lib")
    assert [entry["path"] for entry in entries(tmp_path)] == ["app/server.py", "lib/stays.py"]
    adopted("--update-baseline", "--select", "CML102", ".")
    adopted("--update-baseline", "--exclude", "app", ".")
    assert [entry["path"] for entry in entries(tmp_path)] == ["app/server.py", "lib/stays.py"]
    assert "note" not in adopted("--select", "CML102").stderr


def test_what_is_too_unsure_for_a_check_keeps_its_entry(adopted: Run, tmp_path: Path) -> None:
    unsure = (
        "from contextlib import contextmanager\n\n\n@contextmanager\ndef tracked(thing):\n    yield thing\n"
        "    thing.close()\n    thing.report()\n"
    )
    (tmp_path / "unsure.py").write_text(unsure)
    adopted("--update-baseline", "--min-confidence", "low")
    assert [entry["confidence"] for entry in entries(tmp_path)] == ["high", "low"]
    assert "note" not in adopted().stderr
    adopted("--update-baseline")
    assert len(entries(tmp_path)) == 2
    assert reported(adopted, "--min-confidence", "low") == []


def test_a_file_that_does_not_parse_keeps_its_entries(adopted: Run, tmp_path: Path) -> None:
    (tmp_path / "app" / "server.py").write_text(LEAKY + "def (\n")
    before = (tmp_path / NAME).read_bytes()
    result = adopted()
    assert result.returncode == 2
    assert "note" not in result.stderr
    assert adopted("--update-baseline").returncode == 2
    assert (tmp_path / NAME).read_bytes() == before


def test_a_fix_leaves_what_is_known_unless_asked(adopted: Run, tmp_path: Path) -> None:
    server = tmp_path / "app" / "server.py"
    server.write_text(LEAKY + "\n\n" + OTHER)
    known, new = LEAKY, REPAIRED.replace("def serving(", "def other(")
    assert adopted("--diff", "--quiet").stdout.count("finally:") == 1
    assert adopted("--fix").stderr.splitlines()[-1].startswith("Repaired 1, 0 left")
    assert server.read_text() == known + "\n\n" + new
    assert adopted("--fix").returncode == 0
    assert server.read_text() == known + "\n\n" + new
    assert adopted("--diff", "--fix-baselined", "--quiet").stdout.count("+    finally:") == 1
    adopted("--fix", "--fix-baselined")
    assert server.read_text() == REPAIRED + "\n\n" + new


TWO_LOSSES = """\
import os
from contextlib import contextmanager


@contextmanager
def reading(path):
    file = open(path)
    yield file
    file.close()
"""


def test_one_repair_for_a_known_and_a_new_loss_waits_for_the_user(cmlint: Run, tmp_path: Path) -> None:
    both = TWO_LOSSES.replace("    yield", "    old = os.environ['MODE']\n    os.environ['MODE'] = 'r'\n    yield")
    both += "    os.environ['MODE'] = old\n"
    (tmp_path / "a.py").write_text(TWO_LOSSES)
    cmlint("--update-baseline")
    (tmp_path / "a.py").write_text(both)
    assert reported(cmlint, "--no-baseline", "--select", "CML101,CML102,CML103") == ["a.py:10", "a.py:10"]
    result = cmlint("--fix", "--baseline", NAME, "--select", "CML101,CML102,CML103")
    assert "its repair also changes what was known before (CML102 in line 10)" in result.stdout
    assert (tmp_path / "a.py").read_text() == both
    cmlint("--fix", "--fix-baselined", "--baseline", NAME)
    assert (tmp_path / "a.py").read_text() != both


def test_standard_input_is_judged_by_the_baseline_of_its_name(adopted: Run, tmp_path: Path) -> None:
    assert adopted("-", "--stdin-filename", "app/server.py", stdin=LEAKY).returncode == 0
    assert adopted("-", "--stdin-filename", "app/new.py", stdin=LEAKY).returncode == 1
    fixed = adopted("-", "--fix", "--stdin-filename", "app/server.py", stdin=LEAKY + OTHER)
    assert fixed.stdout == LEAKY + REPAIRED.replace("def serving(", "def other(")


def test_each_project_has_its_own_baseline(adopted: Run, tmp_path: Path) -> None:
    inner = tmp_path / "vendored"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[tool.cmlint]\nbaseline = "known.json"\n')
    (inner / "server.py").write_text(LEAKY)
    assert adopted().returncode == 2
    assert "vendored/known.json: there is no such baseline" in adopted().stderr
    adopted("--update-baseline")
    assert '"path": "server.py"' in (inner / "known.json").read_text()
    assert len(entries(tmp_path)) == 1
    assert reported(adopted) == []


def test_without_a_name_the_file_has_the_usual_one_and_that_is_said(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(LEAKY)
    result = cmlint("--update-baseline")
    assert result.returncode == 0
    assert f"{NAME} holds 1 finding (1 added, 0 removed)." in result.stderr
    assert f'[tool.cmlint] baseline = "{NAME}"' in result.stderr
    assert reported(cmlint) == ["server.py:9"]
    assert reported(cmlint, "--baseline", NAME) == []


HEADER = '[{"cmlint-baseline": 1}'
ENTRY = '{"path": "a", "code": "CML101", "qualname": "f", "kind": "k", "lost": [], "confidence": "high", "count": 1}'
NUMBERED = ENTRY.replace('"a"', "1")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        (f"{HEADER}\n<<<<<<< ours\n]", "markers of a merge conflict"),
        ("\xff", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("{}", "an array that begins with"),
        ("[]", "an array that begins with"),
        ("[1]", "an array that begins with"),
        ('[{"cmlint-baseline": 2}]', "it has version 2"),
        (f"{HEADER}, 1]", "entry 1: it is not an object"),
        (f"{HEADER}, {{}}]", "entry 1 has no 'path'"),
        (f"{HEADER}, {ENTRY}, {NUMBERED}]", "entry 2: path, code, qualname, kind must be strings"),
        (f"{HEADER}, {ENTRY.replace('[]', '[1]')}]", "entry 1: lost must be a list of strings"),
        (f"{HEADER}, {ENTRY.replace('1}', '0}')}]", "entry 1: count must be a number from 1 on"),
        (f"{HEADER}, {ENTRY.replace('1}', 'true}')}]", "entry 1: count must be a number from 1 on"),
        (f"{HEADER}, {ENTRY.replace('high', 'certain')}]", "entry 1: 'certain' is not a valid Confidence"),
    ],
)  # fmt: skip
def test_a_broken_baseline_is_one_clear_line_and_stays_as_it_is(
    cmlint: Run, tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / "server.py").write_text(LEAKY)
    (tmp_path / NAME).write_bytes(content.encode("latin-1"))
    for arguments in (("--baseline", NAME), ("--baseline", NAME, "--update-baseline"), ("--fix", "--baseline", NAME)):
        result = cmlint(*arguments)
        assert (result.returncode, result.stdout) == (2, "")
        (line,) = result.stderr.splitlines()
        assert line.startswith(f"cmlint: {NAME}: the baseline can't be used: ")
        assert complaint in line
    assert (tmp_path / NAME).read_bytes() == content.encode("latin-1")
    assert (tmp_path / "server.py").read_text() == LEAKY


def test_a_folder_or_a_missing_folder_is_no_baseline(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(LEAKY)
    (tmp_path / "folder").mkdir()
    for arguments in (["--baseline", "folder"], ["--baseline", "folder", "--update-baseline"]):
        result = cmlint(*arguments)
        assert result.returncode == 2
        assert result.stderr == "cmlint: folder: the baseline can't be read: is a directory\n"
    result = cmlint("--baseline", "missing/known.json", "--update-baseline")
    assert result.returncode == 2
    assert "no such file or directory" in result.stderr


def test_a_pipe_is_no_baseline_and_is_not_waited_for(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(LEAKY)
    os.mkfifo(tmp_path / NAME)
    result = cmlint("--baseline", NAME)
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_baseline_is_said(adopted: Run, tmp_path: Path) -> None:
    (tmp_path / NAME).chmod(0)
    assert adopted().stderr == f"cmlint: {NAME}: the baseline can't be read: permission denied\n"


def test_what_windows_editors_add_does_not_matter(adopted: Run, tmp_path: Path) -> None:
    text = (tmp_path / NAME).read_text()
    (tmp_path / NAME).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert reported(adopted) == []


def test_both_sides_of_a_merge_may_be_kept(adopted: Run, tmp_path: Path) -> None:
    header, entry, end = (tmp_path / NAME).read_text().splitlines()
    (tmp_path / NAME).write_text("\n".join([header, entry, entry, end]))
    assert reported(adopted) == []
    (tmp_path / "app" / "server.py").write_text(LEAKY + LEAKY)
    assert reported(adopted) == ["app/server.py:19"]


def test_a_huge_count_costs_nothing(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(LEAKY)
    (tmp_path / NAME).write_text(f"{HEADER}, {ENTRY.replace('1}', '9' * 30 + '}')}]")
    assert cmlint("--baseline", NAME).returncode == 1


def test_a_file_name_that_is_not_unicode_and_a_new_file_s_mode(cmlint: Run, tmp_path: Path) -> None:
    strange = tmp_path / os.fsdecode(b"caf\xe9.py")
    strange.write_text(LEAKY)
    assert cmlint("--update-baseline").returncode == 0
    assert reported(cmlint, "--baseline", NAME) == []
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o666 & ~mask
    (tmp_path / NAME).chmod(0o600)
    (tmp_path / "b.py").write_text(LEAKY)
    cmlint("--baseline", NAME, "--update-baseline")
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("value", "complaint"), [("1", "`baseline` must be the name of a file"), ('""', "`baseline` must be the name")]
)
def test_a_wrong_setting_is_said(cmlint: Run, tmp_path: Path, value: str, complaint: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.cmlint]\nbaseline = {value}\n")
    (tmp_path / "server.py").write_text(LEAKY)
    result = cmlint()
    assert result.returncode == 2
    assert complaint in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--update-baseline", "--fix"],
        ["--update-baseline", "--diff"],
        ["--update-baseline", "--add-noqa"],
        ["--update-baseline", "--watch"],
        ["--update-baseline", "--unused-noqa"],
        ["--update-baseline", "--replay"],
        ["--update-baseline", "--since", "HEAD"],
        ["--update-baseline", "--no-baseline"],
        ["--update-baseline", "-"],
        ["--baseline", "x", "--no-baseline"],
        ["--baseline", ""],
        ["--fix-baselined"],
    ],
)
def test_options_that_contradict_each_other(cmlint: Run, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "server.py").write_text(LEAKY)
    result = cmlint(*arguments, stdin="")
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
    assert not (tmp_path / NAME).exists()
