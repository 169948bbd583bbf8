"""The formats for servers: what GitHub, GitLab, Jenkins and SARIF consumers read, also of hostile names and texts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest

from cmlint.report.formats import FORMATS
from cmlint.rules import CODES
from conftest import LEAKY, Run
from sarif_schema import PACKAGE, schema

BROKEN = "def broken(:\n"

# Tabs, and characters outside of the basic plane before the acquire and in the lines that move.
ODD = """\
from contextlib import contextmanager
from multiprocessing import Process


@contextmanager
def running(target):
\tname = "\N{COLLISION SYMBOL}"; worker = Process(target=target, name="\N{COLLISION SYMBOL}"); worker.start()
\tyield worker, "\N{COLLISION SYMBOL}"
\tworker.terminate()  # \N{COLLISION SYMBOL} done
"""


def _sarif(cmlint: Run, *arguments: str) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(cmlint(*arguments, "--output-format", "sarif").stdout)["runs"][0]
    return run


# --- all of them ---


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("full", "concise")])
def test_the_exit_code_does_not_depend_on_the_format(name: str, cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    (tmp_path / "clean.py").write_text("x = 1\n")
    (tmp_path / "broken.py").write_text(BROKEN)
    assert cmlint("leaky.py", "--output-format", name).returncode == 1
    assert cmlint("clean.py", "--output-format", name).returncode == 0
    assert cmlint("broken.py", "--output-format", name).returncode == 2


@pytest.mark.parametrize("name", ["github", "gitlab", "sarif"])
def test_paths_are_those_of_the_repository_wherever_cmlint_runs(name: str, tmp_path: Path) -> None:
    """Consumers know the checkout, not the folder in which the job ran."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "some"
    folder.mkdir()
    (folder / "leaky.py").write_text(LEAKY)
    command = [sys.executable, "-m", "cmlint", "--output-format", name]
    out = subprocess.run([*command, "leaky.py"], cwd=folder, capture_output=True, text=True, timeout=120).stdout
    assert "some/leaky.py" in out


