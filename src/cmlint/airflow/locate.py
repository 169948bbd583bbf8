"""Where an Airflow lies: the folder that holds the package `airflow`, from a path or from an interpreter."""

from __future__ import annotations

import subprocess
from pathlib import Path

_QUESTION = "import importlib.util as u; s = u.find_spec('airflow'); print(s.origin if s and s.origin else '')"
_PATIENCE = 60  # seconds that the interpreter may take to answer


class NotFound(Exception):
    """There is no Airflow where it was looked for; the message is one line."""


def from_path(given: str) -> Path:
    """The folder that holds the package, from a checkout, a `site-packages`, or the package. Raises NotFound."""
    path = Path(given)
    for folder in (path, path / "airflow-core" / "src", *(path.parent,) * (path.name == "airflow")):
        if (folder / "airflow" / "__init__.py").is_file():
            return folder
    raise NotFound(f"{given}: there is no package `airflow` in this folder")


def from_interpreter(python: str) -> Path:
    """The folder that holds the package that `python` would import; nothing of it is run. Raises NotFound."""
    try:
        asked = subprocess.run(
            [python, "-c", _QUESTION], capture_output=True, text=True, timeout=_PATIENCE, cwd="/", check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotFound(f"{python} can't be run: {error}") from error
    origin = asked.stdout.strip()
    if asked.returncode or not origin:
        raise NotFound(f"{python}: it has no package `airflow`")
    return Path(origin).parent.parent
