"""The command line's contracts: formats, exit codes, selection, configuration, standard input."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cmlint.rules import CODES
from conftest import LEAKY, REPAIRED, Run

CLEAN_TEXT = "x = 1\n"


def test_findings_exit_with_1_and_a_clean_file_with_0(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    (tmp_path / "clean.py").write_text(CLEAN_TEXT)
    assert cmlint("leaky.py").returncode == 1
    assert cmlint("clean.py").returncode == 0
    assert cmlint("leaky.py", "--exit-zero").returncode == 0


def test_concise_is_one_line_a_finding(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY + LEAKY)
    lines = cmlint("--output-format", "concise", "leaky.py").stdout.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["leaky.py:9:5:", "leaky.py:19:5:"]


def test_full_shows_the_numbered_path_without_colour_in_a_pipe(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    out = cmlint("leaky.py").stdout
    assert "\x1b" not in out
    for step in ("1 started here", "2 the body raises", "3 skipped", "4 `serving` is left", "waits for ever"):
        assert step in out


def test_the_first_example_of_the_readme_prints_what_stands_below_it(cmlint: Run, tmp_path: Path) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    code, printed = (
        re.search(rf"^```{fence}\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
        for fence in ("python", r"console\n\$ cmlint --diff server.py")
    )
    assert code and printed
    (tmp_path / "server.py").write_text(code[1])
    assert cmlint("--diff", "server.py").stdout == printed[1]


def _on_a_terminal(folder: Path, *arguments: str, **environment: str) -> str:
    main, terminal = pty.openpty()
    inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-m", "cmlint", *arguments],
        cwd=folder,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env={**inherited, "TERM": "xterm-256color", **environment},
    ) as process:
        os.close(terminal)
        out = b""
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:
                break
            if not part:
                break
            out += part
        process.wait()
    os.close(main)
    return out.decode()


def test_colour_on_a_terminal_unless_no_color_is_set(tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    assert "\x1b[" in _on_a_terminal(tmp_path, "leaky.py")
    plain = _on_a_terminal(tmp_path, "leaky.py", NO_COLOR="1")
    assert "\x1b" not in plain
    assert "started here" in plain


def test_json_has_the_documented_keys(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    (finding,) = json.loads(cmlint("--output-format", "json", "leaky.py").stdout)
    assert set(finding) == {
        "code", "name", "message", "kind", "confidence", "path", "line", "column", "end_line", "end_column",
        "qualname", "witness", "cleanup_lines", "success_only_lines", "fix", "no_fix_reason",
    }  # fmt: skip
    assert (finding["code"], finding["kind"], finding["qualname"]) == ("CML101", "process", "serving")
    assert (finding["line"], finding["column"], finding["end_line"], finding["end_column"]) == (9, 5, 9, 17)
    assert finding["cleanup_lines"] == [10]
    assert finding["success_only_lines"] == []
    assert [step["line"] for step in finding["witness"]] == [8, 9, 10, 6]
    fix = finding["fix"]
    assert fix["applicability"] == "safe"
    assert set(fix["certificate"]) == {"traces", "faults", "releases_added", "order"}
    text = LEAKY
    for edit in reversed(fix["edits"]):
        text = text[: edit["start"]] + edit["content"] + text[edit["end"] :]
    assert text == REPAIRED


def test_json_of_nothing_is_an_empty_array(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text(CLEAN_TEXT)
    assert json.loads(cmlint("--output-format", "json", "clean.py").stdout) == []


def test_output_is_sorted_by_path_and_line(cmlint: Run, tmp_path: Path) -> None:
    for name in ("b.py", "a.py"):
        (tmp_path / name).write_text(LEAKY)
    out = cmlint("--output-format", "concise", "b.py", "a.py").stdout
    assert [line.split(":")[0] for line in out.splitlines()] == ["a.py", "b.py"]


def test_diff_shows_findings_then_a_patch_that_applies(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    result = cmlint("--diff", "leaky.py")
    assert result.returncode == 1
    assert result.stdout.index("CML101") < result.stdout.index("--- a/leaky.py")
    assert (tmp_path / "leaky.py").read_text() == LEAKY
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=result.stdout.encode(), check=True)
    assert (tmp_path / "leaky.py").read_text() == REPAIRED


def test_a_patch_with_certificates_still_applies(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    result = cmlint("--diff", "--certificates", "--quiet", "leaky.py")
    assert re.search(r"^Certificate: `serving`: \d+ traces with \d+ faults compared", result.stdout, re.MULTILINE)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=result.stdout.encode(), check=True)
    assert (tmp_path / "leaky.py").read_text() == REPAIRED


def test_certificates_without_a_patch_is_a_usage_error(cmlint: Run) -> None:
    result = cmlint("--certificates", ".")
    assert (result.returncode, result.stdout) == (2, "")
    assert "--certificates adds lines to the patch" in result.stderr


def test_quiet_diff_is_only_the_patch(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_bytes(LEAKY.replace("\n", "\r\n").rstrip().encode())
    out = cmlint("--diff", "--quiet", "leaky.py").stdout
    assert out.startswith("--- a/leaky.py")
    assert "\\ No newline at end of file" in out


def test_fix_repairs_and_a_second_run_changes_nothing(cmlint: Run, tmp_path: Path) -> None:
    file = tmp_path / "leaky.py"
    file.write_text(LEAKY)
    first = cmlint("--fix", "leaky.py")
    assert (first.returncode, file.read_text()) == (0, REPAIRED)
    before = file.stat().st_mtime_ns
    second = cmlint("--fix", "leaky.py")
    assert (second.returncode, file.stat().st_mtime_ns) == (0, before)


def test_exit_non_zero_on_fix(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    assert cmlint("--fix", "--exit-non-zero-on-fix", "leaky.py").returncode == 1
    assert cmlint("--fix", "--exit-non-zero-on-fix", "leaky.py").returncode == 0


def test_standard_input_is_checked_under_its_name_and_fixed_to_standard_output(cmlint: Run) -> None:
    checked = cmlint("--output-format", "concise", "--stdin-filename", "there.py", "-", stdin=LEAKY)
    assert checked.stdout.startswith("there.py:9:5: CML101")
    assert checked.returncode == 1
    fixed = cmlint("--fix", "-", stdin=LEAKY)
    assert (fixed.returncode, fixed.stdout) == (0, REPAIRED)


def test_standard_input_that_does_not_parse_is_given_back_unchanged(cmlint: Run) -> None:
    result = cmlint("--fix", "-", stdin="def f(:\n")
    assert (result.returncode, result.stdout) == (2, "def f(:\n")
    assert "does not parse" in result.stderr


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], {"CML101", "CML102"}),
        (["--select", "CML102"], {"CML102"}),
        (["--select", "CML1"], {"CML101", "CML102"}),
        (["--ignore", "CML101"], {"CML102"}),
        (["--select", "CML102", "--extend-select", "CML101"], {"CML101", "CML102"}),
    ],
)
def test_rules_are_selected_by_code_or_prefix(cmlint: Run, tmp_path: Path, options: list[str], codes: set[str]) -> None:
    text = LEAKY.replace("    worker.start()\n", "    worker.start()\n    file = open('x')\n") + "    file.close()\n"
    (tmp_path / "leaky.py").write_text(text)
    found = json.loads(cmlint("--output-format", "json", *options, "leaky.py").stdout)
    assert {finding["code"] for finding in found} == codes


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], {"CML102"}),
        (["--select", "CML101"], {"CML101"}),
        (["--select", "CML1"], {"CML101", "CML102"}),
        (["--extend-select", "CML101"], {"CML101", "CML102"}),
        (["--extend-select", "CML1"], {"CML101", "CML102"}),
        (["--extend-select", "CML1", "--ignore", "CML101"], {"CML102"}),
        (["--extend-select", "CML2"], {"CML102"}),
    ],
)
def test_what_the_command_line_selects_is_not_ignored_by_the_file(
    cmlint: Run, tmp_path: Path, options: list[str], codes: set[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cmlint]\nignore = ['CML101']\n")
    text = LEAKY.replace("    worker.start()\n", "    worker.start()\n    file = open('x')\n") + "    file.close()\n"
    (tmp_path / "leaky.py").write_text(text)
    found = json.loads(cmlint("--output-format", "json", *options, "leaky.py").stdout)
    assert {finding["code"] for finding in found} == codes


def test_a_rule_goes_by_its_name_too(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    assert cmlint("--ignore", "orphaned-process", "leaky.py").returncode == 0
    (tmp_path / "pyproject.toml").write_text("[tool.cmlint]\nselect = ['Orphaned-Process']\n")
    assert cmlint("leaky.py").returncode == 1
    wrong = cmlint("--ignore", "orphan-process", "leaky.py")
    assert (wrong.returncode, "did you mean `orphaned-process`?" in wrong.stderr) == (2, True)


def test_words_of_other_linters_are_answered_with_the_own_ones(cmlint: Run, tmp_path: Path) -> None:
    assert "; `--ignore` adds to what is configured" in cmlint("--extend-ignore", "CML101", ".").stderr
    assert "; `--exclude` adds to what is configured" in cmlint("--extend-exclude=x", ".").stderr
    (tmp_path / "leaky.py").write_text(LEAKY)
    (tmp_path / "pyproject.toml").write_text("[tool.cmlint]\nextend-exclude = ['x']\n")
    assert "unknown key `extend-exclude`; `exclude` is the whole list" in cmlint(".").stderr


WAITS = """\
from contextlib import contextmanager
from threading import Thread