@pytest.mark.parametrize("name", ["sarif", "gitlab"])
def test_a_file_outside_of_the_repository_is_refused_before_anything_is_written(
    name: str, cmlint: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (tmp_path / ".git").mkdir()
    outside = tmp_path_factory.mktemp("elsewhere") / "leaky.py"
    outside.write_text(LEAKY)
    result = cmlint(str(outside), "--output-format", name, "--fix")
    assert (result.returncode, result.stdout, outside.read_text()) == (2, "", LEAKY)
    assert re.fullmatch(r"cmlint: .*leaky\.py: outside of the repository .*\n", result.stderr)


# --- github ---


def test_github_gets_a_command_a_finding_with_the_path_in_its_message(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    (line,) = cmlint("leaky.py", "--output-format", "github").stdout.splitlines()
    assert line.startswith("::error file=leaky.py,line=9,endLine=9,col=5,endColumn=")
    assert ",title=CML101 orphaned-process::leaky.py:9:5: CML101 `worker`" in line
    assert "%0A1. line 8: started here%0A2. line 9: the body raises" in line


def test_github_cannot_be_given_commands_by_a_file_name(cmlint: Run, tmp_path: Path) -> None:
    name = "a,line=1::%0A,b:c\n::warning::x.py"
    (tmp_path / name).write_text(LEAKY)
    (line,) = cmlint("--output-format", "github").stdout.splitlines()
    properties, _, message = line.removeprefix("::error ").partition("::")
    assert "file=a%2Cline=1%3A%3A%250A%2Cb%3Ac%0A%3A%3Awarning%3A%3Ax.py," in properties
    assert message.startswith("./a,line=1::%250A,b:c\N{REPLACEMENT CHARACTER}::warning::x.py:9:5: CML101")


def test_github_hears_of_a_file_that_can_not_be_checked(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    (line,) = cmlint("broken.py", "--output-format", "github").stdout.splitlines()
    assert line.startswith("::error file=broken.py,line=1,title=cmlint could not check this::broken.py:1: ")


# --- gitlab ---


def test_gitlab_fingerprints_differ_and_survive_code_that_moves(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY + LEAKY)
    before = json.loads(cmlint("leaky.py", "--output-format", "gitlab").stdout)
    (tmp_path / "leaky.py").write_text(
        "# moved\n\n" + LEAKY + "\n\n" + LEAKY.replace("Process(target", "Process( target")
    )
    after = json.loads(cmlint("leaky.py", "--output-format", "gitlab").stdout)
    assert [entry["location"]["lines"]["begin"] for entry in before] == [9, 19]
    assert [entry["location"]["lines"]["begin"] for entry in after] == [11, 23]
    fingerprints = [entry["fingerprint"] for entry in before]
    assert fingerprints == [entry["fingerprint"] for entry in after]
    assert len(set(fingerprints)) == 2


def test_gitlab_gets_what_its_report_needs(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    (tmp_path / "broken.py").write_text(BROKEN)
    leaky, broken = json.loads(cmlint("--output-format", "gitlab").stdout)
    for entry in (leaky, broken):
        assert {"description", "check_name", "fingerprint", "severity", "location"} == set(entry)
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
    assert (leaky["check_name"], leaky["location"]["path"]) == ("CML101", "leaky.py")
    assert (broken["check_name"], broken["location"]["path"]) == ("not-checked", "broken.py")


# --- junit ---


def test_junit_has_a_failed_case_a_finding_and_an_error_a_broken_file(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY + LEAKY)
    (tmp_path / "broken.py").write_text(BROKEN)
    root = ElementTree.fromstring(cmlint("--output-format", "junit").stdout)
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == ("testsuites", "3", "2", "1")
    cases = [(case.get("name"), [part.tag for part in case]) for case in root.iter("testcase")]
    assert cases == [
        ("CML101 serving", ["failure"]),
        ("CML101 serving (2)", ["failure"]),
        ("can be checked", ["error"]),
    ]
    (failure, _) = root.iter("failure")
    assert "1 started here" in (failure.text or "")


def test_junit_names_a_class_that_servers_can_cut_at_its_last_dot(cmlint: Run, tmp_path: Path) -> None:
    file = tmp_path / "app-1.0" / "web" / "server.py"
    file.parent.mkdir(parents=True)
    file.write_text(LEAKY)
    for given in (".", "app-1.0"):
        root = ElementTree.fromstring(cmlint("--output-format", "junit", given).stdout)
        assert [case.get("classname") for case in root.iter("testcase")] == ["app-1_0.web.server"]


def test_junit_of_a_clean_tree_is_a_passed_case(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("x = 1\n")
    root = ElementTree.fromstring(cmlint("--output-format", "junit").stdout)
    assert [len(case) for case in root.iter("testcase")] == [0]
    assert (root.get("tests"), root.get("failures")) == ("1", "0")


def test_junit_stays_xml_whatever_the_code_and_the_encoding_of_the_output(cmlint: Run, tmp_path: Path) -> None:
    text = LEAKY.replace("    yield", '    name = "]]> & \x07 \x1b[31m <b> é \N{COLLISION SYMBOL}"\n    yield')
    (tmp_path / "é\x01.py").write_text(text)
    out = cmlint("--output-format", "junit", PYTHONIOENCODING="ascii").stdout
    root = ElementTree.fromstring(out)
    (failure,) = root.iter("failure")
    assert "é \N{COLLISION SYMBOL}" in (failure.text or "")


# --- sarif ---


@pytest.mark.network
def test_sarif_is_valid_by_the_official_schema(cmlint: Run, tmp_path: Path) -> None:
    official = schema()
    if official is None:
        pytest.skip(f"npm is not there to get the schema in {PACKAGE}: the SARIF output is not validated")
    (tmp_path / "leaky.py").write_text(LEAKY + LEAKY)
    (tmp_path / "odd \N{COLLISION SYMBOL}#%.py").write_text(ODD)
    (tmp_path / "broken.py").write_text(BROKEN)
    (tmp_path / "clean.py").write_text("x = 1\n")
    checker = jsonschema.FormatChecker()
    validator = jsonschema.Draft4Validator(official, format_checker=checker)
    for arguments in ([], ["clean.py"], ["broken.py"], ["--fix"], ["--min-confidence", "low"]):
        log = json.loads(cmlint(*arguments, "--output-format", "sarif").stdout)
        validator.validate(log)
        assert log["version"] == "2.1.0"
    log["runs"][0]["results"] = [{"ruleId": "CML101"}]
    assert not validator.is_valid(log), "a validator that takes anything proves nothing"


def test_sarif_knows_every_rule(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    run = _sarif(cmlint, "leaky.py")
    rules = run["tool"]["driver"]["rules"]
    assert tuple(rule["id"] for rule in rules) == CODES
    assert all(rule["help"]["markdown"] and rule["shortDescription"]["text"] for rule in rules)
    (result,) = run["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "CML101"


def test_sarif_describes_each_rule_as_code_scanning_demands(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("")
    for rule in _sarif(cmlint, "clean.py")["tool"]["driver"]["rules"]:
        for text in (rule["shortDescription"]["text"], rule["fullDescription"]["text"]):
            assert text.strip() and len(text) <= 1024 and "#" not in text and "\n" not in text
        assert len(rule["fullDescription"]["text"]) >= len(rule["shortDescription"]["text"])
        assert rule["help"]["text"]


def test_sarif_tells_the_path_as_a_code_flow(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    (result,) = _sarif(cmlint, "leaky.py")["results"]
    (flow,) = result["codeFlows"]
    steps = flow["threadFlows"][0]["locations"]
    told = [(s["location"]["physicalLocation"]["region"]["startLine"], s["location"]["message"]["text"]) for s in steps]
    assert told[:3] == [(8, "started here"), (9, "the body raises, and the exception arrives here"), (10, "skipped")]
    assert [step["executionOrder"] for step in steps] == [1, 2, 3, 4]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_sarif_fixes_come_to_what_fix_writes(newline: str, mark: bytes, cmlint: Run, tmp_path: Path) -> None:
    """The fixes are applied by a consumer that knows lines and columns in code points, and nothing of cmlint."""
    for number, text in enumerate((LEAKY, ODD)):
        (tmp_path / f"file {number}.py").write_bytes(mark + text.replace("\n", newline).encode())
    results = _sarif(cmlint)["results"]
    applied: dict[str, str] = {}
    for result in results:
        (fix,) = result["fixes"]
        (change,) = fix["artifactChanges"]
        name = unquote(change["artifactLocation"]["uri"])
        text = applied.get(name) or (tmp_path / name).read_bytes().decode("utf-8-sig")
        applied[name] = _replaced(text, change["replacements"])
    cmlint("--fix")
    assert len(applied) == 2
    for name, text in applied.items():
        assert mark + text.encode() == (tmp_path / name).read_bytes()


def _replaced(text: str, replacements: list[dict[str, Any]]) -> str:
    lines = re.split(r"(?<=\n)", text)
    for replacement in reversed(replacements):
        region = replacement["deletedRegion"]
        start = sum(map(len, lines[: region["startLine"] - 1])) + region["startColumn"] - 1
        end = sum(map(len, lines[: region["endLine"] - 1])) + region["endColumn"] - 1
        text = text[:start] + replacement["insertedContent"]["text"] + text[end:]
    return text


def test_sarif_columns_count_code_points(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    run = _sarif(cmlint, "odd.py")
    assert run["columnKind"] == "unicodeCodePoints"
    step = run["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"][0]
    region = step["location"]["physicalLocation"]["region"]
    line = ODD.splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "worker.start()"


def test_sarif_says_what_could_not_be_checked(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    (invocation,) = _sarif(cmlint, "broken.py")["invocations"]
    assert invocation["executionSuccessful"] is False
    (said,) = invocation["toolExecutionNotifications"]
    assert said["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken.py"


def test_sarif_uris_are_encoded_and_alerts_survive_code_that_moves(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a b#%é.py").write_text(LEAKY)
    (before,) = _sarif(cmlint)["results"]
    assert before["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b%23%25%C3%A9.py"
    (tmp_path / "a b#%é.py").write_text("\n\n\n" + LEAKY)
    (after,) = _sarif(cmlint)["results"]
    assert before["partialFingerprints"] == after["partialFingerprints"]
    assert before["locations"] != after["locations"]
