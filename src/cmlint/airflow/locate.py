"""Where an Airflow lies: the folders that hold the package `airflow`, from a path or from an interpreter.

There may be several: a provider that was installed for one user, or over a shared environment, stands apart from the
core. The first folder is the core's.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from cmlint.process_groups import end_group

# `-c` puts the working folder first on sys.path, as an empty entry; `airflow scheduler` does not look there.
_QUESTION = """\
import importlib.util, json, sys
sys.path[:] = [entry for entry in sys.path if entry]
found = importlib.util.find_spec("airflow")
print(json.dumps([found.origin if found else None, sys.path]))
"""
_PATIENCE = 60  # seconds that the interpreter may take to answer


class NotFound(Exception):
    """There is no Airflow where it was looked for; the message is one line."""


def from_path(given: str) -> tuple[Path, ...]:
    """The folders, from a checkout, a `site-packages`, a virtual environment, or the package. Raises NotFound."""
    try:
        return _folder_of(given)
    except OSError as error:
        raise NotFound(f"{given}: {(error.strerror or str(error)).lower()}") from error


def _folder_of(given: str) -> tuple[Path, ...]:
    path = Path(given)
    beside = (path.parent,) if path.name == "airflow" else ()
    for folder in (path, path / "airflow-core" / "src", *beside, *sorted(path.glob("lib/python3*/site-packages"))):
        if (folder / "airflow" / "__init__.py").is_file():
            return (folder,)
    raise NotFound(f"{given}: there is no package `airflow` in this folder")


def from_interpreter(python: str) -> tuple[Path, ...]:
    """The folders of the package that `python` would import; nothing of it is run. Raises NotFound."""
    match _last(_said(python)):
        case [None, [*_]]:
            raise NotFound(f"{python}: it has no package `airflow`")
        case [str(origin), [*path]]:
            return (Path(origin).parent.parent, *(Path(entry) for entry in path if isinstance(entry, str)))
    raise NotFound(f"{python} does not answer as a Python does")


def _last(said: str) -> object:
    """The value in the last line of `said`: what is above it comes from what an environment runs at start."""
    try:
        value: object = json.loads(said.strip().rpartition("\n")[2])
    except (ValueError, RecursionError):
        return None
    return value


def _said(python: str) -> str:
    """What `python` answers; it gets a session of its own, so that nothing is left when it does not come back."""
    try:
        process = subprocess.Popen(
            [python, "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        if os.path.isdir(python):
            raise NotFound(f"{python} is a folder, and --python takes an interpreter: give it as PATH") from error
        raise NotFound(f"{python} can't be run: {(error.strerror or str(error)).lower()}") from error
    try:
        out, err = process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise NotFound(f"{python} does not answer: stopped after {_PATIENCE} s") from error
    finally:
        end_group(process)
    if process.returncode:
        last = err.decode(errors="replace").strip().splitlines()[-1:] or [f"it ended with status {process.returncode}"]
        raise NotFound(f"{python} can't be run: {last[0]}")
    return out.decode(errors="replace")