@contextmanager
def polling(poll):
    poller = Thread(target=poll)
    poller.start()
    try:
        yield
    finally:
        poller.join()
"""


def test_who_names_a_rule_hears_of_what_is_less_sure(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "waits.py").write_text(WAITS)
    hint = "What CML108 finds is always of low confidence: `--min-confidence low` shows it."
    assert cmlint("--select", "CML108", "waits.py").stderr.splitlines() == ["No findings in 1 file.", hint]
    assert "`--min-confidence low` shows them" in cmlint("--select", "CML1", "waits.py").stderr
    assert "min-confidence" not in cmlint("--select", "CML108", "--quiet", "waits.py").stderr
    assert "min-confidence" not in cmlint("waits.py").stderr
    found = cmlint("--select", "CML108", "--min-confidence", "low", "--output-format", "concise", "waits.py")
    assert found.stdout.rstrip().endswith("  [low confidence]")
    assert "min-confidence" not in found.stderr


UNSURE = """\
class Connected:
    def __enter__(self):
        self.file = open("data.bin", "rb")

    def __exit__(self, exc_type, exc, tb):
        if exc_type is None:
            # after an error somebody may want to look at it
            self.file.close()
"""


def test_the_summary_tells_of_unsafe_fixes(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "unsafe.py").write_text(UNSURE)
    assert "1 can be repaired with `--fix --unsafe-fixes`." in cmlint("unsafe.py").stderr
    assert (
        "Repaired 0, 1 left, in 1 file. 1 can be repaired with `--unsafe-fixes`." in cmlint("--fix", "unsafe.py").stderr
    )
    (tmp_path / "safe.py").write_text(LEAKY)
    both = "2 files. 1 can be repaired with `--fix` (1 more with `--unsafe-fixes`)."
    assert both in cmlint("safe.py", "unsafe.py").stderr
    assert "2 can be repaired with `--fix --unsafe-fixes`." in cmlint("--diff", "--unsafe-fixes", ".").stderr


def test_the_nearest_configuration_wins(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cmlint]\nignore = ['CML101']\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[tool.cmlint]\nselect = ['CML101']\n")
    (tmp_path / "leaky.py").write_text(LEAKY)
    (inner / "leaky.py").write_text(LEAKY)
    out = cmlint("--output-format", "concise", ".").stdout
    assert [line.split(":")[0] for line in out.splitlines()] == [str(Path("./inner/leaky.py")).join(["./", ""])]
    assert len(cmlint("--output-format", "concise", "--isolated", ".").stdout.splitlines()) == 2


def test_per_file_ignores_and_exclude(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.cmlint]\nexclude = ['generated/']\n[tool.cmlint.per-file-ignores]\n'tests/**' = ['CML']\n"
    )
    for folder in ("generated", "tests", "src"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "leaky.py").write_text(LEAKY)
    out = cmlint("--output-format", "concise", ".").stdout
    assert [line.split(":")[0] for line in out.splitlines()] == ["./src/leaky.py"]
    named = cmlint("--output-format", "concise", "generated/leaky.py")
    assert named.returncode == 1
    assert cmlint("--force-exclude", "generated/leaky.py").returncode == 0


def test_noqa_and_skip_file(cmlint: Run, tmp_path: Path) -> None:
    file = tmp_path / "leaky.py"
    for old, new in [
        ("    yield worker", "    yield worker  # noqa"),
        ("    yield worker", "    yield worker  # noqa: E501,CML101"),
        ("def serving(target):", "def serving(target):  # noqa: CML101"),
        ("@contextmanager\n", "@contextmanager  # noqa: CML1\n"),
        ("from contextlib", "# cmlint: skip-file\nfrom contextlib"),
    ]:
        file.write_text(LEAKY.replace(old, new))
        assert cmlint("leaky.py").returncode == 0, new
    file.write_text(LEAKY.replace("    yield worker", "    yield worker  # noqa: CML102"))
    assert cmlint("leaky.py").returncode == 1


def test_statistics_count_findings_and_managers(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    err = cmlint("--statistics", "leaky.py").stderr
    assert "1  CML101  orphaned-process" in err
    assert "1  managers analysed" in err


def test_a_rule_explains_itself_by_code_and_by_name(cmlint: Run) -> None:
    page = cmlint("rule", "CML101").stdout
    assert page.startswith("# CML101 orphaned-process")
    assert cmlint("rule", "orphaned-process").stdout == page
    assert cmlint("rule", "CML999").returncode == 2


def test_without_a_code_every_rule_has_a_line(cmlint: Run) -> None:
    lines = cmlint("rule").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(CODES)
    assert lines[0].split(maxsplit=2)[1:] == ["orphaned-process", "keeps running when the body raises"]


def test_rule_says_how_it_is_used_and_what_it_does_not_know(cmlint: Run) -> None:
    told = cmlint("rule", "--help")
    assert told.returncode == 0
    assert "its code or its name" in told.stdout
    for asked, said in (
        ("CML11", "did you mean `CML101`?"),
        ("orphan-process", "did you mean `orphaned-process`?"),
        ("E501", "`cmlint rule` lists them"),
    ):
        unknown = cmlint("rule", asked)
        assert (unknown.returncode, unknown.stdout) == (2, "")
        assert said in unknown.stderr
    assert cmlint("rule", "CML101", "CML102").returncode == 2


def test_a_rule_is_laid_out_on_a_terminal(tmp_path: Path) -> None:
    shown = _on_a_terminal(tmp_path, "rule", "CML101", COLUMNS="60")
    assert "\x1b[1" in shown
    assert "```" not in shown
    assert "## " not in shown
    plain = _on_a_terminal(tmp_path, "rule", "CML101", COLUMNS="60", NO_COLOR="1")
    assert "\x1b" not in plain
    assert "```" not in plain
    assert "CML101 orphaned-process" in plain
    assert max(len(line) for line in plain.splitlines()) <= 60


def test_the_graph_of_a_manager_is_dumped(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    out = cmlint("dump", "leaky.py::serving").stdout
    assert "yield" in out
    assert "lost: `worker`" in out
    missing = cmlint("dump", "leaky.py::absent")
    assert missing.returncode == 2
    assert "there are: serving" in missing.stderr


def test_a_manager_is_dumped_by_the_last_part_of_its_name(cmlint: Run, tmp_path: Path) -> None:
    imports, _, function = LEAKY.partition("\n\n\n")
    (tmp_path / "leaky.py").write_text(f"{imports}\n\n\nclass Service:\n{textwrap.indent(function, '    ')}")
    assert "lost: `worker`" in cmlint("dump", "leaky.py::serving").stdout
    assert cmlint("dump", "leaky.py::ving").returncode == 2


def test_a_manager_of_an_own_protocol_is_dumped(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.cmlint.protocols]]\nname = "lab.managed"\nsource = "https://example.org/lab"\n'
    )
    (tmp_path / "leaky.py").write_text(LEAKY.replace("@contextmanager", "@managed") + "\nfrom lab import managed\n")
    assert "yield" in cmlint("dump", "leaky.py::serving").stdout


def test_version(cmlint: Run) -> None:
    assert cmlint("--version").stdout.startswith("cmlint ")


SESSION = """\
from app.pool import connect


