"""`--since REV`: only what the change against the merge base introduces."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import LEAKY, REPAIRED, Run

OTHER = LEAKY.replace("def serving(", "def other(")
NEW = REPAIRED.replace("def serving(", "def other(")
Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Git in the test's folder, without the user's settings; a repository whose main branch has app/old.py."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C"}
    environment |= {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def run(*arguments: str, cwd: Path = tmp_path) -> str:
        result = subprocess.run(["git", *arguments], cwd=cwd, env=environment, check=True, capture_output=True)
        return result.stdout.decode()

    run("init", "-q", "-b", "main")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "old.py").write_text(LEAKY)
    (tmp_path / "untouched.py").write_text(LEAKY)
    run("add", "-A")
    run("commit", "-q", "-m", "first")
    run("checkout", "-q", "-b", "change")
    return run


def commit(git: Git) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", "change")


def reported(run: Run, *arguments: str) -> list[str]:
    result = run("--output-format", "concise", *arguments)
    found = [line.split(": ")[0].rpartition(":")[0].removeprefix("./") for line in result.stdout.splitlines()]
    assert result.returncode == (1 if found else 0), result.stderr
    return found


def test_nothing_changed_is_clean(cmlint: Run, git: Git) -> None:
    result = cmlint("--since", "main")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == "No findings in 0 files. Of 2 files 0 changed since main.\n"


def test_only_the_new_finding_of_a_changed_file_is_reported(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "app" / "old.py").write_text("'''Moved down.'''\n" + OTHER + LEAKY)
    assert reported(cmlint, "--since", "main") == ["app/old.py:10"]  # not committed
    git("add", "-A")
    assert reported(cmlint, "--since", "main") == ["app/old.py:10"]  # staged
    commit(git)
    assert reported(cmlint, "--since", "main") == ["app/old.py:10"]
    assert reported(cmlint, "--since", "HEAD") == []
    result = cmlint("--since", "main")
    assert result.stderr.splitlines()[-1].endswith("Of 2 files 1 changed since main. 1 was there before.")


def test_an_untracked_file_is_new_and_an_ignored_one_when_it_is_named(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "fresh.py").write_text(LEAKY)
    assert reported(cmlint, "--since", "main") == ["fresh.py:9"]
    (tmp_path / ".gitignore").write_text("fresh.py\n")
    assert reported(cmlint, "--since", "main") == []
    assert reported(cmlint, "--since", "main", "fresh.py") == ["fresh.py:9"]


def test_what_happened_on_the_other_branch_is_no_change(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "app" / "new.py").write_text(OTHER)
    commit(git)
    git("checkout", "-q", "main")
    (tmp_path / "app" / "old.py").write_text(REPAIRED)
    (tmp_path / "untouched.py").write_text("x = 1\n")
    commit(git)
    git("checkout", "-q", "change")
    assert reported(cmlint, "--since", "main") == ["app/new.py:9"]
    git("rebase", "-q", "main")
    assert reported(cmlint, "--since", "main") == ["app/new.py:9"]


def test_equal_keys_are_counted(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "app" / "old.py").write_text(LEAKY + LEAKY)
    assert reported(cmlint, "--since", "main") == ["app/old.py:19"]


@pytest.mark.parametrize("staged", [True, False])
def test_a_renamed_and_edited_file_keeps_what_was_there(cmlint: Run, git: Git, tmp_path: Path, staged: bool) -> None:
    (tmp_path / "app" / "old.py").rename(tmp_path / "app" / "new.py")
    (tmp_path / "app" / "new.py").write_text(LEAKY + OTHER)
    if staged:
        git("add", "-A")
    assert reported(cmlint, "--since", "main") == ["app/new.py:19"]


def test_a_function_that_goes_to_another_module_is_not_new(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "app" / "parts.py").write_text("# Parts.\n" * 50 + LEAKY)
    (tmp_path / "app" / "old.py").write_text("from parts import serving\n")
    assert reported(cmlint, "--since", "main") == []
    (tmp_path / "app" / "old.py").unlink()
    assert reported(cmlint, "--since", "main") == []
    (tmp_path / "app" / "more.py").write_text(LEAKY)
    assert len(reported(cmlint, "--since", "main")) == 1


def test_from_a_sub_folder_and_with_paths(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "app" / "old.py").write_text(LEAKY + OTHER)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "new.py").write_text(LEAKY)
    assert reported(cmlint, "--since", "main", "app") == ["app/old.py:19"]
    assert reported(cmlint, "--since", "main", "app/old.py", "untouched.py") == ["app/old.py:19"]
    assert reported(cmlint, "--since", "main", str(tmp_path / "other")) == [f"{tmp_path}/other/new.py:9"]
    inside = subprocess.run(
        [*cmlint("--version").args[:3], "--since", "main", "--output-format", "concise", "."],
        cwd=tmp_path / "app", capture_output=True, text=True,
    )  # fmt: skip
    assert inside.stdout.startswith("./old.py:19:")


def test_file_names_of_every_kind(cmlint: Run, git: Git, tmp_path: Path) -> None:
    names = [
        "with space.py",
        "tab\tand\nline.py",
        "caf\xe9.py",
        os.fsdecode(b"\xff.py"),
        "-q.py",
        ":(top)x.py",
        '"q".py',
    ]
    for name in names:
        (tmp_path / "app" / name).write_text(LEAKY)
    commit(git)
    git("branch", "base")
    for name in names:
        (tmp_path / "app" / name).write_text(LEAKY + OTHER)
    result = cmlint("--since", "base")
    assert result.stderr.splitlines()[-1].startswith(f"Found {len(names)} findings in {len(names)} files.")


def test_marks_of_files_that_did_not_change_are_known(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "routes.py").write_text(
        "from fastapi import Depends\nfrom service import worker\n\n\n"
        "def route(value=Depends(worker)):\n    return value\n"
    )
    commit(git)
    git("branch", "base")
    service = LEAKY.replace("@contextmanager\n", "").replace("def serving(", "def worker(")
    (tmp_path / "service.py").write_text(service)
    assert reported(cmlint, "--since", "base") == ["service.py:8"]


def test_a_fix_repairs_what_is_new_only(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "app" / "old.py").write_text(LEAKY + OTHER)
    assert cmlint("--since", "main", "--diff", "--quiet").stdout.count("+    finally:") == 1
    assert cmlint("--since", "main", "--fix").returncode == 0
    assert (tmp_path / "app" / "old.py").read_text() == LEAKY + NEW
    assert (tmp_path / "untouched.py").read_text() == LEAKY


def test_with_a_baseline_each_leaves_out_its_own(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "accepted.py").write_text(LEAKY)
    cmlint("--update-baseline", "accepted.py")
    (tmp_path / "new.py").write_text(LEAKY)
    (tmp_path / "app" / "old.py").write_text(LEAKY + "\n")
    both = ("--since", "main", "--baseline", "cmlint-baseline.json")
    assert reported(cmlint, *both) == ["new.py:9"]
    assert cmlint(*both).stderr.splitlines()[-1].endswith("1 was there before. 1 was in the baseline.")


def test_a_finding_in_both_is_counted_once(cmlint: Run, git: Git, tmp_path: Path) -> None:
    cmlint("--update-baseline", "app")
    (tmp_path / "app" / "old.py").write_text(LEAKY + LEAKY)
    assert reported(cmlint, "--since", "main", "--baseline", "cmlint-baseline.json") == ["app/old.py:19"]


def test_standard_input_is_compared_with_the_file_of_its_name(cmlint: Run, git: Git, tmp_path: Path) -> None:
    def of(name: str, text: str) -> int:
        return cmlint("--since", "main", "-", "--stdin-filename", name, stdin=text).returncode

    assert of("app/old.py", LEAKY) == 0
    assert of("app/old.py", LEAKY + OTHER) == 1
    assert of("app/unknown.py", LEAKY) == 1
    git("mv", "app/old.py", "app/new.py")
    assert of("app/new.py", LEAKY) == 0
    fixed = cmlint("--since", "main", "-", "--fix", "--stdin-filename", "app/new.py", stdin=LEAKY + OTHER)
    assert fixed.stdout == LEAKY + NEW
    refused = cmlint("--since", "main", "-", stdin=LEAKY)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--stdin-filename" in refused.stderr


def test_an_old_version_that_does_not_parse_makes_all_of_it_new_and_is_said(
    cmlint: Run, git: Git, tmp_path: Path
) -> None:
    (tmp_path / "app" / "old.py").write_text(LEAKY + "def (\n")
    commit(git)
    git("branch", "base")
    (tmp_path / "app" / "old.py").write_text(LEAKY)
    result = cmlint("--since", "base")
    assert result.returncode == 1
    assert (
        "note: app/old.py:11: its earlier version can't be checked, so all in it counts as new"
        in result.stderr.replace("./", "")
    )


def test_it_works_in_a_commit_hook(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "app" / "old.py").write_text(LEAKY + OTHER)
    hooked = {"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/index", "GIT_PREFIX": ""}
    result = cmlint("--since", "main", "app", **hooked)
    assert result.returncode == 1
    assert "Found 1 finding in 1 file." in result.stderr


def test_settings_of_git_do_not_change_the_answer(cmlint: Run, git: Git, tmp_path: Path) -> None:
    for setting in ("diff.noprefix=true", "diff.relative=true", "diff.renames=false", "color.ui=always"):
        git("config", *setting.split("="))
    (tmp_path / "app" / "old.py").rename(tmp_path / "app" / "new.py")
    git("add", "-A")
    assert reported(cmlint, "--since", "main", "app") == []


@pytest.mark.parametrize(
    "revision",
    ["nope", "", "--output=stolen", "-q", "--", "main..change", "a b", "main\nx", "main:app/old.py", "$(id)"],
)
def test_what_is_no_revision_is_one_line(cmlint: Run, git: Git, tmp_path: Path, revision: str) -> None:
    result = cmlint(f"--since={revision}")
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("cmlint: --since: ")
    assert not (tmp_path / "stolen").exists()


def test_no_repository_and_two_repositories_are_one_line(cmlint: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text(LEAKY)
    environment = {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    result = cmlint("--since", "HEAD", "one", **environment)
    assert (result.returncode, result.stderr) == (2, "cmlint: --since: one is in no git repository\n")
    for name in ("one", "two"):
        subprocess.run(["git", "init", "-q", name], cwd=tmp_path, check=True)
    result = cmlint("--since", "HEAD", "one", "two", **environment)
    assert result.returncode == 2
    assert "the paths are in different repositories" in result.stderr
    result = cmlint("--since", "HEAD", "one", **environment)  # without any commit
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)


def test_without_git_it_is_said(cmlint: Run, git: Git) -> None:
    result = cmlint("--since", "main", PATH="/nonexistent")
    assert result.returncode == 2
    assert "--since: git can't be run" in result.stderr


def test_a_shallow_clone_and_histories_that_never_meet(cmlint: Run, git: Git, tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text(OTHER)
    commit(git)
    git("checkout", "-q", "main")
    (tmp_path / "main.py").write_text("x = 1\n")
    commit(git)
    url = tmp_path.as_uri()
    git("clone", "-q", "--depth", "1", "--branch", "change", url, str(tmp_path / "clone"))
    result = cmlint("--since", "origin/main", "clone")
    assert result.returncode == 2
    assert "there is no revision `origin/main`" in result.stderr
    assert "the clone is shallow" in result.stderr
    git("fetch", "-q", "--depth", "1", "origin", "main:main", cwd=tmp_path / "clone")
    result = cmlint("--since", "main", "clone")
    assert result.returncode == 2
    assert "the clone is shallow and ends before HEAD and `main` meet: run `git fetch --unshallow`" in result.stderr
    git("fetch", "-q", "--unshallow", "origin", cwd=tmp_path / "clone")
    assert reported(cmlint, "--since", "main", "clone") == ["clone/new.py:9"]
    git("checkout", "-q", "--orphan", "apart")
    commit(git)
    result = cmlint("--since", "main", "app")
    assert result.returncode == 2
    assert "have no commit in common" in result.stderr
