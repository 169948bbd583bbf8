"""Where an Airflow lies: the folders that hold the package `airflow`, from a path or from an interpreter.

There may be several: a provider that was installed for one user, or over a shared environment, stands apart from the
core. The first folder is the core's.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

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
    path = Path(given)
    beside = (path.parent,) if path.name == "airflow" else ()
    for folder in (path, path / "airflow-core" / "src", *beside, *sorted(path.glob("lib/python3*/site-packages"))):
        if (folder / "airflow" / "__init__.py").is_file():
            return (folder,)
    raise NotFound(f"{given}: there is no package `airflow` in this folder")


def from_interpreter(python: str) -> tuple[Path, ...]:
    """The folders of the package that `python` would import; nothing of it is run. Raises NotFound."""
    try:
        asked = subprocess.run([python, "-c", _QUESTION], capture_output=True, text=True, timeout=_PATIENCE, check=True)
        origin, path = json.loads(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise NotFound(f"{python} can't be run: {error}") from error
    if not origin:
        raise NotFound(f"{python}: it has no package `airflow`")
    return (Path(origin).parent.parent, *map(Path, path))
