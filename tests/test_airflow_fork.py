"""docs/airflow-fork.md: its commands are run in their order, on a stub and on the released Airflow 2.6.3."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import ci_runner
from git_repository import commit, environment, git
from released import unpacked

PROJECT = Path(__file__).parent.parent
PAGE = PROJECT / "docs" / "airflow-fork.md"
DIGEST = "36eddb9f35414054bda2b5c91db19681fd013f1e2a0c9eae7553ceb49aafa323"
_FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.M | re.S)
_CODE = re.compile(r"\s+# exit code (\d)$")

# What is not run here, and where it is.
LEFT_OUT = {
    "pip install ./cmlint": "the tests' own cmlint is used; tests/test_gate.py installs it from a checkout",
    "pip install './cmlint[prove]'": "as above",
    "pre-commit run --from-ref origin/main --to-ref HEAD": "only its hook is run; tests/test_precommit.py has it",
    "cmlint prove airflow --python PYTHON": "needs a whole Airflow; tests/prove/test_command.py runs it on one",
}
_STUB = """\
from contextlib import contextmanager
from multiprocessing import Process


@contextmanager
def {name}(target):
    sub_proc = Process(target=target)
    sub_proc.start()
    yield
    sub_proc.terminate()
"""
_STATE = """\
from contextlib import contextmanager


class AirflowConfigParser:
    @contextmanager
    def suppress_future_warnings(self):
        suppress = self._suppress
        self._suppress = True
        yield self
        self._suppress = suppress
"""


@dataclass(frozen=True)
class Block:
    """A fence of the page. title: the file that it is, empty for commands."""

    language: str
    title: str
    text: str


def blocks() -> list[Block]:
    return [Block(language, title or "", text) for language, title, text in _FENCE.findall(PAGE.read_text())]


def commands(block: Block) -> Iterator[tuple[str, int, list[str]]]:
    """The commands in a fence: each with its exit code and the lines of output that it shows."""
    for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        first, *shown = part.splitlines()
        code = _CODE.search(first)
        yield _CODE.sub("", first), int(code[1]) if code else 0, shown


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    """A fork of a few lines, with its `origin`."""
    folder = tmp_path / "fork"
    files = {"__init__": "", "configuration": _STATE, "utils/__init__": ""}
    for name, managers in {"scheduler": ("_serve_logs", "_serve_health_check"), "celery": ("_serve_logs",)}.items():
        files[f"cli/commands/{name}_command"] = "\n\n".join(_STUB.format(name=manager) for manager in managers)
    start(folder)
    commit(folder, {f"airflow/{name}.py": text for name, text in files.items()})
    return folder


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """The fork that is the release, as it was released."""
    folder = tmp_path / "fork"
    start(folder)
    shutil.copytree(unpacked("apache-airflow", "2.6.3", DIGEST) / "airflow", folder / "airflow")
    commit(folder, {})
    return folder


def start(folder: Path) -> None:
    folder.mkdir()
    git(folder.parent, "init", "-q", "--bare", "origin")
    git(folder, "init", "-q")
    git(folder, "remote", "add", "origin", "../origin")


def an_interpreter_of(fork: Path) -> str:
    """An interpreter whose Airflow is that of the fork as it is now."""
    beside = fork.parent
    shutil.copytree(fork / "airflow", beside / "installed" / "airflow")
    file = beside / "python"
    file.write_text(f'#!/bin/sh\nPYTHONPATH={beside}/installed exec {shlex.quote(sys.executable)} "$@"\n')
    file.chmod(0o755)
    return str(file)


def instead(folder: Path, command: str) -> int:
    """What stands for a command that is left out."""
    if not command.startswith("pre-commit"):
        return 0
    (hook,) = [
        one for one in yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text()) if one["id"] == "cmlint-fix"
    ]
    changed = ["airflow/utils/lending.py"]
    return subprocess.run([*shlex.split(hook["entry"]), *changed], cwd=folder, env=environment()).returncode


def gate(folder: Path, temp: Path, event: dict[str, str]) -> ci_runner.Ran:
    """The step of the page's workflow that is the action, run on the fork."""
    steps = yaml.safe_load((folder / ".github/workflows/cmlint.yml").read_text())["jobs"]["cmlint"]["steps"]
    (step,) = [step for step in steps if step["uses"].startswith("OWNER/cmlint@")]
    given = {name: ci_runner.evaluated(str(value), event) for name, value in step["with"].items()}
    (temp / "cmlint").mkdir(parents=True, exist_ok=True)
    if not (temp / "cmlint" / "bin").exists():
        (temp / "cmlint" / "bin").symlink_to(Path(sys.executable).parent)
    return ci_runner.action(PROJECT, given, folder, temp, without=("install",))


