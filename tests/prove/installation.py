"""The Airflow 2.6.3 that the proof runs: built once from the package index, kept outside the checkout, copied per use.

The kept environment is never changed: a test gets a copy of its own, of hard links where the file system has them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RELEASE = "2.6.3"
CONSTRAINTS = Path(__file__).parent / "constraints-2.6.3-py311.txt"
INTERPRETERS = ("python3.11", "python3.10")  # what 2.6.3 and its pins can be installed with, the best first
BUILD_PATIENCE = 1800


class CannotBeBuilt(Exception):
    """The machine lacks something that Airflow 2.6.3 needs; the message says what."""


def kept() -> Path:
    """The folder of the kept environment, built when it is not there yet. Raises CannotBeBuilt."""
    interpreter = _interpreter()
    key = hashlib.sha256(CONSTRAINTS.read_bytes() + interpreter.encode()).hexdigest()[:16]
    folder = _cache() / f"airflow-{RELEASE}-{key}"
    if not folder.exists():
        if not any(map(shutil.which, ("cc", "gcc", "clang"))):
            raise CannotBeBuilt("pendulum 2.1.2, which Airflow 2.6.3 pins, needs a C compiler, and there is none")
        _build(interpreter, folder)
    return folder


def copy_of(environment: Path, folder: Path) -> Path:
    """A copy of `environment` at `folder`, and in it the interpreter to run."""
    shutil.copytree(environment, folder, symlinks=True, copy_function=_linked)
    return folder / "bin" / "python"


def package(python: Path) -> Path:
    """The folder of the `airflow` package of the environment of `python`."""
    (found,) = python.parent.parent.glob("lib/python3.*/site-packages/airflow")
    return found


def _interpreter() -> str:
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if here in INTERPRETERS:
        return sys.executable
    for name in INTERPRETERS:
        if found := shutil.which(name):
            return found
    raise CannotBeBuilt(
        f"Airflow {RELEASE} needs one of {', '.join(INTERPRETERS)}; this is {here}, and none is on PATH"
    )


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cmlint"


def _build(interpreter: str, folder: Path) -> None:
    """Install into a folder beside, and move it when it is complete: two runs at once may both build, one wins."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as beside:
        building = Path(beside) / "environment"
        subprocess.run([interpreter, "-m", "venv", str(building)], check=True, timeout=BUILD_PATIENCE)
        command = [str(building / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        wanted = ["--constraint", str(CONSTRAINTS), f"apache-airflow=={RELEASE}", "psycopg2-binary"]
        subprocess.run([*command, *wanted], check=True, timeout=BUILD_PATIENCE)
        try:
            building.rename(folder)
        except OSError:
            if not folder.exists():
                raise


def _linked(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