def session():
    opened = connect()
    yield opened
    opened.close()
"""
READER = """\
from fastapi import Depends

from .db import session


def read(opened=Depends(session)):
    return opened
"""


def test_a_dependency_that_another_file_names_is_a_manager(cmlint: Run, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "db.py").write_text(SESSION)
    assert cmlint("app").returncode == 0
    (folder / "main.py").write_text(READER)
    result = cmlint("--output-format", "concise", "app")
    assert result.stdout.startswith("app/db.py:6:5: CML102 ")
    assert cmlint("--fix", "app").returncode == 0
    assert "finally:" in (folder / "db.py").read_text()


def test_a_finding_whose_witness_is_one_place_shows_it(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "from contextlib import contextmanager\n\n\n@contextmanager\ndef lit(lamp):\n    if lamp:\n        yield lamp\n"
    )
    result = cmlint("a.py")
    assert "5 | def lit(lamp):\n    |     ^^^ 1 `lit` ends before its yield\n" in result.stdout


def test_the_same_file_is_checked_once_however_it_is_spelled(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    assert "Found 1 finding in 1 file." in cmlint("./a.py", "a.py").stderr


def test_a_line_in_a_string_does_not_skip_the_file(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""Leave files out with\n\n# cmlint: skip-file\n"""\n' + LEAKY)
    assert cmlint("a.py").returncode == 1
    (tmp_path / "a.py").write_text("# cmlint: skip-file\n" + LEAKY)
    assert cmlint("a.py").returncode == 0


