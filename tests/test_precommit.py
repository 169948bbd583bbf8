"""The pre-commit hooks, really run by `pre-commit try-repo` on a repository of their own."""

from __future__ import annotations

import json
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


def commit(hooks: tuple[Path, Path], checkout: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Commit the files as a developer does who has the repairing hook installed."""
    repository, home = hooks
    revision = run(repository, "git", "rev-parse", "HEAD").stdout.strip()
    (checkout / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {repository}\n    rev: {revision}\n    hooks:\n      - id: cmlint-fix\n"
    )
    assert run(checkout, sys.executable, "-m", "pre_commit", "install", home=home).returncode == 0
    assert run(checkout, "git", "add", ".pre-commit-config.yaml", *names).returncode == 0
    return run(checkout, "git", "commit", "-m", "change", home=home)


def test_a_commit_is_about_what_it_changes_and_fails_when_that_was_repaired(
    hooks: tuple[Path, Path], checkout: Path
) -> None:
    (checkout / "other.py").write_text("x = 1\n")
    first = commit(hooks, checkout, "other.py")
    assert first.returncode == 0, first.stdout + first.stderr
    assert (checkout / "leaky.py").read_text() == LEAKY, "it leaks, and was not touched"
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": LEAKY}]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (checkout / "book.ipynb").write_text(json.dumps(notebook))
    (checkout / "leaky.py").write_text(f"{LEAKY}\n\nx = 2\n")
    second = commit(hooks, checkout, "leaky.py", "book.ipynb")
    assert second.returncode != 0
    assert "repaired leaky.py:9 CML101 `serving`" in second.stdout + second.stderr
    assert "repaired book.ipynb:cell 1:9 CML101 `serving`" in second.stdout + second.stderr
    assert "files were modified by this hook" in second.stdout + second.stderr
    assert (checkout / "leaky.py").read_text() == f"{REPAIRED}\n\nx = 2\n"
    assert commit(hooks, checkout, "leaky.py", "book.ipynb").returncode == 0


def test_many_files_are_checked_in_batches_without_a_summary_each(hooks: tuple[Path, Path], checkout: Path) -> None:
    for number in range(300):
        (checkout / f"{'long_' * 40}{number}.py").write_text("x = 1\n")
    assert run(checkout, "git", "add", "-A").returncode == 0
    result = try_repo(hooks, checkout, "cmlint")
    assert result.stdout.count("leaky.py:9:5: CML101") == 1
    assert "No findings" not in result.stdout + result.stderr


def test_the_repairing_hook_repairs_and_fails_once(hooks: tuple[Path, Path], checkout: Path) -> None:
    assert try_repo(hooks, checkout, "cmlint-fix").returncode == 1
    assert (checkout / "leaky.py").read_text() == REPAIRED
    assert run(checkout, "git", "commit", "-qam", "repaired").returncode == 0
    again = try_repo(hooks, checkout, "cmlint-fix")
    assert again.returncode == 0, again.stdout + again.stderr
