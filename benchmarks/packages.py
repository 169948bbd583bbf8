"""Gets pinned packages from the package index: once, into `.cache/benchmarks`, only their Python files."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

_PYTHONS = ("3.11", "3.14")
CACHE = Path(__file__).parent.parent / ".cache" / "benchmarks"


@cache  # what the index does not give is asked for once
def unpacked(name: str, version: str) -> Path | None:
    """The folder with the Python files of `name` at `version`; None when the index does not give it."""
    folder = CACHE / f"{name}-{version}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        archive = _downloaded(name, version, Path(place))
        if archive is None:
            return None
        inside = Path(place) / "inside"
        _extract(archive, inside)
        try:
            inside.rename(folder)
        except OSError:
            if not folder.exists():  # else a run at the same time got it first
                raise
    return folder


def _downloaded(name: str, version: str, place: Path) -> Path | None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    target = ["--dest", str(place), f"{name}=={version}"]
    wheels = ["--only-binary", ":all:"]
    # Some wheels are for other versions of Python than the running one: only their text is wanted.
    for options in (wheels, *([*wheels, "--python-version", python] for python in _PYTHONS), []):
        done = subprocess.run([*command, *options, *target], capture_output=True, check=False)
        if done.returncode == 0:
            return next(path for path in place.iterdir() if path.is_file())
    return None


def _extract(archive: Path, inside: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(inside, [name for name in wheel.namelist() if name.endswith(".py")])
        return
    with tarfile.open(archive) as source:
        for member in source.getmembers():
            relative = Path(*Path(member.name).parts[1:])
            data = source.extractfile(member) if member.isfile() and member.name.endswith(".py") else None
            if data is not None and ".." not in relative.parts:
                (inside / relative).parent.mkdir(parents=True, exist_ok=True)
                (inside / relative).write_bytes(data.read())