def test_an_excluded_standard_input_is_left_alone(cmlint: Run) -> None:
    result = cmlint("--force-exclude", "--exclude", "made/", "--stdin-filename", "made/a.py", "--fix", "-", stdin=LEAKY)
    assert (result.returncode, result.stdout) == (0, LEAKY)


OWN = """\
[tool.cmlint]
resources = [{ acquire = "lab.Laser().fire", release = [".rest"], kind = "server", type = "lab.Laser" }]
protocols = [{ name = "lab.managed", throws = true }]
"""
LASER = """\
import lab


@lab.managed
def shining(target):
    laser = lab.Laser(target)
    laser.fire()
    yield laser
    laser.rest()
"""


def test_a_project_adds_its_own_resources_and_protocols(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LASER)
    assert cmlint("a.py").returncode == 0
    (tmp_path / "pyproject.toml").write_text(OWN)
    result = cmlint("--output-format", "concise", "a.py")
    assert "a.py:8:5: CML101 `laser` (lab.Laser) keeps running when the body raises" in result.stdout
    (tmp_path / "pyproject.toml").write_text(OWN.replace("release", "relase"))
    wrong = cmlint("a.py")
    assert wrong.returncode == 2
    assert "pyproject.toml: tool.cmlint: resource 1: unknown key `relase`" in wrong.stderr
