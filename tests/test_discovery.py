"""git's list and the walk find the same files: tracked, untracked, not what .gitignore names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cmlint.discovery import discover

FILES = (
    "a.py", "b.pyi", "c.txt", "built/d.py", "src/e.py", "src/made_f.py", "src/kept/made_g.py", "src/.venv/h.py",
    "src/deep/er/i.py", "src/deep/.gitignore", "src/deep/er/j_test.py", "src/deep/er/k.py",
)  # fmt: skip


def found_in(folder: Path) -> list[str]:
    files = discover([str(folder)], lambda path: path.endswith("k.py"), force_exclude=False).files
    return sorted(os.path.relpath(file, folder).replace(os.sep, "/") for file in files)


def test_git_and_the_walk_find_the_same(tmp_path: Path) -> None:
    for name in ("listed", "walked"):
        for file in FILES:
            place = tmp_path / name / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("*_test.py\n" if place.name == ".gitignore" else "x = 1\n")
        (tmp_path / name / ".gitignore").write_text("built/\nmade_*.py\n!made_g.py\n")
    git = ["git", "-C", str(tmp_path / "listed")]
    try:
        subprocess.run([*git, "init", "-q"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git")
    subprocess.run([*git, "add", "a.py", "src/e.py"], check=True, capture_output=True)
    wanted = ["a.py", "b.pyi", "src/deep/er/i.py", "src/e.py", "src/kept/made_g.py"]
    assert found_in(tmp_path / "listed") == found_in(tmp_path / "walked") == wanted