@dataclass(frozen=True)
class Said:
    """A command of the page, the lines that it shows, and what was really printed."""

    command: str
    shown: list[str]
    output: str


def follow(fork: Path) -> list[Said]:
    """Do what the page says, in its order; each command has to end as it says."""
    python = an_interpreter_of(fork)
    said: list[Said] = []
    for block in blocks():
        if block.title:
            (fork / block.title).parent.mkdir(parents=True, exist_ok=True)
            (fork / block.title).write_text(block.text)
            continue
        for command, code, shown in commands(block):
            if command in LEFT_OUT:
                assert instead(fork, command) == code
                continue
            ended = subprocess.run(
                ["sh", "-c", command.replace("PYTHON", shlex.quote(python))],
                cwd=fork,
                env=environment(),
                capture_output=True,
                text=True,
                timeout=300,
            )
            said.append(Said(command, shown, ended.stdout + ended.stderr))
            assert ended.returncode == code, said[-1]
    return said


def test_the_commands_of_the_page_end_as_it_says(stub: Path) -> None:
    assert len(follow(stub)) > len(LEFT_OUT)


@pytest.mark.network
def test_the_outputs_of_the_page_are_those_of_the_release(released: Path) -> None:
    for one in follow(released):
        assert not set(one.shown) - set(one.output.splitlines()), one


def test_the_workflow_of_the_page_advises_then_blocks(stub: Path, tmp_path: Path) -> None:
    folder = stub
    for block in blocks():
        if block.title.startswith((".github", "pyproject")):
            (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.title).write_text(block.text)
    command = [sys.executable, "-m", "cmlint", "--update-baseline", "airflow/"]
    subprocess.run(command, cwd=folder, env=environment(), check=True)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "the gate")
    assert gate(folder, tmp_path / "temp", {}).outputs["findings"] == "0"  # a push to main
    pull = {"github.event.pull_request.base.sha": "main"}
    (lending,) = [block for block in blocks() if block.title.endswith("lending.py")]
    git(folder, "switch", "-qc", "try-the-gate")
    (folder / lending.title).write_text(lending.text)
    advised = gate(folder, tmp_path / "temp", pull)
    assert (advised.code, advised.outputs["findings"]) == (0, "1"), advised.log
    assert "file=airflow/utils/lending.py,line=9," in advised.log
    workflow = folder / ".github" / "workflows" / "cmlint.yml"
    blocking = [line for line in workflow.read_text().splitlines() if "args: --exit-zero" not in line]
    workflow.write_text("\n".join(blocking) + "\n")
    assert gate(folder, tmp_path / "temp", pull).code == 1
    (folder / lending.title).unlink()
    assert gate(folder, tmp_path / "temp", pull).code == 0


def test_every_command_that_is_left_out_is_on_the_page() -> None:
    there = {command for block in blocks() if not block.title for command, _, _ in commands(block)}
    assert set(LEFT_OUT) <= there


def test_the_pages_name_every_input_output_and_variable_of_the_gate() -> None:
    page = (PROJECT / "docs" / "ci.md").read_text()
    action = yaml.safe_load((PROJECT / "action.yml").read_text())
    settings = set(re.findall(r"CMLINT_?[A-Z]*", (PROJECT / "ci" / "cmlint-gate.sh").read_text()))
    wanted = {*action["inputs"], *action["outputs"], *settings}
    assert {name for name in wanted if f"`{name}`" not in page} == set()
