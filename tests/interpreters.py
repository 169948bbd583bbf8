"""The Pythons of this machine that cmlint supports: those on the path, and those that pyenv keeps."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def supported() -> dict[str, str]:
    """The interpreters by version (`3.12`), for each version that the project's classifiers name and that is there."""
    named = re.findall(r"Python :: (3\.\d+)", (PROJECT / "pyproject.toml").read_text("utf-8"))
    found = {version: path for version in named if (path := _first(version)) is not None}
    return dict(sorted(found.items(), key=lambda item: int(item[0].partition(".")[2])))


def _first(version: str) -> str | None:
    kept = sorted(Path(_pyenv()).glob(f"versions/{version}.*/bin/python{version}")) if _pyenv() else []
    candidates = [shutil.which(f"python{version}"), *map(str, kept)]
    return next((path for path in candidates if path is not None and _runs(path)), None)


def _pyenv() -> str:
    """pyenv's folder: where its variable says, or else where the `pyenv` on the path says."""
    if "PYENV_ROOT" in os.environ:
        return os.environ["PYENV_ROOT"]
    command = shutil.which("pyenv")
    if command is None:
        return ""
    return subprocess.run([command, "root"], capture_output=True, text=True, check=False).stdout.strip()


def _runs(path: str) -> bool:
    """Whether it is a Python that can make environments; pyenv's stand-ins for versions that are not chosen are not."""
    return subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode == 0
