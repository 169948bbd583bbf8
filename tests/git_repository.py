"""Git in a test's folder, whatever the user's own git is set to, and the environment that goes with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def environment() -> dict[str, str]:
    """The environment without git's and cmlint's own variables, with an author, and this cmlint on the path."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "CMLINT"))}
    identity = {f"GIT_{role}_{what}": "t@t" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**inherited, **identity, "PATH": path}


def git(folder: Path, *arguments: str) -> str:
    """What git answers; a new repository has the branch `main`."""
    command = ["git", "-c", "init.defaultBranch=main", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True, text=True).stdout


def commit(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files, and commit all that there is."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "a change")
