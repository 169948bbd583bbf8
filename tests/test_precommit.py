"""The pre-commit hooks, really run by `pre-commit try-repo` on a repository of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import LEAKY, REPAIRED

PROJECT = Path(__file__).parent.parent
pytestmark = pytest.mark.network


def run(folder: Path, *command: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PRE_COMMIT"))}
    identity = {
        "GIT_AUTHOR_NAME": "t",
        "GIT_AUTHOR_EMAIL": "t@t",
        "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@t",
    }
    if home is not None:
        environment["PRE_COMMIT_HOME"] = str(home)
    return subprocess.run(
        command, cwd=folder, env={**environment, **identity}, capture_output=True, text=True, timeout=600
    )


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A git repository of this project as it is now, and a cache for pre-commit's environments."""
    repository = tmp_path_factory.mktemp("hooks")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(PROJECT / name, repository)
    for name in ("src", "fixes"):
        shutil.copytree(PROJECT / name, repository / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "hooks"]):
        assert run(repository, "git", *command).returncode == 0
    return repository, tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "leaky.py").write_text(LEAKY)
    (tmp_path / "readme.txt").write_text("not Python")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        assert run(tmp_path, "git", *command).returncode == 0
    return tmp_path


def try_repo(hooks: tuple[Path, Path], checkout: Path, hook: str) -> subprocess.CompletedProcess[str]:
    repository, home = hooks
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(repository), hook, "--all-files", "--color", "never"]
    return run(checkout, *command, home=home)


def test_the_checking_hook_fails_and_changes_nothing(hooks: tuple[Path, Path], checkout: Path) -> None:
    result = try_repo(hooks, checkout, "cmlint")
    assert result.returncode == 1, result.stdout + result.stderr
    assert "leaky.py:9:5: CML101" in result.stdout
    assert (checkout / "leaky.py").read_text() == LEAKY


def test_the_repairing_hook_repairs_and_fails_once(hooks: tuple[Path, Path], checkout: Path) -> None:
    assert try_repo(hooks, checkout, "cmlint-fix").returncode == 1
    assert (checkout / "leaky.py").read_text() == REPAIRED
    assert run(checkout, "git", "commit", "-qam", "repaired").returncode == 0
    again = try_repo(hooks, checkout, "cmlint-fix")
    assert again.returncode == 0, again.stdout + again.stderr
